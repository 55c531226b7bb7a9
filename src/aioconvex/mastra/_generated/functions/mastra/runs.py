# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/runs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation, query as _query

if TYPE_CHECKING:
    from ...models import MastraWorkflowSnapshots, RunsListResult
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Runs(Namespace):
    """Functions of `mastra/runs`."""

    @_query("mastra/runs:get")
    def get(
        self, *, run_id: str, secret: str | None = None, workflow_name: str | None = None
    ) -> MastraWorkflowSnapshots | None:
        """The query `mastra/runs:get`."""
        ...

    @_query("mastra/runs:list")
    def list_(
        self,
        *,
        cursor: str | None = None,
        from_date: str | None = None,
        resource_id: str | None = None,
        secret: str | None = None,
        skip: float | None = None,
        status: str | None = None,
        take: float | None = None,
        thread_id: str | None = None,
        to_date: str | None = None,
        workflow_name: str | None = None,
    ) -> RunsListResult:
        """The query `mastra/runs:list`."""
        ...

    @_mutation("mastra/runs:mergeState")
    def merge_state(
        self,
        *,
        changes: str,
        run_id: str,
        workflow_name: str,
        expected_status: list[str] | None = None,
        secret: str | None = None,
    ) -> str | None:
        """The mutation `mastra/runs:mergeState`."""
        ...

    @_mutation("mastra/runs:mergeStepResult")
    def merge_step_result(
        self,
        *,
        request_context: str,
        result: str,
        run_id: str,
        step_id: str,
        workflow_name: str,
        secret: str | None = None,
    ) -> str | None:
        """The mutation `mastra/runs:mergeStepResult`."""
        ...

    @_mutation("mastra/runs:persist")
    def persist(
        self,
        *,
        run_id: str,
        snapshot: str,
        workflow_name: str,
        created_at: str | None = None,
        resource_id: str | None = None,
        secret: str | None = None,
        updated_at: str | None = None,
    ) -> None:
        """The mutation `mastra/runs:persist`."""
        ...

    @_mutation("mastra/runs:remove")
    def remove(self, *, run_id: str, workflow_name: str, secret: str | None = None) -> None:
        """The mutation `mastra/runs:remove`."""
        ...
