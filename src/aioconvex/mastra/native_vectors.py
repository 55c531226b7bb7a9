"""Vectors that Convex's own vector index searches, in tables that the project's schema defines."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Self, Unpack

import numpy as np

from aioconvex.errors import ArgumentError, ConfigurationError, ConvexError

from ._arguments import given_text
from ._connection import from_environment
from ._domain import Domain
from ._native.filters import native_filter
from ._native.functions import NativeFunctions
from ._native.indexes import MAX_TOP_K, NativeIndex
from ._native.writing import NewVectors, checked_ids, checked_metadata, incomplete
from ._rows import json_value
from ._vectors.arrays import checked_vector
from ._vectors.filters import parse_filter
from ._vectors.models import VectorIndex, VectorMatch
from .errors import MastraError, not_supported, vector_error, vector_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aioconvex.client import ConvexClient

    from ._client import ConvexAdminClient
    from ._connection import Connection
    from ._vectors.arrays import VectorLike, VectorsLike

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
        self.id = _checked_id(id)
        if not indexes:
            raise ConfigurationError("indexes= names no index: add one of convex/schema.ts")
        self._indexes = {given_text(name, "indexes"): index for name, index in indexes.items()}
        self._count_limit = _checked_limit(describe_count_limit)
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
        op = "nativeCreateIndex"
        index = self._index(op, index_name)
        if dimension != index.dimension:
            text = f"index {index_name!r} has {index.dimension} dimensions, not {dimension!r}"
            raise vector_error(op, "DIMENSION_MISMATCH", f"{text}: change convex/schema.ts")
        if metric != "cosine":
            text = f"Convex compares vectors by their cosine only, not by {metric!r}"
            raise vector_error(op, "INVALID_METRIC", text)

    async def list_indexes(self) -> list[str]:
        """The names of the configured indexes."""
        return list(self._indexes)

    async def describe_index(self, *, index_name: str) -> VectorIndex:
        """Count an index's vectors, up to `describe_count_limit`; beyond it, a warning is logged.

        Every vector that is counted is read.

        Raises:
            MastraError: the index is not configured, or the schema has none of this kind.
            ConvexError: as for any call.
        """
        op = "nativeDescribeIndex"
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
        op = "nativeDeleteIndex"
        table = self._index(op, index_name).table_name
        text = f"index {index_name!r} is table {table!r} of convex/schema.ts: remove it there"
        raise vector_error(op, "NOT_SUPPORTED", text)

    async def upsert(
        self,
        *,
        index_name: str,
        vectors: VectorsLike,
        ids: Sequence[str] | None = None,
        metadata: Sequence[Mapping[str, Any]] | None = None,
        delete_filter: object = None,
    ) -> list[str]:
        """Store vectors, in batches of up to 100 that are stored whole or not at all.

        A vector of the same id is replaced. Its metadata and filter columns are too if metadata
        are given, and stay otherwise.

        Args:
            index_name: the index.
            vectors: lists of numbers, or a 2-D array of any float dtype, each with the index's
                dimension.
            ids: their ids; made up if left out.
            metadata: a JSON object for each; of these, the index's `filter_fields` are filtered by.
            delete_filter: not supported, as Convex finds no vectors by a filter alone.

        Returns:
            The ids, in order.

        Raises:
            MastraError: there is no such index; a vector has another dimension or a number that is
                not finite; the lists differ in length. Nothing is stored then. If a later batch
                fails (`INCOMPLETE`), `details` has the ids that are `stored`, `missing`, and those
                whose outcome is `unknown`.
            ArgumentError: an id is empty or there twice, metadata are no JSON objects, or too large.
            ConvexError: as for any call; then the first batch failed.
        """
        op = "nativeUpsert"
        index = self._index(op, index_name)
        if delete_filter is not None:
            raise _by_ids_only(op, "delete_filter")
        new = NewVectors.checked(op, index, vectors=vectors, ids=ids, metadata=metadata)
        await self._require_text_support(op, new.metadata or ())
        for batch in new.batches():
            try:
                await self._write_again(op, "upsert", index, new.sent(batch))
            except ConvexError as error:
                if batch.start == 0:
                    raise
                raise incomplete(op, new.ids, batch, error) from error
        return new.ids

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
        op = "nativeQuery"
        index = self._index(op, index_name)
        _check_top_k(op, top_k)
        vector = checked_vector(op, query_vector, index.dimension)
        passing = native_filter(op, parse_filter(filter), index)
        if passing is not None and len(passing) != 1:
            await self._require_ours(op, "a filter with $or needs")
        if passing == ():
            return []
        with vector_errors(op):
            scores = await self._client.repeat(
                lambda: self._functions.search(index, vector, top_k, passing)
            )
            rows = await self._functions.rows(index, list(scores), include_vector=include_vector)
        return [
            _match(index, rows[id_], score, include_vector=include_vector)
            for id_, score in scores.items()
            if id_ in rows
        ]

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
        op = "nativeUpdateVector"
        index = self._index(op, index_name)
        if filter is not None:
            raise _by_ids_only(op, "filter")
        args: dict[str, Any] = {"id": given_text(id, "id")}
        if vector is not None:
            args["vector"] = checked_vector(op, vector, index.dimension, "vector")
        if metadata is not None:
            args["metadata"] = checked_metadata(metadata, "metadata")
            await self._require_text_support(op, [args["metadata"]])
        if len(args) == 1:
            raise vector_error(op, "NO_UPDATES", "give vector=, metadata= or both")
        with vector_errors(op):
            await self._functions.write("updateById", index, args)

    async def delete_vector(self, *, index_name: str, id: str) -> None:  # noqa: A002  # as above
        """Delete a vector; an id that nothing is stored under is passed over.

        Raises:
            MastraError: there is no such index.
            ArgumentError: the id is empty.
            ConvexError: as for any call.
        """
        op = "nativeDeleteVector"
        index = self._index(op, index_name)
        await self._write_again(op, "deleteByIds", index, {"ids": [given_text(id, "id")]})

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
        op = "nativeDeleteVectors"
        index = self._index(op, index_name)
        if filter is not None:
            raise _by_ids_only(op, "filter")
        if not ids:
            raise vector_error(op, "NO_IDS", "ids are required, and at least one")
        given = checked_ids(ids)
        for start in range(0, len(given), _MOST_DELETED):
            batch = given[start : start + _MOST_DELETED]
            await self._write_again(op, "deleteByIds", index, {"ids": batch})

    def _index(self, op: str, name: str) -> NativeIndex:
        index = self._indexes.get(given_text(name, "index_name"))
        if index is None:
            known = ", ".join(self._indexes)
            text = f"index {name!r} is not configured; there are: {known}"
            raise vector_error(op, "INDEX_NOT_CONFIGURED", text)
        return index

    async def _write_again(
        self, op: str, write: str, index: NativeIndex, args: Mapping[str, Any]
    ) -> None:
        with vector_errors(op):
            await self._client.repeat(lambda: self._functions.write(write, index, args))

    async def _require_text_support(self, op: str, metadata: Sequence[object]) -> None:
        if any(isinstance(item, str) for item in metadata):
            need = "metadata with keys that are empty, begin with $ or are not ASCII need"
            await self._require_ours(op, need)

    async def _require_ours(self, op: str, need: str) -> None:
        capabilities = await self._client.find_capabilities()
        if not capabilities.typed:
            with vector_errors(op):
                raise not_supported(op, need)


def _match(
    index: NativeIndex, row: Mapping[str, Any], score: float, *, include_vector: bool
) -> VectorMatch:
    vector = np.array(row[index.vector_field], np.float64) if include_vector else None
    metadata = json_value(row.get(index.metadata_field))
    return VectorMatch(id=row[index.id_field], score=score, metadata=metadata, vector=vector)


def _check_top_k(op: str, top_k: object) -> None:
    if isinstance(top_k, bool) or not isinstance(top_k, int) or not 1 <= top_k <= MAX_TOP_K:
        text = f"top_k must be an integer from 1 to {MAX_TOP_K}, not {top_k!r}"
        raise vector_error(op, "INVALID_TOP_K", text)


def _by_ids_only(op: str, argument: str) -> MastraError:
    text = f"{argument}= is not supported: Convex finds no vectors by a filter alone; give ids="
    return vector_error(op, "NOT_SUPPORTED", text)


def _checked_id(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        text = "ConvexNativeVector: id must be provided and cannot be empty"
        raise MastraError(
            id="VECTOR_INVALID_ID", domain="MASTRA_VECTOR", category="USER", text=text
        )
    return given


def _checked_limit(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise ArgumentError("describe_count_limit", f"must be an integer from 1 on, not {given!r}")
    return given
