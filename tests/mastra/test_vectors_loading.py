"""Copies of several indexes loaded at once: together they keep to the limit, and none is wrong."""

from __future__ import annotations

import gc
from typing import cast

import anyio
import anyio.lowlevel
import numpy as np
import pytest
from attrs import define, field
from numpy.typing import NDArray

from aioconvex.mastra._vectors.backend import IndexState, VectorBackend, VectorPage
from aioconvex.mastra._vectors.blocks import Block
from aioconvex.mastra._vectors.copies import Copies
from aioconvex.mastra._vectors.searching import Searching, checked_search
from mastra.vectors import drawn

pytestmark = pytest.mark.anyio

DIMENSION, ROWS, PAGES = 200, 50, 4
PAGE_BYTES = ROWS * DIMENSION * 4  # float32, which all numbers are
INDEX_BYTES = PAGES * PAGE_BYTES
NAMES = ["a", "b", "c", "d"]


def held() -> int:
    """The bytes of all vectors of these tests that somebody still has."""
    blocks = [found for found in gc.get_objects() if type(found) is Block]
    return sum(block.matrix.nbytes for block in blocks if block.matrix.shape[1] == DIMENSION)


@define
class Indexes:
    """A deployment of indexes that are read page by page, all at the same pace."""

    vectors: dict[str, NDArray[np.float32]]
    most_held: int = 0
    pages: int = 0
    failing: set[str] = field(factory=set[str])

    async def state(self, index_name: str) -> IndexState:
        await anyio.lowlevel.checkpoint()
        return IndexState(dimension=DIMENSION, version=index_name)

    async def page(
        self, index_name: str, cursor: str | None, *, dimension: int, vectors: bool
    ) -> VectorPage:
        assert (dimension, vectors) == (DIMENSION, True)
        await anyio.lowlevel.checkpoint()
        self.most_held = max(self.most_held, held())
        self.pages += 1
        start = int(cursor or 0)
        end = start + ROWS
        if index_name in self.failing and cursor is not None:
            raise OSError(index_name)
        return VectorPage(
            ids=[str(row) for row in range(start, end)],
            metadata=[None] * ROWS,
            lengths=[DIMENSION] * ROWS,
            numbers=np.ravel(self.vectors[index_name][start:end]).astype(np.float64),
            next_cursor=None if end == PAGES * ROWS else str(end),
        )


def indexes() -> Indexes:
    return Indexes(dict(zip(NAMES, np.split(drawn(4 * PAGES * ROWS, DIMENSION), 4), strict=True)))


async def search(deployment: Indexes, copies: Copies, name: str) -> list[str]:
    wanted = checked_search(
        name,
        vector=deployment.vectors[name][7],
        top_k=1,
        filter_=None,
        include_vector=False,
    )
    # It has all that a search calls.
    searching = Searching(cast("VectorBackend", deployment), copies)
    return [match.id for match in await searching.exact(name, wanted)]


async def test_first_loads_of_several_indexes_keep_to_one_limit() -> None:
    deployment, copies, found = indexes(), Copies(int(1.8 * INDEX_BYTES)), list[list[str]]()

    async def load(name: str) -> None:
        found.append(await search(deployment, copies, name))

    async with anyio.create_task_group() as tasks:
        for name in NAMES:
            tasks.start_soon(load, name)
    assert found == [["7"]] * 4
    # Each search has the page that it looks at, whatever becomes of it.
    assert deployment.most_held <= copies.limit + 4 * PAGE_BYTES
    kept = [name for name in NAMES if copies.held(name) is not None]
    assert len(kept) == 1
    # One that had no room beside the others is no index that is too large.
    [other, *_] = [name for name in NAMES if name not in kept]
    deployment.pages = 0
    for _ in range(2):
        assert await search(deployment, copies, other) == ["7"]
    assert deployment.pages == PAGES


async def test_a_load_that_ends_early_leaves_its_room_to_others() -> None:
    deployment, copies = indexes(), Copies(int(1.8 * INDEX_BYTES))
    deployment.failing = {"a"}
    with pytest.raises(OSError, match="a"):
        await search(deployment, copies, "a")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(search, deployment, copies, "b")
        while deployment.pages < PAGES:
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert copies.held("b") is None
    await search(deployment, copies, "c")
    assert copies.held("c") is not None
