"""The nearest vectors: found by Convex, or among all that a table holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from anyio import to_thread

from aioconvex.mastra._rows import json_value
from aioconvex.mastra._vectors.blocks import block_of
from aioconvex.mastra._vectors.checks import MOST_NATIVE
from aioconvex.mastra._vectors.models import VectorMatch, VectorSearchResult
from aioconvex.mastra._vectors.nearest import Nearest
from aioconvex.mastra.errors import MastraError, vector_error

from .filters import native_filter

if TYPE_CHECKING:
    from aioconvex.mastra._vectors.nearest import Search

    from .filters import NativeFilter
    from .functions import NativeFunctions
    from .indexes import NativeIndex

__all__ = ["found_by_convex", "found_either_way"]


async def found_either_way(
    op: str, functions: NativeFunctions, index: NativeIndex, search: Search
) -> VectorSearchResult:
    """Have Convex search if it can, and else compare all vectors.

    Raises:
        MastraError: the deployed functions can do neither.
    """
    try:
        passing = _passing(op, index, search)
    except MastraError:
        await functions.require_ours(op, "an exact search needs")
        matches = await _nearest_of_all(functions, index, search)
        return VectorSearchResult(matches=matches, method="exact")
    matches = await _nearest_by_convex(op, functions, index, search, passing)
    return VectorSearchResult(matches=matches, method="native")


async def found_by_convex(
    op: str, functions: NativeFunctions, index: NativeIndex, search: Search
) -> list[VectorMatch]:
    """Have Convex search, approximately.

    Raises:
        MastraError: it cannot, or the deployed functions cannot tell it to.
    """
    return await _nearest_by_convex(op, functions, index, search, _passing(op, index, search))


def _passing(op: str, index: NativeIndex, search: Search) -> NativeFilter | None:
    """The filter of a search that is one for Convex."""
    if search.top_k > MOST_NATIVE:
        text = f"top_k must be at most {MOST_NATIVE}, not {search.top_k}; search() finds more"
        raise vector_error(op, "INVALID_TOP_K", text)
    return native_filter(op, search.filter, index)


async def _nearest_by_convex(
    op: str,
    functions: NativeFunctions,
    index: NativeIndex,
    search: Search,
    passing: NativeFilter | None,
) -> list[VectorMatch]:
    if passing == ():
        return []
    if passing is not None and len(passing) > 1:
        await functions.require_ours(op, "a filter with $or needs")
    scores = await functions.search(index, search.vector, search.top_k, passing)
    rows = await functions.rows(index, list(scores), include_vector=search.include_vector)
    return [
        VectorMatch(
            id=rows[id_][index.id_field],
            score=score,
            metadata=json_value(rows[id_].get(index.metadata_field)),
            vector=np.array(rows[id_][index.vector_field], np.float64)
            if search.include_vector
            else None,
        )
        for id_, score in scores.items()
        if id_ in rows
    ]


async def _nearest_of_all(
    functions: NativeFunctions, index: NativeIndex, search: Search
) -> list[VectorMatch]:
    nearest = Nearest(search)
    cursor: str | None = None
    while True:
        page = await functions.page(index, cursor)
        # Elsewhere, as it would hold up whatever else the event loop has to do.
        block = await to_thread.run_sync(block_of, page, index.dimension)
        await to_thread.run_sync(nearest.see, [block])
        cursor = page.next_cursor
        if cursor is None:
            return nearest.matches()
