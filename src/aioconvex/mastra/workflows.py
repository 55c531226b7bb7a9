"""Workflow runs: their snapshots, and the results of steps that finish side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aioconvex.errors import ArgumentError

from ._arguments import given_text, optional_text, row_limit
from ._domain import Domain
from ._live import watched
from ._paging import window
from ._rows import json_text, json_value, time_text
from ._workflows.backend import RunFilter, Saving
from ._workflows.handler import HandlerWorkflows
from ._workflows.runs import (
    RunNames,
    WorkflowRun,
    WorkflowRunList,
    object_text,
    snapshot_of,
    snapshot_text,
)
from ._workflows.typed import TypedWorkflows, stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aioconvex.bindings import Count
    from aioconvex.live import LiveQuery
    from aioconvex.pagination import Paginator

    from ._generated import Api
    from ._generated.models import MastraWorkflowSnapshots
    from ._paging import PerPage
    from ._workflows.backend import WorkflowBackend

__all__ = ["WorkflowRun", "WorkflowRunList", "WorkflowsConvex"]

_GUARD = "expectedStatus"


class WorkflowsConvex(Domain):
    """Mastra's workflow runs on one deployment.

        async with WorkflowsConvex(deployment_url=url, auth_token=token) as workflows:
            await workflows.persist_workflow_snapshot(
                workflow_name="report", run_id="1", snapshot={"status": "running", "context": {}}
            )

    Snapshots, step results and contexts are plain JSON values, whose keys are never renamed. Where
    only the published storage handler is deployed, what it cannot do raises a `MastraError` that
    says so, and the rest happens in more than one transaction.
    """

    def supports_concurrent_updates(self) -> bool:
        """Tell Mastra that steps which finish at once do not overwrite each other's results."""
        return True

    async def persist_workflow_snapshot(  # noqa: PLR0913  # all are keyword-only
        self,
        *,
        workflow_name: str,
        run_id: str,
        snapshot: Mapping[str, Any],
        resource_id: str | None = None,
        created_at: datetime | None = None,
        updated_at: datetime | None = None,
    ) -> None:
        """Store a run's snapshot, in place of an earlier one.

        Args:
            workflow_name: the workflow.
            run_id: the run.
            snapshot: the whole state, at most 1 MiB as JSON.
            resource_id: who the run belongs to; None keeps what is stored.
            created_at: by default what is stored, and now for a new run.
            updated_at: by default now.

        Raises:
            ArgumentError: a name is empty, a time is naive, or the snapshot is no JSON object.
            MastraError: the snapshot is too large, or the run cannot be told from another one.
            ConvexError: as for any call.
        """
        names = RunNames.of(workflow_name, run_id)
        saving = Saving(
            snapshot=snapshot_text("persistWorkflowSnapshot", snapshot),
            resource_id=optional_text(resource_id, "resource_id"),
            created_at=_optional_time(created_at, "created_at"),
            updated_at=_optional_time(updated_at, "updated_at"),
        )
        await (await self._backend()).persist(names, saving)

    async def load_workflow_snapshot(
        self, *, workflow_name: str, run_id: str
    ) -> dict[str, Any] | None:
        """Load a run's snapshot; None without such a run.

        Raises:
            ArgumentError: a name is empty.
            MastraError: what is stored is no JSON object.
            ConvexError: as for any call.
        """
        names = RunNames.of(workflow_name, run_id)
        row = await (await self._backend()).get(names.run_id, names.workflow_name)
        return None if row is None else snapshot_of("loadWorkflowSnapshot", row)

    async def update_workflow_results(
        self,
        *,
        workflow_name: str,
        run_id: str,
        step_id: str,
        result: Any,
        request_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Merge the result of a step into a run's snapshot, and return the merged context.

        Where the stored result and the new one both have a list as `output`, as steps that run for
        each of many items do, the lists are merged slot by slot: None leaves a slot alone, and
        `{"__mastra_pending__": True}` empties one that has no finished output. Other results
        replace what is stored.

        Args:
            workflow_name: the workflow.
            run_id: the run.
            step_id: the step.
            result: its result, a JSON value.
            request_context: fields to overlay on the snapshot's `requestContext`.

        Returns:
            The results of all steps by id; `{}` without such a run.

        Raises:
            ArgumentError: a name is empty, or the result is no JSON value.
            MastraError: the stored snapshot has no context, or would be too large.
            ConvexError: as for any call.
        """
        names = RunNames.of(workflow_name, run_id)
        step = given_text(step_id, "step_id")
        text = json_text(result, "result")
        context = object_text(request_context or {}, "request_context")
        merged = await (await self._backend()).merge_step(names, step, text, context)
        return {} if merged is None else _object(merged)

    async def update_workflow_state(
        self,
        *,
        workflow_name: str,
        run_id: str,
        opts: Mapping[str, Any],
        expected_status: str | Sequence[str] | None = None,
    ) -> dict[str, Any] | None:
        """Overlay fields of a run's snapshot, and return the whole of it.

        Args:
            workflow_name: the workflow.
            run_id: the run.
            opts: the fields; each replaces the stored one.
            expected_status: change the run only while it has this status, or one of these.

        Returns:
            The merged snapshot; None without such a run, or when it has another status.

        Raises:
            ArgumentError: a name is empty, or `opts` is no JSON object.
            MastraError: the stored snapshot has no context, or would be too large.
            MutationOutcomeUnknown: the change of a guarded run may have been made, and somebody
                else changed the run since.
            ConvexError: as for any call.
        """
        names = RunNames.of(workflow_name, run_id)
        changes = object_text(opts, "opts")
        if _GUARD in opts:
            # Where TypeScript has it; it must not end up in the snapshot.
            raise ArgumentError(f"opts.{_GUARD}", "pass it as the argument expected_status")
        expected = _statuses(expected_status)
        merged = await (await self._backend()).merge_state(names, changes, expected)
        return None if merged is None else _object(merged)

    async def list_workflow_runs(  # noqa: PLR0913  # all are keyword-only
        self,
        *,
        workflow_name: str | None = None,
        resource_id: str | None = None,
        status: str | None = None,
        from_date: datetime | None = None,
        to_date: datetime | None = None,
        thread_id: str | None = None,
        per_page: PerPage | None = None,
        page: int | None = None,
    ) -> WorkflowRunList:
        """List the runs that pass all filters, newest `created_at` first.

        It reads every run that `workflow_name`, `resource_id` and the dates leave, to count them;
        to go through many, use `paginated_workflow_runs()`.

        Args:
            workflow_name: runs of this workflow.
            resource_id: runs of this resource.
            status: runs whose snapshot has this status.
            from_date: runs created then or later.
            to_date: runs created then or earlier.
            thread_id: runs whose input, or a suspended step of which, carries the memory of this
                thread.
            per_page: how many runs a page has; all by default.
            page: which page, from 0 on.

        Raises:
            ArgumentError: a filter is empty, or a date naive.
            MastraError: a page is negative, or is asked for without `per_page`.
            ConvexError: as for any call.
        """
        paging = window(
            "listWorkflowRuns",
            page=0 if page is None else page,
            per_page="all" if per_page is None else per_page,
            default=0,
        )
        if per_page is None and paging.page > 0:
            raise ArgumentError("page", "needs per_page, the number of runs on a page")
        wanted = RunFilter(
            workflow_name=optional_text(workflow_name, "workflow_name"),
            resource_id=optional_text(resource_id, "resource_id"),
            status=optional_text(status, "status"),
            from_date=_optional_time(from_date, "from_date"),
            to_date=_optional_time(to_date, "to_date"),
            thread_id=optional_text(thread_id, "thread_id"),
        )
        rows, total = await (await self._backend()).list_runs(wanted, paging)
        return WorkflowRunList(runs=[row.run("listWorkflowRuns") for row in rows], total=total)

    async def get_workflow_run_by_id(
        self, *, run_id: str, workflow_name: str | None = None
    ) -> WorkflowRun | None:
        """Find a run; None if there is none.

        Args:
            run_id: the run.
            workflow_name: its workflow; without it, the newest run of this id.

        Raises:
            ArgumentError: a name is empty.
            MastraError: what is stored of it cannot be read.
            ConvexError: as for any call.
        """
        run, workflow = given_text(run_id, "run_id"), optional_text(workflow_name, "workflow_name")
        row = await (await self._backend()).get(run, workflow)
        return None if row is None else row.run("getWorkflowRunById")

    async def delete_workflow_run_by_id(self, *, run_id: str, workflow_name: str) -> None:
        """Delete a run; without such a run nothing happens.

        Raises:
            ArgumentError: a name is empty.
            ConvexError: as for any call.
        """
        names = RunNames.of(workflow_name, run_id)
        await (await self._backend()).remove(names)

    def watch_workflow_run(
        self, *, workflow_name: str, run_id: str
    ) -> LiveQuery[WorkflowRun | None]:
        """Watch a run; None while there is no such run. See `aioconvex.LiveQuery`.

            async with workflows.watch_workflow_run(workflow_name="w", run_id="1") as live:
                async for run in live:
                    ...

        Raises:
            ArgumentError: a name is empty.
            MastraError: only the published functions are deployed; in the loop: what is stored
                cannot be read.
        """
        names = RunNames.of(workflow_name, run_id)

        def watch(api: Api) -> LiveQuery[MastraWorkflowSnapshots | None]:
            return api.mastra.queries.watch_workflow_run.watch(
                workflow_name=names.workflow_name, run_id=names.run_id
            )

        def change(row: MastraWorkflowSnapshots | None) -> WorkflowRun | None:
            return None if row is None else stored(row).run("watchWorkflowRun")

        return watched(self._client, watch, change)

    def watch_workflow_runs(
        self,
        *,
        workflow_name: str | None = None,
        resource_id: str | None = None,
        limit: int = 50,
    ) -> LiveQuery[list[WorkflowRun]]:
        """Watch the newest runs that pass both filters, newest first.

        Args:
            workflow_name: runs of this workflow.
            resource_id: runs of this resource.
            limit: how many, at most 1000.

        Raises:
            ArgumentError: a filter is empty, or the limit below 1.
            MastraError: as for `watch_workflow_run`.
        """
        optional_text(workflow_name, "workflow_name")
        optional_text(resource_id, "resource_id")
        most = row_limit(limit)

        def watch(api: Api) -> LiveQuery[list[MastraWorkflowSnapshots]]:
            return api.mastra.queries.watch_workflow_runs.watch(
                workflow_name=workflow_name, resource_id=resource_id, limit=most
            )

        def change(rows: list[MastraWorkflowSnapshots]) -> list[WorkflowRun]:
            return [stored(row).run("watchWorkflowRuns") for row in rows]

        return watched(self._client, watch, change)

    def paginated_workflow_runs(
        self,
        *,
        workflow_name: str | None = None,
        resource_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Paginator[WorkflowRun]:
        """Go through the runs that pass both filters, newest first, however many there are.

        `await` it for one page, `async for` over it for every run, or over `.pages()`. Each run
        comes once, also when others are stored meanwhile.

        Args:
            workflow_name: runs of this workflow.
            resource_id: runs of this resource.
            cursor: where an earlier page, of the same filters, said to go on.
            limit: how many runs a page has, at most 1000; large ones make it shorter.

        Raises:
            ArgumentError: a filter is empty, or the limit below 1.
            MastraError: on use: the functions of this package are not deployed, the cursor is of
                another list, or what is stored cannot be read.
        """
        pages = self._client.api.mastra.queries.paginated_workflow_runs(
            workflow_name=optional_text(workflow_name, "workflow_name"),
            resource_id=optional_text(resource_id, "resource_id"),
        )
        sized = pages.after(cursor).sized(row_limit(limit))
        return sized.mapped(lambda row: stored(row).run("paginatedWorkflowRuns"))

    async def count_workflow_runs(
        self, *, workflow_name: str | None = None, resource_id: str | None = None
    ) -> Count:
        """Count the runs that pass both filters: exactly up to 1000, beyond that an estimate.

        Raises:
            ArgumentError: a filter is empty.
            MastraError: the functions of this package are not deployed.
            ConvexError: as for any call.
        """
        return await self._client.api.mastra.queries.count_workflow_runs(
            workflow_name=optional_text(workflow_name, "workflow_name"),
            resource_id=optional_text(resource_id, "resource_id"),
        )

    async def dangerously_clear_all(self) -> None:
        """Delete all runs of all workflows.

        Raises:
            ConvexError: as for any call; what was deleted before stays so.
        """
        await self._client.call_storage_until_done(
            {"op": "clearTable", "tableName": "mastra_workflow_snapshot"}
        )

    async def _backend(self) -> WorkflowBackend:
        capabilities = await self._client.find_capabilities()
        made = TypedWorkflows if capabilities.typed else HandlerWorkflows
        return made(self._client)


def _object(text: str) -> dict[str, Any]:
    value: dict[str, Any] = json_value(text)
    return value


def _optional_time(value: datetime | None, path: str) -> str | None:
    return None if value is None else time_text(value, path)


def _statuses(expected: str | Sequence[str] | None) -> list[str] | None:
    if expected is None:
        return None
    wanted = [expected] if isinstance(expected, str) else expected
    return [given_text(status, "expected_status") for status in wanted]
