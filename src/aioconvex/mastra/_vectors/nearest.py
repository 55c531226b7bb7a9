"""The vectors nearest to one, chosen from blocks as they come."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
from attrs import define, field, frozen

from .blocks import direction_of
from .filters import passes
from .models import VectorMatch

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    def see(self, blocks: Sequence[Block]) -> None:
        """Take the nearest of some blocks into account, which follow those seen before."""
        scored = [self._scored(block) for block in blocks]
        least = self._least([similarities for _, similarities in scored])
        least -= max((block.uncertainty for block in blocks), default=0)
        for block, (rows, similarities) in zip(blocks, scored, strict=True):
            self._rank(block, rows[similarities >= least])
            self._seen += len(block.ids)
        self._ranked.sort()
        del self._ranked[self._search.top_k :]

    def matches(self) -> list[VectorMatch]:
        """The nearest, best first."""
        return [ranked.match for ranked in self._ranked]

    def _scored(self, block: Block) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The rows that pass the filter, and their similarities but for the last digits."""
        similarities = block.similarities(self._direction)
        if self._search.filter is None:
            return np.arange(len(similarities)), similarities
        passing = [passes(self._search.filter, metadata) for metadata in block.metadata]
        rows = np.flatnonzero(passing)
        return rows, similarities[rows]

    def _least(self, similarities: list[NDArray[np.float64]]) -> float:
        """The similarity that a vector must have to be among the nearest, if it were exact."""
        wanted = self._search.top_k
        least = -np.inf
        seen = np.concatenate(similarities)
        if len(seen) > wanted:
            least = float(np.partition(seen, -wanted)[-wanted])
        if len(self._ranked) == wanted:
            least = max(least, self._ranked[-1].match.score)
        return least

    def _rank(self, block: Block, rows: NDArray[np.intp]) -> None:
        if not len(rows):
            return
        # A vector that was deleted and stored again while pages were read is on two of them.
        again = {block.ids[int(row)] for row in rows}
        self._ranked = [ranked for ranked in self._ranked if ranked.match.id not in again]
        for row, score in zip(rows, block.exact(self._direction, rows), strict=True):
            match = self._match(block, int(row), float(score))
            self._ranked.append(_Ranked(-match.score, self._seen + int(row), match))

    def _match(self, block: Block, row: int, score: float) -> VectorMatch:
        vector = block.vector(row) if self._search.include_vector else None
        # The caller may change what it is given, and the block may be kept for the next search.
        metadata = deepcopy(block.metadata[row])
        return VectorMatch(id=block.ids[row], score=score, metadata=metadata, vector=vector)
