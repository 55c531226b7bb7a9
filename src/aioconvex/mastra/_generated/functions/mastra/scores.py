# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/scores`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation, query as _query

if TYPE_CHECKING:
    from ...models import MastraScorers, SaveArgsScore, ScoresListResult
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Scores(Namespace):
    """Functions of `mastra/scores`."""

    @_query("mastra/scores:get")
    def get(self, *, id: str, secret: str | None = None) -> MastraScorers | None:
        """The query `mastra/scores:get`."""
        ...

    @_query("mastra/scores:list")
    def list_(
        self,
        *,
        cursor: str | None = None,
        entity_id: str | None = None,
        entity_type: str | None = None,
        organization_id: str | None = None,
        project_id: str | None = None,
        run_id: str | None = None,
        scorer_id: str | None = None,
        secret: str | None = None,
        skip: float | None = None,
        source: str | None = None,
        span_id: str | None = None,
        take: float | None = None,
        trace_id: str | None = None,
    ) -> ScoresListResult:
        """The query `mastra/scores:list`."""
        ...

    @_mutation("mastra/scores:save")
    def save(self, *, score: SaveArgsScore, secret: str | None = None) -> MastraScorers:
        """The mutation `mastra/scores:save`."""
        ...
