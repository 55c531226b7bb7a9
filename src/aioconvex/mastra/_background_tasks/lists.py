"""Which tasks: filters as callers give them, and lists that pass them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypedDict, get_args

from aioconvex._codec import camel
from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import optional_text
from aioconvex.mastra._rows import time_text
from aioconvex.mastra._service_rows import unique

from .models import TaskDate
from .rows import given_status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aioconvex.mastra._paging import Window
    from aioconvex.mastra._service_rows import Row, ServiceRows

    from .models import TaskStatus

__all__ = ["TaskFilter", "date_column", "delete_matching", "filter_args", "list_rows"]

_DELETED_AT_ONCE: Final = 500

# Columns by their names in our queries' arguments.
_COLUMNS: Final = {
    "agentId": "agent_id",
    "threadId": "thread_id",
    "resourceId": "resource_id",
    "toolName": "tool_name",
    "toolCallId": "tool_call_id",
    "runId": "run_id",
}


class TaskFilter(TypedDict, total=False):
    """Which tasks; all filters apply, and None is no filter.

    Attributes:
        status: only those with this status, or one of these.
        agent_id: only those of this agent.
        thread_id: only those of this thread.
        resource_id: only those of this resource.
        tool_name: only those of this tool.
        tool_call_id: only those of this call of a tool.
        run_id: only those of this run.
        from_date: only those whose `date_filter_by` is this time or later.
        to_date: only those whose `date_filter_by` is before.
        date_filter_by: which time the dates are about, `created_at` by default. Tasks without it
            drop out.
    """

    status: TaskStatus | Sequence[TaskStatus] | None
    agent_id: str | None
    thread_id: str | None
    resource_id: str | None
    tool_name: str | None
    tool_call_id: str | None
    run_id: str | None
    from_date: datetime | None
    to_date: datetime | None
    date_filter_by: TaskDate


def filter_args(  # noqa: PLR0913  # all are keyword-only
    *,
    status: TaskStatus | Sequence[TaskStatus] | None = None,
    from_date: datetime | None = None,
    to_date: datetime | None = None,
    date_filter_by: TaskDate = "created_at",
    agent_id: str | None = None,
    thread_id: str | None = None,
    resource_id: str | None = None,
    tool_name: str | None = None,
    tool_call_id: str | None = None,
    run_id: str | None = None,
) -> Row:
    """Make the arguments of our queries from a `TaskFilter`; without a filter they are empty.

    Raises:
        ArgumentError: a filter is empty, no status, or no time.
    """
    args: Row = {
        "statuses": None if status is None else _statuses(status),
        "agentId": optional_text(agent_id, "agent_id"),
        "threadId": optional_text(thread_id, "thread_id"),
        "resourceId": optional_text(resource_id, "resource_id"),
        "toolName": optional_text(tool_name, "tool_name"),
        "toolCallId": optional_text(tool_call_id, "tool_call_id"),
        "runId": optional_text(run_id, "run_id"),
        "fromDate": None if from_date is None else time_text(from_date, "from_date"),
        "toDate": None if to_date is None else time_text(to_date, "to_date"),
    }
    column = date_column(date_filter_by, "date_filter_by")
    dated = {} if from_date is None and to_date is None else {"dateColumn": column}
    return {name: value for name, value in args.items() if value is not None} | dated


def date_column(date: object, path: str) -> str:
    """Check which time is meant, and name its column.

    Raises:
        ArgumentError: it is none of a task's.
    """
    dates: tuple[str, ...] = get_args(TaskDate)
    if not isinstance(date, str) or date not in dates:
        raise ArgumentError(path, f"must be one of {', '.join(dates)}, not {date!r}")
    return camel(date)


async def list_rows(
    tasks: ServiceRows, wanted: Row, order_by: str, order: str, window: Window
) -> tuple[list[Row], int]:
    """Read a window of a list, and how many rows the whole list has.

    Args:
        tasks: the table.
        wanted: what `filter_args` made.
        order_by: the column to order by; rows without it count as the oldest.
        order: `asc` or `desc`.
        window: the window.

    Raises:
        MastraError: there are more than the published handler lists.
    """
    if wanted.get("statuses") == []:
        return [], 0
    take = {} if window.per_page is None else {"take": window.per_page}
    args = {**wanted, "orderBy": order_by, "order": order, "skip": window.offset, **take}
    if not await tasks.is_typed():
        rows = await _rows_of_handler(tasks, wanted)
    else:
        part: Row = await tasks.query("list", args)
        if "total" in part:
            return part["items"], part["total"]
        # More than one call can read, so more than one can sort.
        rows = part["items"]
        while "nextCursor" in part:
            part = await tasks.query("list", {**args, "cursor": part["nextCursor"]})
            rows += part["items"]
        rows = unique(rows)
    _sort(rows, order_by, order)
    end = None if window.per_page is None else window.offset + window.per_page
    return rows[window.offset : end], len(rows)


def _sort(rows: list[Row], order_by: str, order: str) -> None:
    """Order rows; ties are in the order of insertion both ways, and early tasks follow."""

    def inserted(row: Row) -> float:
        created: float = row.get("_creationTime", math.inf)
        return created

    def date(row: Row) -> str:
        return row.get(order_by) or ""

    rows.sort(key=inserted)
    rows.sort(key=date, reverse=order == "desc")


async def delete_matching(tasks: ServiceRows, wanted: Row) -> None:
    """Delete the rows that pass a filter.

    Args:
        tasks: the table.
        wanted: what `filter_args` made, of at least one filter.
    """
    if wanted.get("statuses") == []:
        return
    if not await tasks.is_typed():
        ids = [row["id"] for row in await _rows_of_handler(tasks, wanted)]
        for start in range(0, len(ids), _DELETED_AT_ONCE):
            await tasks.storage("deleteMany", ids=ids[start : start + _DELETED_AT_ONCE])
        return
    # Doing a part twice is doing it once.
    part: Row = await tasks.mutation("removeMatching", wanted, repeatable=True)
    while "nextCursor" in part:
        rest = {**wanted, "cursor": part["nextCursor"]}
        part = await tasks.mutation("removeMatching", rest, repeatable=True)


async def _rows_of_handler(tasks: ServiceRows, wanted: Row) -> list[Row]:
    equal: dict[str, str | None] = {
        column: wanted[name] for name, column in _COLUMNS.items() if name in wanted
    }
    statuses = wanted.get("statuses", ())
    if len(statuses) == 1:
        equal["status"] = statuses[0]
    return [row for row in await tasks.find("listTasks", equal) if _passes(row, wanted)]


def _passes(row: Row, wanted: Row) -> bool:
    for name, column in _COLUMNS.items():
        if name in wanted and row.get(column, row.get(name)) != wanted[name]:
            return False
    if "statuses" in wanted and row["status"] not in wanted["statuses"]:
        return False
    if "dateColumn" not in wanted:
        return True
    date: str | None = row.get(wanted["dateColumn"])
    return (
        date is not None
        and wanted.get("fromDate", date) <= date
        and ("toDate" not in wanted or date < wanted["toDate"])
    )


def _statuses(status: str | Sequence[str]) -> list[str]:
    if isinstance(status, str):
        return [given_status(status)]
    # Not all callers are type-checked.
    if not isinstance(status, (list, tuple)):
        raise ArgumentError("status", f"{type(status).__name__} is no status, nor a list of them")
    return [given_status(one) for one in status]
