"""Schedules and triggers as Python has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import Factory, field, frozen

from aioconvex.mastra._epoch import now_ms
from aioconvex.mastra._rows import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Schedule", "ScheduleStatus", "ScheduleTrigger"]

ScheduleStatus: TypeAlias = Literal["active", "paused"]
"""Whether a schedule fires."""


def _as_created(schedule: Schedule) -> int:
    return schedule.created_at


@frozen(kw_only=True)
class Schedule:
    """What fires at which times. Its times are epoch milliseconds, as in TypeScript.

    Attributes:
        id: the schedule's id; a new one unless given.
        target: what fires, as TypeScript spells it: `{"type": "workflow", "workflowId": …}` with
            `inputData` and more, or `{"type": "agent", "agentId": …, "prompt": …}` with `threadId`
            and more. Other keys are kept.
        cron: when, as a cron expression.
        timezone: whose times the expression means, such as `Europe/Berlin`.
        status: `active` or `paused`.
        next_fire_at: when it fires next.
        last_fire_at: when it fired last.
        last_run_id: the run that this began.
        created_at: now, unless told.
        updated_at: as `created_at`, unless told.
        metadata: any JSON object.
        owner_type: what kind of thing owns it, such as `agent`; None if nothing does.
        owner_id: which.
    """

    id: str = Factory(new_id)
    target: Mapping[str, Any] = field(repr=False)
    cron: str
    timezone: str | None = None
    status: ScheduleStatus = "active"
    next_fire_at: int
    last_fire_at: int | None = None
    last_run_id: str | None = None
    created_at: int = Factory(now_ms)
    updated_at: int = Factory(_as_created, takes_self=True)
    metadata: Mapping[str, Any] | None = field(default=None, repr=False)
    owner_type: str | None = None
    owner_id: str | None = None


@frozen(kw_only=True)
class ScheduleTrigger:
    """One firing of a schedule. Its times are epoch milliseconds.

    Attributes:
        id: the trigger's id; a new one unless given.
        schedule_id: the schedule.
        run_id: the run that it began, None if none.
        scheduled_fire_at: when it was to fire.
        actual_fire_at: when it did.
        outcome: what came of it, such as `published` or `failed`.
        error: why it failed.
        trigger_kind: `schedule-fire`, `manual` or `queue-drain`.
        parent_trigger_id: the trigger that this one goes back to.
        metadata: any JSON object.
    """

    id: str = Factory(new_id)
    schedule_id: str
    run_id: str | None = None
    scheduled_fire_at: int
    actual_fire_at: int
    outcome: str
    error: str | None = None
    trigger_kind: str = "schedule-fire"
    parent_trigger_id: str | None = None
    metadata: Mapping[str, Any] | None = field(default=None, repr=False)
