"""What scores need of a deployment, whichever functions it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aioconvex.mastra._paging import Window

    from .models import Score

__all__ = ["ScoreBackend"]


class ScoreBackend(Protocol):
    """The operations on stored scores. Columns go by their names in Python, and are checked."""

    async def save(self, columns: Mapping[str, Any]) -> Score:
        """Store a score under the id in its columns, in place of an earlier one."""
        ...

    async def get(self, score_id: str) -> Score | None:
        """Find a score."""
        ...

    async def list_scores(
        self, equal: Mapping[str, str], window: Window
    ) -> tuple[list[Score], int]:
        """Read a window of the scores with these values, newest first, and how many there are."""
        ...
