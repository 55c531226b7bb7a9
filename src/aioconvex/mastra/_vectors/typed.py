"""Vectors through our own functions, `convex/mastra/vectorIndexes.ts`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from aioconvex.mastra._rows import json_text, json_value

from .backend import IndexState, VectorPage
from .models import VectorMatch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from numpy.typing import NDArray

    from aioconvex.mastra._client import ConvexAdminClient
    from aioconvex.mastra._generated.models import ClearResult, VectorIndexesRemoveResult

    from .backend import Batch, Change
    from .nearest import Search

__all__ = ["TypedVectors"]

# One function looks up at most 4096 ids; each that it changes takes it some of its second.
_MAX_IDS: Final = 500


class TypedVectors:
    """A `VectorBackend` in which each call is one transaction of the deployment."""

    def __init__(self, client: ConvexAdminClient) -> None:
        self._client = client
        self._vectors = client.api.mastra.vector_indexes

    async def create(self, index_name: str, dimension: int) -> None:
        """Create an index; see `VectorBackend`."""
        await self._client.repeat(
            lambda: self._vectors.create(index_name=index_name, dimension=dimension)
        )

    async def names(self) -> list[str]:
        """The names of all indexes; see `VectorBackend`."""
        names: list[str] = []
        cursor: str | None = None
        while True:
            page = await self._vectors.list_(cursor=cursor)
            names += page.names
            cursor = page.next_cursor
            if cursor is None:
                return names

    async def state(self, index_name: str) -> IndexState | None:
        """Find an index; see `VectorBackend`."""
        state = await self._vectors.state(index_name=index_name)
        if state is None:
            return None
        return IndexState(dimension=int(state.dimension), version=state.version)

    async def count(self, index_name: str) -> int:
        """Count the vectors of an index; see `VectorBackend`."""
        count = 0
        cursor: str | None = None
        while True:
            part = await self._vectors.count(index_name=index_name, cursor=cursor)
            count += int(part.count)
            cursor = part.next_cursor
            if cursor is None:
                return count

    async def page(
        self,
        index_name: str,
        cursor: str | None,
        *,
        dimension: int,  # noqa: ARG002  # the deployment measures what it reads
        vectors: bool,
    ) -> VectorPage:
        """Read a part of an index; see `VectorBackend`."""
        page = await self._vectors.page(index_name=index_name, cursor=cursor, vectors=vectors)
        return VectorPage(
            ids=page.ids,
            metadata=[json_value(stored) for stored in page.metadata],
            lengths=[int(length) for length in page.lengths or ()],
            numbers=np.frombuffer(page.embeddings or b"", dtype="<f8"),
            next_cursor=page.next_cursor,
        )

    async def nearest(self, index_name: str, search: Search) -> list[VectorMatch] | None:
        """Have Convex search; see `VectorBackend`."""
        found = await self._client.repeat(
            lambda: self._client.api.mastra.vector_search.nearest(
                index_name=index_name,
                query_vector=search.vector.tolist(),
                top_k=search.top_k,
                include_vector=search.include_vector,
            )
        )
        if found is None:
            return None
        numbers = np.frombuffer(found.embeddings or b"", dtype="<f8")
        vectors = numbers.reshape(-1, len(search.vector))
        return [
            VectorMatch(
                id=id_,
                score=score,
                metadata=json_value(metadata),
                vector=vectors[at].copy() if search.include_vector else None,
            )
            for at, (id_, score, metadata) in enumerate(
                zip(found.ids, found.scores, found.metadata, strict=True)
            )
        ]

    async def upsert(self, index_name: str, batch: Batch, replacing: Sequence[str]) -> int:
        """Store vectors and then delete others; see `VectorBackend`."""
        embeddings, bits = _bytes(batch.vectors)
        metadata = json_text(batch.metadata, "metadata") if batch.metadata else None
        answer = await self._client.repeat(
            lambda: self._vectors.upsert(
                index_name=index_name,
                ids=batch.ids,
                embeddings=embeddings,
                bits=bits,
                metadata=metadata,
                replacing=list(replacing[:_MAX_IDS]) or None,
            )
        )
        return int(answer.done)

    async def update(self, index_name: str, ids: Sequence[str], change: Change) -> None:
        """Change some vectors; see `VectorBackend`."""
        given: dict[str, Any] = {}
        if change.vector is not None:
            given["embedding"], given["bits"] = _bytes(change.vector)
        if change.metadata is not None:
            given["metadata"] = json_text(change.metadata, "metadata")
        await self._for_all(
            ids, lambda some: self._vectors.update(index_name=index_name, ids=some, **given)
        )

    async def remove(self, index_name: str, ids: Sequence[str]) -> None:
        """Delete some vectors; see `VectorBackend`."""
        await self._for_all(ids, lambda some: self._vectors.remove(index_name=index_name, ids=some))

    async def clear(self, index_name: str) -> None:
        """Delete the vectors of an index; see `VectorBackend`."""
        await self._until_done(lambda: self._vectors.clear(index_name=index_name))

    async def drop(self, index_name: str) -> None:
        """Delete an index and its vectors; see `VectorBackend`."""
        await self._until_done(lambda: self._vectors.drop(index_name=index_name))

    async def _for_all(
        self,
        ids: Sequence[str],
        call: Callable[[list[str]], Awaitable[VectorIndexesRemoveResult]],
    ) -> None:
        """Make a call for some of the ids at a time; the deployment says how many it did."""
        left = list(ids)
        while left:
            answer = await self._client.repeat(partial(call, left[:_MAX_IDS]))
            left = left[int(answer.done) :]

    async def _until_done(self, call: Callable[[], Awaitable[ClearResult]]) -> None:
        while (await self._client.repeat(call)).has_more:
            pass


def _bytes(vectors: NDArray[np.float64]) -> tuple[bytes, Literal[32, 64]]:
    """Vectors as the functions take them, in half the bytes where nothing is lost by it."""
    with np.errstate(over="ignore"):
        short = vectors.astype("<f4")
    if np.array_equal(short, vectors):
        return short.tobytes(), 32
    return vectors.astype("<f8", copy=False).tobytes(), 64
