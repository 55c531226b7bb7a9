"""Searches of an index: of the copy in memory where it is current, else of the deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import create_task_group, to_thread

from aioconvex.mastra.errors import vector_error

from .arrays import checked_vector
from .blocks import block_of, merged
from .checks import MOST_NATIVE, checked_top_k, missing_vector
from .filters import parse_filter, passes
from .models import VectorSearchResult
from .nearest import Nearest, Search

if TYPE_CHECKING:
    from .backend import IndexState, VectorBackend, VectorPage
    from .blocks import Block
    from .copies import Copies
    from .filters import Filter
    from .models import VectorMatch

__all__ = ["Searching", "checked_search"]


def checked_search(  # noqa: PLR0913  # as they were given
    index_name: str,
    *,
    vector: object,
    top_k: object,
    filter_: object,
    include_vector: bool,
    dimension: int | None = None,
    store: str = "CONVEX",
) -> Search:
    """Check a search's arguments; see `checked_vector` and `missing_vector`.

    Raises:
        MastraError: something is wrong with the vector or `top_k`.
        ArgumentError: the filter is none.
    """
    if vector is None:
        raise missing_vector(index_name, store)
    return Search(
        top_k=checked_top_k(top_k),
        filter=parse_filter(filter_),
        vector=checked_vector("query", vector, dimension),
        include_vector=include_vector,
    )


class Searching:
    """Searches on one deployment."""

    def __init__(self, backend: VectorBackend, copies: Copies) -> None:
        self._backend = backend
        self._copies = copies

    async def existing(self, op: str, index_name: str) -> IndexState:
        """Find an index.

        Raises:
            MastraError: there is none of this name.
        """
        state = await self._backend.state(index_name)
        if state is None:
            details = {"indexName": index_name}
            raise vector_error(
                op, "INDEX_NOT_FOUND", f"Index {index_name} not found", details=details
            )
        return state

    async def exact(self, index_name: str, search: Search) -> list[VectorMatch]:
        """Find the nearest vectors among all.

        Raises:
            MastraError: there is no such index, or it has another dimension.
        """
        block = self._copies.held(index_name)
        if block is not None and block.matrix.shape[1] == len(search.vector):
            state, matches = await self._guessed(index_name, block, search)
            if self._copies.current(index_name, state) is block:
                return matches
        else:
            state = await self.existing("query", index_name)
        checked_vector("query", search.vector, state.dimension)
        return await self._nearest(index_name, state, search)

    async def either_way(self, index_name: str, search: Search) -> VectorSearchResult:
        """Have Convex find the nearest vectors if it can, or find them among all.

        Raises:
            MastraError: as `exact`.
        """
        numbers = len(search.vector)
        by_convex = (
            search.filter is None
            and search.top_k <= MOST_NATIVE
            and numbers not in self._copies.not_native
        )
        if by_convex:
            matches = await self._backend.nearest(index_name, search)
            if matches is not None:
                return VectorSearchResult(matches=matches, method="native")
        matches = await self.exact(index_name, search)
        if by_convex:
            # There is such an index, so it is the schema that has none for as many numbers.
            self._copies.not_native.add(numbers)
        return VectorSearchResult(matches=matches, method="exact")

    async def _guessed(
        self, index_name: str, block: Block, search: Search
    ) -> tuple[IndexState, list[VectorMatch]]:
        """Search a copy, which may not be current, while the deployment is asked what is."""
        answers: list[IndexState | Exception] = []

        async def ask() -> None:
            try:
                answers.append(await self.existing("query", index_name))
            except Exception as error:  # noqa: BLE001  # raised below, where no group wraps it
                answers.append(error)

        nearest = Nearest(search)
        async with create_task_group() as tasks:
            tasks.start_soon(ask)
            await to_thread.run_sync(nearest.see, [block])
        (answer,) = answers
        if isinstance(answer, Exception):
            raise answer
        return answer, nearest.matches()

    async def _nearest(
        self, index_name: str, state: IndexState, search: Search
    ) -> list[VectorMatch]:
        """Find the nearest vectors of an index that was just found in this state."""
        block = self._copies.current(index_name, state)
        if block is not None:
            return await _nearest(block, search)
        if not self._copies.admit(index_name, state):
            return await self._download(index_name, state, search, keep=False)
        async with self._copies.loading(index_name):
            # Another search may have loaded it meanwhile.
            now = await self.existing("query", index_name)
            checked_vector("query", search.vector, now.dimension)
            block = self._copies.current(index_name, now)
            if block is None:
                self._copies.forget(index_name)  # one of earlier is not held beside the new one
                return await self._download(index_name, now, search, keep=True)
        return await _nearest(block, search)

    async def ids(self, index_name: str, state: IndexState | None, wanted: Filter) -> list[str]:
        """Find the vectors of an index whose metadata passes a filter."""
        block = None if state is None else self._copies.current(index_name, state)
        if block is not None:
            return await to_thread.run_sync(_passing, block, wanted)
        dimension = 1 if state is None else state.dimension
        ids: list[str] = []
        cursor: str | None = None
        while True:
            page = await self._backend.page(index_name, cursor, dimension=dimension, vectors=False)
            ids += _passing(page, wanted)
            cursor = page.next_cursor
            if cursor is None:
                return ids

    async def count(self, index_name: str, state: IndexState) -> int:
        """Count the vectors of an index that was just found in this state."""
        block = self._copies.current(index_name, state)
        if block is not None:
            return len(block.ids)
        return await self._backend.count(index_name)

    async def _download(
        self, index_name: str, state: IndexState, search: Search, *, keep: bool
    ) -> list[VectorMatch]:
        """Search an index page by page, and keep a copy if it is to be kept and fits."""
        nearest = Nearest(search)
        kept: list[Block] = []
        cursor: str | None = None
        while True:
            page = await self._backend.page(
                index_name, cursor, dimension=state.dimension, vectors=True
            )
            block = await to_thread.run_sync(block_of, page, state.dimension)
            await to_thread.run_sync(nearest.see, [block])
            if keep:
                kept.append(block)
                nbytes = sum(block.nbytes for block in kept)
                keep = self._copies.make_room(index_name, state, nbytes)
                if not keep:
                    kept.clear()
            cursor = page.next_cursor
            if cursor is None:
                break
        if keep:
            block = await to_thread.run_sync(merged, kept, state.dimension)
            self._copies.keep(index_name, state, block)
        return nearest.matches()


def _passing(part: Block | VectorPage, wanted: Filter) -> list[str]:
    pairs = zip(part.ids, part.metadata, strict=True)
    return [id_ for id_, metadata in pairs if passes(wanted, metadata)]


async def _nearest(block: Block, search: Search) -> list[VectorMatch]:
    nearest = Nearest(search)
    # Elsewhere, as a large product would hold up whatever else the event loop has to do.
    await to_thread.run_sync(nearest.see, [block])
    return nearest.matches()
