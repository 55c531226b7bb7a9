"""Scores through our own functions, `convex/mastra/scores.ts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aioconvex.bindings import UNSET
from aioconvex.mastra._generated.models import SaveArgsScore
from aioconvex.mastra._windows import read_window

from .models import score_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from aioconvex.mastra._client import ConvexAdminClient
    from aioconvex.mastra._generated.models import MastraScorers, ScoresListResult
    from aioconvex.mastra._paging import Window

    from .models import Score

__all__ = ["TypedScores"]


class TypedScores:
    """A `ScoreBackend` in which each operation is one transaction of the deployment."""

    def __init__(self, client: ConvexAdminClient) -> None:
        self._client = client
        self._scores = client.api.mastra.scores

    async def save(self, columns: Mapping[str, Any]) -> Score:
        """Store a score; see `ScoreBackend`."""
        score = SaveArgsScore(**columns)
        return _read(await self._client.repeat(lambda: self._scores.save(score=score)))

    async def get(self, score_id: str) -> Score | None:
        """Find a score; see `ScoreBackend`."""
        row = await self._scores.get(id=score_id)
        return None if row is None else _read(row)

    async def list_scores(
        self, equal: Mapping[str, str], window: Window
    ) -> tuple[list[Score], int]:
        """Read a window; see `ScoreBackend`."""

        def part(*, skip: int, take: int | None, cursor: str | None) -> Awaitable[ScoresListResult]:
            return self._scores.list_(**equal, skip=skip, take=take, cursor=cursor)

        rows, total = await read_window(window, part)
        return [_read(row) for row in rows], total


def _read(row: MastraScorers) -> Score:
    def column(name: str) -> Any:
        value = getattr(row, name)
        return None if value is UNSET else value

    return score_of(column)
