"""The vectors nearest to one, chosen from blocks as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, field, frozen

from .blocks import direction_of
from .filters import passes
from .models import VectorMatch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .blocks import Block
    from .filters import Filter

__all__ = ["Nearest", "Search"]


@frozen(kw_only=True, eq=False)
class Search:
    """What is searched for; the arguments are checked.

    Attributes:
        vector: 1-D float64.
        top_k: how many to find.
        filter: what their metadata must pass.
        include_vector: whether to return the vectors too.
    """

    vector: NDArray[np.float64]
    top_k: int
    filter: Filter | None
    include_vector: bool


@frozen(order=True)
class _Ranked:
    """A vector that may be among the nearest: better ones, then those stored earlier, come first."""

    distance: float
    place: int
    match: VectorMatch = field(order=False)


@define
class Nearest:
    """The nearest of the vectors seen so far, of which it holds no more than are wanted."""

    _search: Search
    _direction: NDArray[np.float64] = field(init=False)
    _ranked: list[_Ranked] = field(init=False, factory=list[_Ranked])
    _seen: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._direction = direction_of(self._search.vector)

    def see(self, blocks: Iterable[Block]) -> None:
        """Take the nearest of some blocks into account, which follow those seen before."""
        for block in blocks:
            self._see(block)

    def matches(self) -> list[VectorMatch]:
        """The nearest, best first."""
        return [ranked.match for ranked in self._ranked]

    def _see(self, block: Block) -> None:
        rows = self._candidates(block)
        # A vector that was deleted and stored again while pages were read is on two of them.
        again = {block.ids[int(row)] for row in rows}
        self._ranked = [ranked for ranked in self._ranked if ranked.match.id not in again]
        for row, score in zip(rows, block.exact(self._direction, rows), strict=True):
            match = self._match(block, int(row), float(score))
            self._ranked.append(_Ranked(-match.score, self._seen + int(row), match))
        self._ranked.sort()
        del self._ranked[self._search.top_k :]
        self._seen += len(block.ids)

    def _candidates(self, block: Block) -> NDArray[np.intp]:
        """The rows that may be among the nearest."""
        rows = self._passing(block.metadata)
        similarities = block.similarities(self._direction)
        wanted = self._search.top_k
        least = -np.inf
        of_rows = similarities[rows]
        if len(rows) > wanted:
            least = np.partition(of_rows, -wanted)[-wanted]
        if len(self._ranked) == wanted:
            least = max(least, -self._ranked[-1].distance)
        # As much as the last digits can differ.
        uncertain = 4 * len(self._direction) * np.finfo(np.float64).eps
        candidates: NDArray[np.intp] = rows[of_rows >= least - uncertain]
        return candidates

    def _passing(self, metadata: list[Any]) -> NDArray[np.intp]:
        if self._search.filter is None:
            return np.arange(len(metadata))
        passing = [passes(self._search.filter, item) for item in metadata]
        return np.flatnonzero(passing)

    def _match(self, block: Block, row: int, score: float) -> VectorMatch:
        vector = block.vector(row) if self._search.include_vector else None
        return VectorMatch(
            id=block.ids[row], score=score, metadata=block.metadata[row], vector=vector
        )
