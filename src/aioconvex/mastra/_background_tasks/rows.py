"""Rows of `mastra_background_tasks`, checked before they are stored; early ones are in camelCase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from aioconvex._codec import camel
from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import given_text, optional_text
from aioconvex.mastra._rows import instant, json_text, json_value, time_text
from aioconvex.mastra.errors import storage_error

from .models import BackgroundTask, TaskStatus

if TYPE_CHECKING:
    from aioconvex.mastra._service_rows import Row

__all__ = ["changed_columns", "given_status", "task_of", "task_row"]

_STATUSES: Final = frozenset[str](get_args(TaskStatus))
_TIMES: Final = ("started_at", "suspended_at", "completed_at")
_JSON: Final = ("result", "suspend_payload")
_COUNTS: Final = ("retry_count", "max_retries", "timeout_ms")


def task_row(task: BackgroundTask) -> Row:
    """Make the row of a task, with a null where there is nothing.

    Raises:
        ArgumentError: something in it cannot be stored.
    """
    if not isinstance(task, BackgroundTask):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("task", f"{type(task).__name__} is no BackgroundTask")
    if not isinstance(task.args, dict):
        raise ArgumentError("args", f"{type(task.args).__name__} is no dict")
    names = ("id", "tool_name", "tool_call_id", "agent_id", "run_id")
    changing = ("status", "error", *_JSON, *_COUNTS, *_TIMES)
    return {
        **{name: given_text(getattr(task, name), name) for name in names},
        "thread_id": optional_text(task.thread_id, "thread_id"),
        "resource_id": optional_text(task.resource_id, "resource_id"),
        "args": json_text(task.args, "args"),
        "createdAt": time_text(task.created_at, "created_at"),
        **changed_columns({name: getattr(task, name) for name in changing}),
    }


def changed_columns(values: Row) -> Row:
    """Make the columns of what may change of a task, by its names in Python.

    Raises:
        ArgumentError: one of them cannot be stored.
    """
    columns: Row = {}
    for name, value in values.items():
        if name in _TIMES:
            columns[camel(name)] = None if value is None else time_text(value, name)
        else:
            columns[name] = _column(name, value)
    return columns


def given_status(status: object, path: str = "status") -> str:
    """Check a status.

    Raises:
        ArgumentError: it is none.
    """
    if not isinstance(status, str) or status not in _STATUSES:
        raise ArgumentError(path, f"must be one of {', '.join(sorted(_STATUSES))}, not {status!r}")
    return status


def task_of(row: Row) -> BackgroundTask:
    """Read a row, or what an early adapter stored.

    Raises:
        MastraError: something that a task needs is not there.
    """

    def value(column: str) -> Any:
        return row[column] if column in row else row.get(camel(column))

    try:
        return BackgroundTask(
            id=row["id"],
            tool_name=value("tool_name"),
            tool_call_id=value("tool_call_id"),
            agent_id=value("agent_id"),
            run_id=value("run_id"),
            thread_id=value("thread_id"),
            resource_id=value("resource_id"),
            status=row["status"],
            args=json_value(row.get("args")) or {},
            result=json_value(row.get("result")),
            error=json_value(row.get("error")),
            suspend_payload=json_value(value("suspend_payload")),
            retry_count=int(value("retry_count") or 0),
            max_retries=int(value("max_retries") or 0),
            timeout_ms=int(value("timeout_ms") or 0),
            created_at=_created(row),
            **{name: instant(row.get(camel(name))) for name in _TIMES},
        )
    except KeyError as error:
        raise _corrupt(row, f"has no {error}") from error


def _created(row: Row) -> Any:
    time = instant(row.get("createdAt"))
    if time is None:
        raise _corrupt(row, f"holds {row.get('createdAt')!r} as createdAt")
    return time


def _column(name: str, value: Any) -> Any:
    if name == "status":
        return given_status(value)
    if name in _COUNTS:
        return _count(value, name)
    if value is None:
        return None
    if name == "error":
        return json_text(_error(value), name)
    return json_text(value, name)


def _count(value: object, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ArgumentError(path, f"must be an integer of at least 0, not {value!r}")
    return value


def _error(value: object) -> object:
    match value:
        case {"message": str()}:
            return value
        case _:
            raise ArgumentError("error", 'must be {"message": …}, with "stack" if it is known')


def _corrupt(row: Row, text: str) -> Exception:
    return storage_error(
        "readTask",
        "CORRUPT_ROW",
        f"the row of task {row.get('id')!r} {text}",
        category="THIRD_PARTY",
    )
