"""Vectors: exact search for the nearest, with filters over their metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, Self, Unpack

from ._arguments import given_text
from ._connection import Connection, from_environment
from ._domain import Domain
from ._vectors.arrays import checked_vector, checked_vectors
from ._vectors.backend import Batch, Change
from ._vectors.checks import (
    MOST_NUMBERS,
    check_same_dimension,
    checked_ids,
    checked_index,
    checked_metadata,
    checked_object,
    checked_store_id,
    new_ids,
    restricting,
    selected,
    whole_number,
)
from ._vectors.copies import Copies
from ._vectors.deployed import backend_of
from ._vectors.models import VectorIndex, VectorMatch, VectorSearchResult
from ._vectors.searching import Searching, checked_search
from ._vectors.sizes import batches
from ._vectors.writing import Progress, store_all
from .errors import vector_error, vector_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aioconvex.client import ConvexClient

    from ._client import ConvexAdminClient
    from ._vectors.arrays import VectorLike, VectorsLike

__all__ = ["ConvexVector", "Progress", "VectorIndex", "VectorMatch", "VectorSearchResult"]

_CACHE_BYTES: Final = 256 * 2**20
_TOP_K: Final = 10


class ConvexVector(Domain):
    """Mastra's vectors on one deployment, shared with TypeScript's `ConvexVector`.

        async with ConvexVector(id="docs", deployment_url=url, auth_token=token) as vectors:
            await vectors.create_index(index_name="pages", dimension=1536)
            await vectors.upsert(index_name="pages", vectors=embeddings, ids=ids, metadata=pages)
            found = await vectors.query(index_name="pages", query_vector=v, filter={"lang": "en"})

    A search is exact: it compares every vector. The first one downloads them, in pages; a copy is
    kept in memory, and used for as long as a small query says that nothing was written since, by
    whomever, through this package's functions. Where only the npm package's are deployed, nothing
    tells, and each search downloads all. For indexes of more than some ten thousand vectors, or
    that change all the time, `ConvexNativeVector` is better.

    Args:
        id: the store's id in your app; any text but an empty one.
        cache_bytes: how much memory the copies may take together, 256 MiB by default. An index
            that does not fit is downloaded for each search, and never held as a whole; 0 keeps no
            copies. 10,000 vectors of 1,536 numbers take 61 MB if they are float32, as models give
            them, else 123 MB; and their metadata.
        client: a client to share, which is left open.
        **connection: instead of a client, what `ConvexAdminClient` takes.

    Raises:
        MastraError: the id is empty.
        ConfigurationError: as for `ConvexAdminClient`.
    """

    def __init__(
        self,
        *,
        id: str,  # noqa: A002  # Mastra's own name for it
        cache_bytes: int = _CACHE_BYTES,
        client: ConvexAdminClient | ConvexClient | None = None,
        **connection: Unpack[Connection],
    ) -> None:
        self.id = checked_store_id(type(self).__name__, id)
        super().__init__(client=client, **connection)
        self._copies = Copies(whole_number(cache_bytes, "cache_bytes", 0))

    @classmethod
    def from_env(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        *,
        id: str,  # noqa: A002  # Mastra's own name for it
        cache_bytes: int = _CACHE_BYTES,
        **given: Unpack[Connection],
    ) -> Self:
        """Connect as the environment says; see `ConvexAdminClient.from_env`, and the class.

        Raises:
            ConfigurationError: there is no URL, or no credential.
        """
        return cls(id=id, cache_bytes=cache_bytes, **from_environment(given))

    async def create_index(
        self, *, index_name: str, dimension: int, metric: Literal["cosine"] = "cosine"
    ) -> None:
        """Create an index, unless there is one of this name and dimension.

        Args:
            index_name: its name; any text but an empty one and `indexes`.
            dimension: how many numbers each vector has, 1 to 8192.
            metric: how vectors are compared; there is the cosine only.

        Raises:
            ArgumentError: the name or the dimension is none.
            MastraError: there is an index of this name and another dimension, or the metric is
                another one.
            ConvexError: as for any call.
        """
        name = checked_index(index_name)
        numbers = whole_number(dimension, "dimension", 1, MOST_NUMBERS)
        # Not all callers are type-checked.
        if metric != "cosine":  # pyright: ignore[reportUnnecessaryComparison]
            text = f"Convex compares vectors by their cosine only, not {metric!r}"
            raise vector_error("createIndex", "UNSUPPORTED_METRIC", text)
        backend = await backend_of(self._client)
        with vector_errors("createIndex"):
            state = await backend.state(name)
            if state is None:
                await backend.create(name, numbers)
            else:
                check_same_dimension(name, state.dimension, numbers)

    async def list_indexes(self) -> list[str]:
        """The names of all indexes.

        Raises:
            ConvexError: as for any call.
        """
        backend = await backend_of(self._client)
        with vector_errors("listIndexes"):
            return await backend.names()

    async def describe_index(self, *, index_name: str) -> VectorIndex:
        """Count an index's vectors, and tell their dimension.

        The count is exact. It is made on the deployment; the npm package's functions have all
        vectors downloaded for it.

        Raises:
            ArgumentError: the name is none.
            MastraError: there is no index of this name.
            ConvexError: as for any call.
        """
        name = checked_index(index_name)
        searching = Searching(await backend_of(self._client), self._copies)
        with vector_errors("describeIndex"):
            state = await searching.existing("describeIndex", name)
            count = await searching.count(name, state)
        return VectorIndex(dimension=state.dimension, count=count)

    async def delete_index(self, *, index_name: str) -> None:
        """Delete an index and its vectors; nothing happens if there is none.

        Raises:
            ArgumentError: the name is none.
            ConvexError: as for any call; the vectors deleted before stay so, and the index is
                there until all are.
        """
        name = checked_index(index_name)
        backend = await backend_of(self._client)
        with vector_errors("deleteIndex"):
            await backend.drop(name)
        self._copies.forget(name)

    async def truncate_index(self, *, index_name: str) -> None:
        """Delete all vectors of an index, and keep the index.

        Raises:
            ArgumentError: the name is none.
            ConvexError: as for any call; the vectors deleted before stay so.
        """
        name = checked_index(index_name)
        backend = await backend_of(self._client)
        with vector_errors("truncateIndex"):
            await backend.clear(name)
        self._copies.forget(name)

    async def upsert(  # noqa: PLR0913  # all are keyword-only
        self,
        *,
        index_name: str,
        vectors: VectorsLike,
        ids: Sequence[str] | None = None,
        metadata: Sequence[Mapping[str, Any] | None] | None = None,
        delete_filter: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> list[str]:
        """Store vectors, in place of those with their ids.

        Everything is checked before anything is stored. Up to 1 MiB, some 75 vectors of 1,536
        numbers, are stored all or not at all; of more, parts of that size one after the other. When
        that ends early, store all again under the same ids: nothing is stored twice.

        Args:
            index_name: the index.
            vectors: a list of vectors, or a 2-D array with one a row, of any float dtype. They are
                stored as float64.
            ids: the id of each; without them they get new ones.
            metadata: the metadata of each, a JSON object or None. A stored vector's metadata is
                replaced, by none as well.
            delete_filter: afterwards, delete the vectors whose metadata passed this filter before,
                but for those just stored: the old parts of a document that is stored anew.
            progress: is called after each part with how many vectors are stored, and how many there
                are.

        Returns:
            The ids of the vectors, in their order.

        Raises:
            ArgumentError: the name, an id, metadata or the filter is none.
            MastraError: there is no such index, or something is wrong with the vectors; nothing is
                stored. Or `..._PARTIALLY_STORED`: of the `ids` in its `details` the first `stored`
                are stored, the next `unknown` may be, and the rest is not.
            ConvexError: as for any call; nothing is stored.
        """
        name = checked_index(index_name)
        wanted = None
        if delete_filter is not None:
            wanted = restricting("upsert", "delete", delete_filter, "delete_filter")
        backend = await backend_of(self._client)
        searching = Searching(backend, self._copies)
        with vector_errors("upsert"):
            state = await searching.existing("upsert", name)
            matrix = checked_vectors("upsert", vectors, state.dimension)
            batch = Batch(
                ids=new_ids(ids, len(matrix)),
                vectors=matrix,
                metadata=checked_metadata(metadata, len(matrix)),
            )
            parts = batches(name, batch)
            replacing = [] if wanted is None else await searching.ids(name, state, wanted)
            await store_all(backend, name, parts, replacing, progress)
        return batch.ids

    async def query(
        self,
        *,
        index_name: str,
        query_vector: VectorLike,
        top_k: int = _TOP_K,
        filter: Mapping[str, Any] | None = None,  # noqa: A002  # Mastra's own name for it
        include_vector: bool = False,
    ) -> list[VectorMatch]:
        """Find the vectors nearest to one by their cosine.

        Args:
            index_name: the index.
            query_vector: a list of numbers or a 1-D array, of the index's dimension.
            top_k: how many to find, at least 1.
            filter: what the metadata must pass; see the page on vectors. An empty one is none.
            include_vector: whether to return the vectors too.

        Returns:
            The nearest, best first; of equal scores, those stored earlier come first. A vector
            without a direction, all zeros, has the score -1.

        Raises:
            ArgumentError: the name or the filter is none; an operator that there is not is named.
            MastraError: there is no such index, or something is wrong with the vector or `top_k`.
            ConvexError: as for any call.
        """
        name = checked_index(index_name)
        search = checked_search(
            name,
            vector=query_vector,
            top_k=top_k,
            filter_=filter,
            include_vector=include_vector,
        )
        searching = Searching(await backend_of(self._client), self._copies)
        with vector_errors("query"):
            return await searching.exact(name, search)

    async def search(
        self,
        *,
        index_name: str,
        query_vector: VectorLike,
        top_k: int = _TOP_K,
        filter: Mapping[str, Any] | None = None,  # noqa: A002  # Mastra's own name for it
        include_vector: bool = False,
    ) -> VectorSearchResult:
        """Find the nearest vectors in one fast call where Convex can search, else as `query` does.

        Convex searches, approximately, without a filter and for up to 256 vectors, if the schema's
        `mastra_vectors` is a `createVectorTable(...)` of the index's dimension; only with the
        functions of this package. Arguments and errors are those of `query`.
        """
        name = checked_index(index_name)
        search = checked_search(
            name,
            vector=query_vector,
            top_k=top_k,
            filter_=filter,
            include_vector=include_vector,
        )
        searching = Searching(await backend_of(self._client), self._copies)
        with vector_errors("query"):
            return await searching.either_way(name, search)

    async def update_vector(
        self,
        *,
        index_name: str,
        id: str | None = None,  # noqa: A002  # Mastra's own name for it
        filter: Mapping[str, Any] | None = None,  # noqa: A002  # Mastra's own name for it
        vector: VectorLike | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Change a stored vector, or all whose metadata passes a filter.

        Args:
            index_name: the index.
            id: the vector; nothing happens if there is none.
            filter: instead of an id, which vectors.
            vector: the new vector; None keeps it.
            metadata: an object to lay over the metadata, one level deep; None keeps it.

        Raises:
            ArgumentError: the name, the id, metadata or the filter is none.
            MastraError: both or neither of `id` and `filter` are given, or nothing to change; there
                is no such index, or something is wrong with the vector.
            ConvexError: as for any call; of many vectors, some may be changed.
        """
        name = checked_index(index_name)
        wanted = selected("updateVector", "update", "id", id, filter)
        laid = None if metadata is None else checked_object(metadata, "metadata")
        if vector is None and laid is None:
            raise vector_error(
                "updateVector", "NO_UPDATES", "Either vector or metadata must be provided"
            )
        ids = [] if id is None else [given_text(id, "id")]
        backend = await backend_of(self._client)
        searching = Searching(backend, self._copies)
        with vector_errors("updateVector"):
            state = await searching.existing("updateVector", name)
            checked = None
            if vector is not None:
                checked = checked_vector("updateVector", vector, state.dimension, "vector")
            if wanted is not None:
                ids = await searching.ids(name, state, wanted)
            await backend.update(name, ids, Change(vector=checked, metadata=laid))

    async def delete_vector(self, *, index_name: str, id: str) -> None:  # noqa: A002  # Mastra's name
        """Delete a vector; nothing happens if there is none.

        Raises:
            ArgumentError: the name or the id is none.
            ConvexError: as for any call.
        """
        await self.delete_vectors(index_name=index_name, ids=[id])

    async def delete_vectors(
        self,
        *,
        index_name: str,
        ids: Sequence[str] | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002  # Mastra's own name for it
    ) -> None:
        """Delete vectors, or all whose metadata passes a filter.

        Args:
            index_name: the index.
            ids: the vectors; those that there are not are passed over.
            filter: instead of ids, which vectors; not an empty one, `truncate_index` deletes all.

        Raises:
            ArgumentError: the name, an id or the filter is none.
            MastraError: both or neither of `ids` and `filter` are given, or the one is empty.
            ConvexError: as for any call; what was deleted before stays so.
        """
        name = checked_index(index_name)
        wanted = selected("deleteVectors", "delete", "ids", ids, filter)
        listed = None if ids is None else checked_ids(ids, "ids")
        if listed == []:
            raise vector_error("deleteVectors", "EMPTY_IDS", "cannot delete with empty ids array")
        backend = await backend_of(self._client)
        with vector_errors("deleteVectors"):
            if listed is None and wanted is not None:
                searching = Searching(backend, self._copies)
                listed = await searching.ids(name, await backend.state(name), wanted)
            await backend.remove(name, listed or [])
