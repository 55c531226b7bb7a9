"""Background tasks as Python has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import Factory, field, frozen

from aioconvex.mastra._rows import new_id, now

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["BackgroundTask", "TaskDate", "TaskPage", "TaskStatus"]

TaskStatus: TypeAlias = Literal[
    "pending", "running", "suspended", "completed", "failed", "cancelled", "timed_out"
]
"""How far a task has come."""

TaskDate: TypeAlias = Literal["created_at", "started_at", "suspended_at", "completed_at"]
"""A time of a task, by which tasks are ordered or restricted."""


def _no_args() -> dict[str, Any]:
    return {}


@frozen(kw_only=True)
class BackgroundTask:
    """A call of a tool that runs on while the agent answers.

    Attributes:
        id: the task's id; a new one unless given.
        tool_name: the tool.
        tool_call_id: the call of it.
        agent_id: the agent that called it.
        run_id: the agent's run.
        thread_id: the thread in which it was called.
        resource_id: whose thread that is.
        status: how far it has come.
        args: what the tool was called with, a JSON object.
        result: what it gave, any JSON value.
        error: why it failed, `{"message": …}` with `stack` if it is known.
        suspend_payload: what it gave when it was suspended, any JSON value.
        retry_count: how often it was tried again.
        max_retries: how often it may be.
        timeout_ms: for how many milliseconds it may run.
        created_at: now, unless told.
        started_at: when it began to run.
        suspended_at: when it was suspended last.
        completed_at: when it ended.
    """

    id: str = Factory(new_id)
    tool_name: str
    tool_call_id: str
    agent_id: str
    run_id: str
    thread_id: str | None = None
    resource_id: str | None = None
    status: TaskStatus = "pending"
    args: Mapping[str, Any] = field(factory=_no_args, repr=False)
    result: Any = field(default=None, repr=False)
    error: Mapping[str, Any] | None = None
    suspend_payload: Any = field(default=None, repr=False)
    retry_count: int = 0
    max_retries: int = 0
    timeout_ms: int
    created_at: datetime = Factory(now)
    started_at: datetime | None = None
    suspended_at: datetime | None = None
    completed_at: datetime | None = None


@frozen(kw_only=True)
class TaskPage:
    """Tasks of a list.

    Attributes:
        tasks: those of the page.
        total: how many the whole list has.
    """

    tasks: list[BackgroundTask]
    total: int
