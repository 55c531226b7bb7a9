"""Runs through our own functions, `convex/mastra/runs.ts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aioconvex.errors import MutationOutcomeUnknown
from aioconvex.mastra._rows import json_text, json_value
from aioconvex.mastra._windows import read_window
from aioconvex.mastra.errors import MastraError

from .runs import StoredRun, context_missing, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aioconvex.mastra._client import ConvexAdminClient
    from aioconvex.mastra._generated.models import MastraWorkflowSnapshots, RunsListResult
    from aioconvex.mastra._paging import Window

    from .backend import RunFilter, Saving
    from .runs import RunNames

__all__ = ["TypedWorkflows", "stored"]

_MAX_TRIES: Final = 3


def stored(row: MastraWorkflowSnapshots) -> StoredRun:
    """Read a row as the bindings have it."""
    return StoredRun(
        workflow_name=row.workflow_name,
        run_id=row.run_id,
        snapshot=row.snapshot,
        created_at=row.created_at,
        updated_at=row.updated_at,
        resource_id=row.resource_id,
    )


class TypedWorkflows:
    """A `WorkflowBackend` in which each operation is one transaction of the deployment."""

    def __init__(self, client: ConvexAdminClient) -> None:
        self._client = client
        self._runs = client.api.mastra.runs

    async def persist(self, names: RunNames, saving: Saving) -> None:
        """Store a run; see `WorkflowBackend`."""
        await self._client.repeat(
            lambda: self._runs.persist(
                workflow_name=names.workflow_name,
                run_id=names.run_id,
                snapshot=saving.snapshot,
                resource_id=saving.resource_id,
                created_at=saving.created_at,
                updated_at=saving.updated_at,
            )
        )

    async def get(self, run_id: str, workflow_name: str | None) -> StoredRun | None:
        """Find a run; see `WorkflowBackend`."""
        row = await self._runs.get(run_id=run_id, workflow_name=workflow_name)
        return None if row is None else stored(row)

    async def list_runs(self, wanted: RunFilter, window: Window) -> tuple[list[StoredRun], int]:
        """Read a window; see `WorkflowBackend`."""

        def part(*, skip: int, take: int | None, cursor: str | None) -> Awaitable[RunsListResult]:
            return self._runs.list_(
                workflow_name=wanted.workflow_name,
                resource_id=wanted.resource_id,
                status=wanted.status,
                from_date=wanted.from_date,
                to_date=wanted.to_date,
                thread_id=wanted.thread_id,
                skip=skip,
                take=take,
                cursor=cursor,
            )

        rows, total = await read_window(window, part)
        return [stored(row) for row in rows], total

    async def merge_step(
        self, names: RunNames, step_id: str, result: str, request_context: str
    ) -> str | None:
        """Merge a step's result; see `WorkflowBackend`."""

        def send() -> Awaitable[str | None]:
            return self._runs.merge_step_result(
                workflow_name=names.workflow_name,
                run_id=names.run_id,
                step_id=step_id,
                result=result,
                request_context=request_context,
            )

        # Merging a result twice is merging it once: slots that others filled meanwhile stay.
        return await self._merged(names, self._client.repeat(send))

    async def merge_state(
        self, names: RunNames, changes: str, expected: Sequence[str] | None
    ) -> str | None:
        """Overlay the snapshot; see `WorkflowBackend`."""

        def send() -> Awaitable[str | None]:
            return self._runs.merge_state(
                workflow_name=names.workflow_name,
                run_id=names.run_id,
                changes=changes,
                expected_status=None if expected is None else list(expected),
            )

        if expected is None:
            return await self._merged(names, self._client.repeat(send))
        return await self._merged(names, self._guarded(names, changes, expected, send))

    async def remove(self, names: RunNames) -> None:
        """Delete a run; see `WorkflowBackend`."""
        await self._client.repeat(
            lambda: self._runs.remove(workflow_name=names.workflow_name, run_id=names.run_id)
        )

    async def _guarded(
        self,
        names: RunNames,
        changes: str,
        expected: Sequence[str],
        send: Callable[[], Awaitable[str | None]],
    ) -> str | None:
        """Make a guarded change whose outcome may stay unknown.

        Repeating it blindly would answer "another status" when it had been made. So the run is
        read: it shows the change, or is still as expected, or somebody else changed it and nobody
        can tell.
        """
        tries = 0
        while True:
            try:
                return await send()
            except MutationOutcomeUnknown:
                snapshot = await self._snapshot(names)
                if _holds(snapshot, json_value(changes)):
                    return json_text(snapshot, "snapshot")
                tries += 1
                if tries == _MAX_TRIES or snapshot.get("status") not in expected:
                    raise

    async def _snapshot(self, names: RunNames) -> dict[str, Any]:
        row = await self.get(names.run_id, names.workflow_name)
        return {} if row is None else snapshot_of("updateWorkflowState", row)

    async def _merged(self, names: RunNames, answer: Awaitable[str | None]) -> str | None:
        try:
            return await answer
        except MastraError as error:
            if error.details.get("code") == "WorkflowContextMissing":
                raise context_missing(names) from error
            raise


def _holds(snapshot: Mapping[str, Any], changes: Mapping[str, Any]) -> bool:
    return all(name in snapshot and snapshot[name] == value for name, value in changes.items())
