# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/backgroundTasks`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation, query as _query

if TYPE_CHECKING:
    from ...models import (
        BackgroundTasksListResult,
        MastraBackgroundTasks,
        RemoveMatchingResult,
        UpdateArgsChanges,
    )
else:
    __getattr__ = _later(__name__, __package__, "...models")


class BackgroundTasks(Namespace):
    """Functions of `mastra/backgroundTasks`."""

    @_query("mastra/backgroundTasks:get")
    def get(
        self, *, id: str, secret: str | None = None
    ) -> MastraBackgroundTasks | dict[str, Any] | None:
        """The query `mastra/backgroundTasks:get`."""
        ...

    @_query("mastra/backgroundTasks:list")
    def list_(
        self,
        *,
        order: Literal["asc", "desc"],
        order_by: Literal["createdAt", "startedAt", "suspendedAt", "completedAt"],
        skip: float,
        agent_id: str | None = None,
        cursor: str | None = None,
        date_column: Literal["createdAt", "startedAt", "suspendedAt", "completedAt"] | None = None,
        from_date: str | None = None,
        resource_id: str | None = None,
        run_id: str | None = None,
        secret: str | None = None,
        statuses: list[str] | None = None,
        take: float | None = None,
        thread_id: str | None = None,
        to_date: str | None = None,
        tool_call_id: str | None = None,
        tool_name: str | None = None,
    ) -> BackgroundTasksListResult:
        """The query `mastra/backgroundTasks:list`."""
        ...

    @_mutation("mastra/backgroundTasks:removeMatching")
    def remove_matching(
        self,
        *,
        agent_id: str | None = None,
        cursor: str | None = None,
        date_column: Literal["createdAt", "startedAt", "suspendedAt", "completedAt"] | None = None,
        from_date: str | None = None,
        resource_id: str | None = None,
        run_id: str | None = None,
        secret: str | None = None,
        statuses: list[str] | None = None,
        thread_id: str | None = None,
        to_date: str | None = None,
        tool_call_id: str | None = None,
        tool_name: str | None = None,
    ) -> RemoveMatchingResult:
        """The mutation `mastra/backgroundTasks:removeMatching`."""
        ...

    @_mutation("mastra/backgroundTasks:update")
    def update(
        self,
        *,
        changes: UpdateArgsChanges,
        expected_status: Literal[
            "pending", "running", "suspended", "completed", "failed", "cancelled", "timed_out"
        ],
        id: str,
        secret: str | None = None,
    ) -> bool:
        """The mutation `mastra/backgroundTasks:update`."""
        ...
