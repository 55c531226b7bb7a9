"""Vectors that Convex's own vector index searches, in tables that the project's schema defines."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Self, Unpack

from aioconvex.errors import ConfigurationError

from ._arguments import given_text
from ._connection import from_environment
from ._domain import Domain
from ._native.functions import NativeFunctions
from ._native.indexes import NativeIndex
from ._native.searching import found_by_convex, found_either_way
from ._native.writing import MAX_BATCH, NativeWriter, object_of, objects_of
from ._vectors.arrays import checked_vector, checked_vectors
from ._vectors.backend import Batch
from ._vectors.checks import (
    checked_ids,
    checked_store_id,
    new_ids,
    whole_number,
)
from ._vectors.models import VectorIndex
from ._vectors.searching import checked_search
from ._vectors.sizes import batches
from ._vectors.writing import Progress, store_all
from .errors import MastraError, vector_error, vector_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aioconvex.client import ConvexClient

    from ._client import ConvexAdminClient
    from ._connection import Connection
    from ._vectors.arrays import VectorLike, VectorsLike
    from ._vectors.models import VectorMatch, VectorSearchResult

__all__ = ["ConvexNativeVector", "NativeIndex"]

_MODULE: Final = "mastra/nativeVector"
_MOST_COUNTED: Final = 10_000
_MOST_DELETED: Final = 100  # in one call

_log: Final = logging.getLogger("aioconvex.mastra")


class ConvexNativeVector(Domain):
    """Vectors in tables with a native vector index, which Convex searches however many there are.

        articles = NativeIndex(table_name="articles", dimension=1536, filter_fields=["topic"])
        async with ConvexNativeVector(
            id="app", indexes={"articles": articles}, deployment_url=url, auth_token=token
        ) as vectors:
            await vectors.upsert(index_name="articles", vectors=embeddings, metadata=[...])
            found = await vectors.query(index_name="articles", query_vector=embedding)

    Tables and indexes are the schema's: nothing is created at run time. Convex's search finds at
    most 256 neighbours, approximately, and filters by equality.

    Args:
        id: the object's id in your app; any text but an empty one.
        indexes: the indexes by the names that your app has for them.
        native_vector_action: the path of the function that searches.
        native_vector_query: the path of the one that reads rows.
        native_vector_mutation: the path of the one that writes.
        describe_count_limit: where `describe_index` stops counting.
        client: a client to share, which is left open.
        **connection: instead of a client, what `ConvexAdminClient` takes.

    Raises:
        MastraError: the id is empty.
        ConfigurationError: there is no index, or as for `ConvexAdminClient`.
        ArgumentError: the limit is no integer of at least 1.
    """

    def __init__(  # noqa: PLR0913  # all are keyword-only
        self,
        *,
        id: str,  # noqa: A002  # Mastra's own name for it
        indexes: Mapping[str, NativeIndex],
        native_vector_action: str = f"{_MODULE}:query",
        native_vector_query: str = f"{_MODULE}:read",
        native_vector_mutation: str = f"{_MODULE}:write",
        describe_count_limit: int = _MOST_COUNTED,
        client: ConvexAdminClient | ConvexClient | None = None,
        **connection: Unpack[Connection],
    ) -> None:
        self.id = checked_store_id(type(self).__name__, id)
        if not indexes:
            raise ConfigurationError("indexes= names no index: add one of convex/schema.ts")
        self._indexes = {given_text(name, "indexes"): index for name, index in indexes.items()}
        self._count_limit = whole_number(describe_count_limit, "describe_count_limit", 1)
        super().__init__(client=client, **connection)
        self._functions = NativeFunctions(
            client=self._client,
            action=native_vector_action,
            query=native_vector_query,
            mutation=native_vector_mutation,
        )

    @classmethod
    def from_env(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        *,
        id: str,  # noqa: A002  # Mastra's own name for it
        indexes: Mapping[str, NativeIndex],
        **given: Unpack[Connection],
    ) -> Self:
        """Connect as the environment says; see `ConvexAdminClient.from_env`, and the class.

        Raises:
            ConfigurationError: there is no URL, or no credential.
        """
        return cls(id=id, indexes=indexes, **from_environment(given))

    async def create_index(
        self, *, index_name: str, dimension: int, metric: str = "cosine"
    ) -> None:
        """Verify that an index is configured as your app needs it; nothing is created.

        Raises:
            MastraError: there is no such index, it has another dimension, or the metric is not
                `cosine`.
        """
        op = "createIndex"
        index = self._index(op, index_name)
        if dimension != index.dimension:
            text = f"index {index_name!r} has {index.dimension} dimensions, not {dimension!r}"
            raise vector_error(op, "DIMENSION_MISMATCH", f"{text}: change convex/schema.ts")
        if metric != "cosine":
            text = f"Convex compares vectors by their cosine only, not by {metric!r}"
            raise vector_error(op, "UNSUPPORTED_METRIC", text)

    async def list_indexes(self) -> list[str]:
        """The names of the configured indexes."""
        return list(self._indexes)

    async def describe_index(self, *, index_name: str) -> VectorIndex:
        """Count an index's vectors, up to `describe_count_limit`; beyond it, a warning is logged.

        Every vector that is counted is read. The npm package's functions stop at some 8 MiB.

        Raises:
            MastraError: the index is not configured, or the schema has none of this kind.
            ConvexError: as for any call.
        """
        op = "describeIndex"
        index = self._index(op, index_name)
        with vector_errors(op):
            count, limited = await self._functions.count(index, self._count_limit)
        if limited:
            _log.warning("index %r has more than %d vectors: counting stopped", index_name, count)
        return VectorIndex(dimension=index.dimension, count=count, is_estimate=limited)

    async def delete_index(self, *, index_name: str) -> None:
        """Refuse to: the index is the schema's.

        Raises:
            MastraError: always.
        """
        op = "deleteIndex"
        table = self._index(op, index_name).table_name
        text = f"index {index_name!r} is table {table!r} of convex/schema.ts: remove it there"
        raise vector_error(op, "NOT_SUPPORTED", text)

    async def upsert(  # noqa: PLR0913  # all are keyword-only
        self,
        *,
        index_name: str,
        vectors: VectorsLike,
        ids: Sequence[str] | None = None,
        metadata: Sequence[Mapping[str, Any]] | None = None,
        delete_filter: object = None,
        progress: Progress | None = None,
    ) -> list[str]:
        """Store vectors, in place of those with their ids.

        Everything is checked before anything is stored. Up to 100 vectors, or 3 MiB, are stored all
        or not at all; of more, parts of that size one after the other. When that ends early, store
        all again under the same ids: nothing is stored twice. What is stored of metadata and filter
        columns is replaced too if metadata are given, and stays otherwise.

        Args:
            index_name: the index.
            vectors: lists of numbers, or a 2-D array of any float dtype, each with the index's
                dimension.
            ids: their ids; made up if left out.
            metadata: a JSON object for each; of these, the index's `filter_fields` are filtered by.
            delete_filter: not supported, as Convex finds no vectors by a filter alone.
            progress: is called after each part with how many vectors are stored, and how many there
                are.

        Returns:
            The ids, in order.

        Raises:
            ArgumentError: an id is empty, or metadata are no JSON objects.
            MastraError: there is no such index, or something is wrong with the vectors; nothing is
                stored. Or `..._PARTIALLY_STORED`: of the `ids` in its `details` the first `stored`
                are stored, the next `unknown` may be, and the rest is not.
            ConvexError: as for any call; nothing is stored.
        """
        op = "upsert"
        index = self._index(op, index_name)
        if delete_filter is not None:
            raise _by_ids_only(op, "delete_filter")
        matrix = checked_vectors(op, vectors, index.dimension)
        batch = Batch(
            ids=new_ids(ids, len(matrix)),
            vectors=matrix,
            metadata=objects_of(metadata, len(matrix)),
        )
        parts = batches(index_name, batch, MAX_BATCH)
        writer = NativeWriter(self._functions, index)
        with vector_errors(op):
            await writer.require_keys(op, batch.metadata)
            await store_all(writer, index_name, parts, (), progress)
        return batch.ids

    async def query(
        self,
        *,
        index_name: str,
        query_vector: VectorLike,
        top_k: int = 10,
        filter: Mapping[str, Any] | None = None,  # noqa: A002  # Mastra's own name for it
        include_vector: bool = False,
    ) -> list[VectorMatch]:
        """Find the nearest vectors, best first; approximately, as Convex searches.

        Args:
            index_name: the index.
            query_vector: numbers, as many as the index's dimension.
            top_k: how many to find, from 1 to 256. Vectors deleted meanwhile are missing.
            filter: an equality `{"topic": "tea"}` on one of the index's `filter_fields`, with a
                string, number, boolean or null; or `{"$or": [...]}` of such. Either may stand in
                `{"metadata": {...}}`.
            include_vector: whether matches have their vectors.

        Raises:
            MastraError: there is no such index, the vector or `top_k` is wrong, or the filter says
                more; the npm package's functions take no `$or`.
            ArgumentError: the filter is none.
            ConvexError: as for any call.
        """
        op = "query"
        index = self._index(op, index_name)
        search = checked_search(
            index_name,
            vector=query_vector,
            top_k=top_k,
            filter_=filter,
            include_vector=include_vector,
            dimension=index.dimension,
            store="CONVEX_NATIVE",
        )
        with vector_errors(op):
            return await found_by_convex(op, self._functions, index, search)

    async def search(
        self,
        *,
        index_name: str,
        query_vector: VectorLike,
        top_k: int = 10,
        filter: Mapping[str, Any] | None = None,  # noqa: A002  # Mastra's own name for it
        include_vector: bool = False,
    ) -> VectorSearchResult:
        """Find the nearest vectors as `query` does, or exactly where Convex cannot search.

        For more than 256 neighbours, or filters beyond `query`'s, every vector of the index is
        downloaded and compared. This takes the functions of this package.

        Args:
            index_name: the index.
            query_vector: numbers, as many as the index's dimension.
            top_k: how many to find, at least 1.
            filter: what the metadata must pass, as for `ConvexVector.query`.
            include_vector: whether matches have their vectors.

        Returns:
            The matches, and which way they were found.

        Raises:
            MastraError: there is no such index, or something is wrong with the vector or `top_k`.
            ArgumentError: the filter is none.
            ConvexError: as for any call.
        """
        op = "query"
        index = self._index(op, index_name)
        search = checked_search(
            index_name,
            vector=query_vector,
            top_k=top_k,
            filter_=filter,
            include_vector=include_vector,
            dimension=index.dimension,
            store="CONVEX_NATIVE",
        )
        with vector_errors(op):
            return await found_either_way(op, self._functions, index, search)

    async def update_vector(
        self,
        *,
        index_name: str,
        id: str | None = None,  # noqa: A002  # Mastra's own name for it
        filter: object = None,  # noqa: A002  # Mastra's own name for it
        vector: VectorLike | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Replace a vector, or lay metadata over its own one level deep, or both.

        An id that nothing is stored under is passed over.

        Args:
            index_name: the index.
            id: the vector's id.
            filter: not supported, as Convex finds no vectors by a filter alone.
            vector: the new vector.
            metadata: what to lay over the metadata.

        Raises:
            MastraError: there is no such index, nothing to change, or the vector is wrong.
            ArgumentError: the id is empty, or the metadata are no JSON object.
            ConvexError: as for any call. It is not repeated by itself.
        """
        op = "updateVector"
        index = self._index(op, index_name)
        if filter is not None:
            raise _by_ids_only(op, "filter")
        args: dict[str, Any] = {"id": given_text(id, "id")}
        if vector is not None:
            args["vector"] = checked_vector(op, vector, index.dimension, "vector")
        if metadata is not None:
            args["metadata"] = object_of(metadata, "metadata")
        if len(args) == 1:
            raise vector_error(op, "NO_UPDATES", "Either vector or metadata must be provided")
        writer = NativeWriter(self._functions, index)
        with vector_errors(op):
            await writer.require_keys(op, [args.get("metadata")])
            await writer.update(args)

    async def delete_vector(self, *, index_name: str, id: str) -> None:  # noqa: A002  # as above
        """Delete a vector; an id that nothing is stored under is passed over.

        Raises:
            MastraError: there is no such index.
            ArgumentError: the id is empty.
            ConvexError: as for any call.
        """
        await self.delete_vectors(index_name=index_name, ids=[id])

    async def delete_vectors(
        self,
        *,
        index_name: str,
        ids: Sequence[str] | None = None,
        filter: object = None,  # noqa: A002  # Mastra's own name for it
    ) -> None:
        """Delete vectors, 100 in one transaction; ids that nothing is stored under are passed over.

        Args:
            index_name: the index.
            ids: the vectors' ids.
            filter: not supported, as Convex finds no vectors by a filter alone.

        Raises:
            MastraError: there is no such index, or no id.
            ArgumentError: an id is empty or there twice.
            ConvexError: as for any call; what was deleted before stays so.
        """
        op = "deleteVectors"
        index = self._index(op, index_name)
        if filter is not None:
            raise _by_ids_only(op, "filter")
        listed = checked_ids(ids or (), "ids")
        if not listed:
            raise vector_error(op, "EMPTY_IDS", "cannot delete with empty ids array")
        with vector_errors(op):
            await NativeWriter(self._functions, index).remove(index_name, listed)

    def _index(self, op: str, name: str) -> NativeIndex:
        index = self._indexes.get(given_text(name, "index_name"))
        if index is None:
            known = ", ".join(self._indexes)
            text = f"index {name!r} is not configured; there are: {known}"
            raise vector_error(op, "INDEX_NOT_CONFIGURED", text)
        return index


def _by_ids_only(op: str, argument: str) -> MastraError:
    text = f"{argument}= is not supported: Convex finds no vectors by a filter alone; give ids="
    return vector_error(op, "NOT_SUPPORTED", text)
