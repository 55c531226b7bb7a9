"""Background tasks: calls of tools that run on while agents answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, Unpack

from aioconvex._types import UNSET, Unset
from aioconvex.errors import ArgumentError, MutationOutcomeUnknown

from ._arguments import given_text
from ._background_tasks.lists import (
    TaskFilter,
    date_column,
    delete_matching,
    filter_args,
    list_rows,
)
from ._background_tasks.models import BackgroundTask, TaskDate, TaskPage, TaskStatus
from ._background_tasks.rows import changed_columns, given_status, task_of, task_row
from ._domain import Domain
from ._paging import window
from ._service_rows import ServiceRows
from .errors import not_supported

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ._paging import PerPage
    from ._service_rows import Row

__all__ = [
    "BackgroundTask",
    "BackgroundTasksConvex",
    "TaskDate",
    "TaskFilter",
    "TaskPage",
    "TaskStatus",
]

_TABLE: Final = "mastra_background_tasks"
_FUNCTIONS: Final = "mastra/backgroundTasks"
_MAX_TRIES: Final = 3

# What no update changes of a task.
_UNCHANGING: Final = (
    *("id", "tool_name", "tool_call_id", "agent_id", "run_id", "thread_id", "resource_id"),
    *("args", "createdAt"),
)


class BackgroundTasksConvex(Domain):
    """Mastra's background tasks on one deployment.

        async with BackgroundTasksConvex(deployment_url=url, auth_token=token) as tasks:
            waiting = await tasks.list_tasks(status="pending", per_page=10)
            for task in waiting.tasks:
                if await tasks.update_task(
                    task_id=task.id, status="running", expected_status="pending"
                ):
                    ...  # nobody else runs it

    Tasks that early releases of `@mastra/convex` stored elsewhere are read, changed and deleted
    as the others.
    """

    async def create_task(self, task: BackgroundTask) -> None:
        """Store a task, in place of the one of its id.

        After a lost connection, a task that is found to have begun meanwhile is left as it is.

        Raises:
            ArgumentError: something in it cannot be stored.
            MastraError: it is larger than a document may be.
            ConvexError: as for any call; `MutationOutcomeUnknown` only if nobody can tell.
        """
        row = task_row(task)
        tries = 0
        while True:
            try:
                await self._insert(row)
            except MutationOutcomeUnknown:
                tries += 1
                stored = await self._tasks.get(task.id) or {}
                if all(stored.get(name) == row[name] for name in _UNCHANGING):
                    # Stored anew, it would be done twice. Only one that waited can have begun.
                    if row["status"] == "pending" or _has(stored, row):
                        return
                    raise
                if tries == _MAX_TRIES:
                    raise
            else:
                return

    async def get_task(self, *, task_id: str) -> BackgroundTask | None:
        """Find a task; None if there is none.

        Raises:
            ConvexError: as for any call.
        """
        row = await self._tasks.get(given_text(task_id, "task_id"))
        return None if row is None else task_of(row)

    async def update_task(  # noqa: PLR0913  # all are keyword-only
        self,
        *,
        task_id: str,
        status: TaskStatus | None = None,
        result: Any | Unset = UNSET,
        error: Mapping[str, Any] | Unset | None = UNSET,
        suspend_payload: Any | Unset = UNSET,
        retry_count: int | None = None,
        max_retries: int | None = None,
        timeout_ms: int | None = None,
        started_at: datetime | Unset | None = UNSET,
        suspended_at: datetime | Unset | None = UNSET,
        completed_at: datetime | Unset | None = UNSET,
        expected_status: TaskStatus | None = None,
    ) -> bool:
        """Change what is given of a task.

        Args:
            task_id: the task.
            status: its new status.
            result: what it gave; None clears it.
            error: why it failed; None clears it.
            suspend_payload: what it gave when it was suspended; None clears it.
            retry_count: how often it was tried again.
            max_retries: how often it may be.
            timeout_ms: for how many milliseconds it may run.
            started_at: when it began to run; None clears it.
            suspended_at: when it was suspended; None clears it.
            completed_at: when it ended; None clears it.
            expected_status: change the task only if it has this status. Of several callers that
                expect the same, one wins. Give a time with it, such as `started_at`: after a lost
                connection it tells your change from another's.

        Returns:
            Whether it was changed: not if there is no such task, or it has another status. True
            for nothing to change and nothing expected, without a call.

        Raises:
            ArgumentError: something cannot be stored.
            MastraError: `expected_status` needs this package's functions, and they are not
                deployed; the id ends with `NOT_SUPPORTED`.
            ConvexError: as for any call; `MutationOutcomeUnknown` only if nobody can tell.
        """
        given_text(task_id, "task_id")
        kept = {
            "status": status,
            "retry_count": retry_count,
            "max_retries": max_retries,
            "timeout_ms": timeout_ms,
        }
        cleared = {
            "result": result,
            "error": error,
            "suspend_payload": suspend_payload,
            "started_at": started_at,
            "suspended_at": suspended_at,
            "completed_at": completed_at,
        }
        changes = changed_columns(
            {name: value for name, value in kept.items() if value is not None}
            | {name: value for name, value in cleared.items() if value is not UNSET}
        )
        if expected_status is not None:
            expected = given_status(expected_status, "expected_status")
            return await self._update_if(task_id, expected, changes)
        if not changes:
            return True
        applied: bool = await self._tasks.storage("patch", id=task_id, record=changes)
        return applied

    async def list_tasks(
        self,
        *,
        order_by: TaskDate = "created_at",
        order_direction: Literal["asc", "desc"] = "asc",
        page: int = 0,
        per_page: PerPage | None = None,
        **filters: Unpack[TaskFilter],
    ) -> TaskPage:
        """List the tasks that pass all filters.

        Args:
            order_by: the time to order by; tasks without it count as the oldest.
            order_direction: oldest or newest first.
            page: which page, from 0 on.
            per_page: how many a page has; all unless told.
            **filters: which tasks; see `TaskFilter`.

        Raises:
            ArgumentError: a filter is empty, no status, or no time.
            MastraError: `page` or `per_page` is negative.
            ConvexError: as for any call.
        """
        wanted = filter_args(**filters)
        column = date_column(order_by, "order_by")
        if order_direction not in ("asc", "desc"):  # a list has no hash
            raise ArgumentError("order_direction", f"must be asc or desc, not {order_direction!r}")
        size: PerPage = False if per_page is None else per_page
        paging = window("listTasks", page=page, per_page=size, default=0)
        rows, total = await list_rows(self._tasks, wanted, column, order_direction, paging)
        return TaskPage(tasks=[task_of(row) for row in rows], total=total)

    async def delete_task(self, *, task_id: str) -> None:
        """Delete a task; nothing happens if there is none.

        Raises:
            ConvexError: as for any call.
        """
        await self._tasks.storage("deleteMany", ids=[given_text(task_id, "task_id")])

    async def delete_tasks(self, **filters: Unpack[TaskFilter]) -> None:
        """Delete the tasks that pass all filters; without a filter, none.

        Args:
            **filters: which tasks; see `TaskFilter`.

        Raises:
            ArgumentError: as for `list_tasks`.
            ConvexError: as for any call; what was deleted before stays so.
        """
        wanted = filter_args(**filters)
        if wanted:
            await delete_matching(self._tasks, wanted)

    async def get_running_count(self) -> int:
        """Count the tasks that run.

        Raises:
            ConvexError: as for any call.
        """
        return (await self.list_tasks(status="running", per_page=0)).total

    async def get_running_count_by_agent(self, *, agent_id: str) -> int:
        """Count the tasks of an agent that run.

        Raises:
            ConvexError: as for any call.
        """
        given_text(agent_id, "agent_id")
        return (await self.list_tasks(status="running", agent_id=agent_id, per_page=0)).total

    async def dangerously_clear_all(self) -> None:
        """Delete all tasks.

        Raises:
            ConvexError: as for any call; what was deleted before stays so.
        """
        await self._tasks.clear()

    @property
    def _tasks(self) -> ServiceRows:
        return ServiceRows(self._client, _TABLE, _FUNCTIONS)

    async def _insert(self, row: Row) -> None:
        request = {"op": "insert", "tableName": _TABLE, "record": row}
        path = self._client.storage_function
        await self._client.call_handler(path, request, repeatable=False)

    async def _update_if(self, task_id: str, expected: str, changes: Row) -> bool:
        if not await self._tasks.is_typed():
            raise not_supported("updateTask", "expected_status needs")
        fields = {"id": task_id, "expectedStatus": expected, "changes": changes}
        tries = 0
        while True:
            try:
                applied: bool = await self._tasks.mutation("update", fields)
            except MutationOutcomeUnknown:
                tries += 1
                row = await self._tasks.get(task_id) or {}
                if _shows(row, changes):
                    return True
                if tries == _MAX_TRIES or row.get("status") != expected:
                    raise
            else:
                return applied


def _shows(row: Row, changes: Row) -> bool:
    """Whether a row has these changes, and they cannot be another caller's."""
    told = any(
        changes.get(name) is not None for name in ("startedAt", "suspendedAt", "completedAt")
    )
    return told and _has(row, changes)


def _has(row: Row, columns: Row) -> bool:
    return all(row.get(name) == value for name, value in columns.items())
