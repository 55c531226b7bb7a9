# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/schedules`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import UNSET, Namespace, Unset, later as _later, query as _query

if TYPE_CHECKING:
    from ...models import DueResult, MastraScheduleTriggers, MastraSchedules, TriggersResult
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Schedules(Namespace):
    """Functions of `mastra/schedules`."""

    @_query("mastra/schedules:due")
    def due(
        self,
        *,
        now: float,
        cursor: str | None = None,
        secret: str | None = None,
        take: float | None = None,
    ) -> DueResult:
        """The query `mastra/schedules:due`."""
        ...

    @_query("mastra/schedules:get")
    def get(self, *, id: str, secret: str | None = None) -> MastraSchedules | None:
        """The query `mastra/schedules:get`."""
        ...

    @_query("mastra/schedules:getTrigger")
    def get_trigger(self, *, id: str, secret: str | None = None) -> MastraScheduleTriggers | None:
        """The query `mastra/schedules:getTrigger`."""
        ...

    @_query("mastra/schedules:list")
    def list_(
        self,
        *,
        cursor: str | None = None,
        owner_id: str | None | Unset = UNSET,
        owner_type: str | None | Unset = UNSET,
        secret: str | None = None,
        status: str | None = None,
        workflow_id: str | None = None,
    ) -> DueResult:
        """The query `mastra/schedules:list`."""
        ...

    @_query("mastra/schedules:triggers")
    def triggers(
        self,
        *,
        schedule_id: str,
        cursor: str | None = None,
        from_actual_fire_at: float | None = None,
        secret: str | None = None,
        take: float | None = None,
        to_actual_fire_at: float | None = None,
    ) -> TriggersResult:
        """The query `mastra/schedules:triggers`."""
        ...
