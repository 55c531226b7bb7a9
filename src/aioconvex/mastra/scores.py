"""Scores: what scorers found about runs of agents and workflows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from aioconvex.errors import ArgumentError

from ._arguments import given_text, optional_text
from ._columns import column_of
from ._domain import Domain
from ._paging import window
from ._rows import new_id
from ._scores.handler import HandlerScores
from ._scores.models import COLUMNS, JSON_COLUMNS, NewScore, Score, ScorePage

if TYPE_CHECKING:
    from ._paging import PerPage
    from ._scores.backend import ScoreBackend

__all__ = ["NewScore", "Score", "ScorePage", "ScoresConvex"]

_PER_PAGE = 100
_NAMES = frozenset({"id", "scorer_id", "run_id", "source"})
_REQUIRED = _NAMES | {"scorer", "input", "output", "score"}


class ScoresConvex(Domain):
    """Mastra's scores on one deployment.

        async with ScoresConvex(deployment_url=url, auth_token=token) as scores:
            await scores.save_score(NewScore(scorer_id="tone", run_id="1", score=0.9, ...))
            page = await scores.list_scores_by_scorer_id(scorer_id="tone", per_page=20)

    JSON columns are stored as native values, which TypeScript reads as they are. What Convex does
    not take, such as an object with a key that begins with `$`, is stored as JSON text: Python
    reads it as it was, TypeScript as text for `JSON.parse`.
    """

    async def save_score(self, score: NewScore | Score) -> Score:
        """Store a score, in place of an earlier one of its id, whose `created_at` it keeps.

        Returns:
            The score as it is stored, with its id and times.

        Raises:
            ArgumentError: an id is empty, the score is no finite number, or a column no JSON.
            MastraError: the score is larger than a document may be.
            ConvexError: as for any call.
        """
        columns = _columns(score)
        return await (await self._backend()).save(columns)

    async def get_score_by_id(self, *, id: str) -> Score | None:  # noqa: A002  # Mastra's name
        """Find a score; None if there is none.

        Raises:
            ArgumentError: the id is empty.
            ConvexError: as for any call.
        """
        score_id = given_text(id, "id")
        return await (await self._backend()).get(score_id)

    async def list_scores_by_scorer_id(  # noqa: PLR0913  # all are keyword-only
        self,
        *,
        scorer_id: str,
        page: int = 0,
        per_page: PerPage | None = None,
        entity_id: str | None = None,
        entity_type: str | None = None,
        source: str | None = None,
        organization_id: str | None = None,
        project_id: str | None = None,
    ) -> ScorePage:
        """List what a scorer found, newest first.

        All scores are read, to count them.

        Args:
            scorer_id: the scorer.
            page: which page, from 0 on.
            per_page: how many a page has, 100 by default; `False` or `"all"` for all.
            entity_id: only scores of this entity.
            entity_type: only scores of entities of this type.
            source: only scores from `LIVE` or `TEST`.
            organization_id: only scores of this organization.
            project_id: only scores of this project.

        Raises:
            ArgumentError: an id is empty.
            MastraError: `page` or `per_page` is negative.
            ConvexError: as for any call.
        """
        given_text(scorer_id, "scorer_id")
        return await self._list(
            page,
            per_page,
            scorer_id=scorer_id,
            entity_id=entity_id,
            entity_type=entity_type,
            source=source,
            organization_id=organization_id,
            project_id=project_id,
        )

    async def list_scores_by_run_id(
        self,
        *,
        run_id: str,
        page: int = 0,
        per_page: PerPage | None = None,
        organization_id: str | None = None,
        project_id: str | None = None,
    ) -> ScorePage:
        """List the scores of a run; see `list_scores_by_scorer_id`."""
        given_text(run_id, "run_id")
        return await self._list(
            page,
            per_page,
            run_id=run_id,
            organization_id=organization_id,
            project_id=project_id,
        )

    async def list_scores_by_entity_id(  # noqa: PLR0913  # all are keyword-only
        self,
        *,
        entity_id: str,
        entity_type: str,
        page: int = 0,
        per_page: PerPage | None = None,
        organization_id: str | None = None,
        project_id: str | None = None,
    ) -> ScorePage:
        """List the scores of an entity, such as an agent; see `list_scores_by_scorer_id`."""
        given_text(entity_id, "entity_id")
        given_text(entity_type, "entity_type")
        return await self._list(
            page,
            per_page,
            entity_id=entity_id,
            entity_type=entity_type,
            organization_id=organization_id,
            project_id=project_id,
        )

    async def list_scores_by_span(  # noqa: PLR0913  # all are keyword-only
        self,
        *,
        trace_id: str,
        span_id: str,
        page: int = 0,
        per_page: PerPage | None = None,
        organization_id: str | None = None,
        project_id: str | None = None,
    ) -> ScorePage:
        """List the scores of one span of a trace; see `list_scores_by_scorer_id`.

        Where only the published functions are deployed, this reads the scores of all spans.
        """
        given_text(trace_id, "trace_id")
        given_text(span_id, "span_id")
        return await self._list(
            page,
            per_page,
            trace_id=trace_id,
            span_id=span_id,
            organization_id=organization_id,
            project_id=project_id,
        )

    async def dangerously_clear_all(self) -> None:
        """Delete all scores.

        Raises:
            ConvexError: as for any call; what was deleted before stays so.
        """
        await self._client.call_storage_until_done(
            {"op": "clearTable", "tableName": "mastra_scorers"}
        )

    async def _list(self, page: int, per_page: PerPage | None, **equal: str | None) -> ScorePage:
        paging = window(
            "listScores",
            page=page,
            per_page=per_page,
            default=_PER_PAGE,
            status="INVALID_PAGINATION",
        )
        wanted = {
            name: value
            for name, given in equal.items()
            if (value := optional_text(given, name)) is not None
        }
        scores, total = await (await self._backend()).list_scores(wanted, paging)
        return ScorePage(
            scores=scores,
            total=total,
            page=paging.page,
            per_page=paging.echo,
            has_more=paging.has_more(total),
        )

    async def _backend(self) -> ScoreBackend:
        # With hundreds of generated classes, which the package's import does without.
        from ._scores.typed import TypedScores  # noqa: PLC0415

        capabilities = await self._client.find_capabilities()
        made = TypedScores if capabilities.typed else HandlerScores
        return made(self._client)


def _columns(score: NewScore | Score) -> dict[str, Any]:
    """The columns of a score that have a value, as the table holds them."""
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        value = getattr(score, name)
        if name == "id" and value is None:
            value = new_id()
        if value is not None or name in _REQUIRED:
            columns[name] = _column(name, value)
    return columns


def _column(name: str, value: object) -> Any:
    if name == "score":
        return _number(value)
    if name in JSON_COLUMNS:
        return column_of(value, name)
    if name in _NAMES:
        return given_text(value, name)
    if not isinstance(value, str):
        raise ArgumentError(name, f"{type(value).__name__} is no string")
    return value


def _number(score: object) -> float:
    if isinstance(score, bool) or not isinstance(score, (int, float)):
        raise ArgumentError("score", f"{type(score).__name__} is no number")
    if not math.isfinite(score):
        raise ArgumentError("score", f"{score} is no finite number")
    return float(score)
