"""Rows of `mastra_schedules` and `mastra_schedule_triggers`, checked before they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import free_text, given_text, optional_text
from aioconvex.mastra._epoch import epoch_ms
from aioconvex.mastra._rows import json_text, json_value
from aioconvex.mastra.errors import storage_error

from .models import Schedule, ScheduleTrigger

if TYPE_CHECKING:
    from aioconvex.mastra._service_rows import Row

__all__ = [
    "given_status",
    "metadata_text",
    "schedule_of",
    "schedule_row",
    "target_columns",
    "trigger_of",
    "trigger_row",
]

_STATUSES: Final = ("active", "paused")
_NEEDS: Final = {"workflow": ("workflowId",), "agent": ("agentId", "prompt")}


def schedule_row(schedule: Schedule) -> Row:
    """Make the row of a new schedule.

    Raises:
        ArgumentError: something in it cannot be stored, or its target cannot fire.
    """
    if not isinstance(schedule, Schedule):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("schedule", f"{type(schedule).__name__} is no Schedule")
    return {
        "id": given_text(schedule.id, "id"),
        **target_columns(schedule.target),
        "cron": given_text(schedule.cron, "cron"),
        "timezone": optional_text(schedule.timezone, "timezone"),
        "status": given_status(schedule.status),
        "next_fire_at": epoch_ms(schedule.next_fire_at, "next_fire_at"),
        "last_fire_at": _optional_ms(schedule.last_fire_at, "last_fire_at"),
        "last_run_id": optional_text(schedule.last_run_id, "last_run_id"),
        "created_at": epoch_ms(schedule.created_at, "created_at"),
        "updated_at": epoch_ms(schedule.updated_at, "updated_at"),
        "metadata": metadata_text(schedule.metadata),
        "owner_type": optional_text(schedule.owner_type, "owner_type"),
        "owner_id": optional_text(schedule.owner_id, "owner_id"),
    }


def schedule_of(row: Row) -> Schedule:
    """Read a row.

    Raises:
        MastraError: its target is none.
    """
    return Schedule(
        id=row["id"],
        target=_target(row),
        cron=row["cron"],
        timezone=row.get("timezone"),
        status=row["status"],
        next_fire_at=int(row["next_fire_at"]),
        last_fire_at=_whole(row.get("last_fire_at")),
        last_run_id=row.get("last_run_id"),
        created_at=int(row["created_at"]),
        updated_at=int(row["updated_at"]),
        metadata=json_value(row.get("metadata")),
        owner_type=row.get("owner_type"),
        owner_id=row.get("owner_id"),
    )


def trigger_row(trigger: ScheduleTrigger) -> Row:
    """Make the row of a new trigger.

    Raises:
        ArgumentError: something in it cannot be stored.
    """
    if not isinstance(trigger, ScheduleTrigger):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("trigger", f"{type(trigger).__name__} is no ScheduleTrigger")
    return {
        "id": given_text(trigger.id, "id"),
        "schedule_id": given_text(trigger.schedule_id, "schedule_id"),
        "run_id": optional_text(trigger.run_id, "run_id"),
        "scheduled_fire_at": epoch_ms(trigger.scheduled_fire_at, "scheduled_fire_at"),
        "actual_fire_at": epoch_ms(trigger.actual_fire_at, "actual_fire_at"),
        "outcome": given_text(trigger.outcome, "outcome"),
        "error": free_text(trigger.error, "error"),
        "trigger_kind": given_text(trigger.trigger_kind, "trigger_kind"),
        "parent_trigger_id": optional_text(trigger.parent_trigger_id, "parent_trigger_id"),
        "metadata": metadata_text(trigger.metadata),
    }


def trigger_of(row: Row) -> ScheduleTrigger:
    """Read a row."""
    return ScheduleTrigger(
        id=row["id"],
        schedule_id=row["schedule_id"],
        run_id=row.get("run_id"),
        scheduled_fire_at=int(row["scheduled_fire_at"]),
        actual_fire_at=int(row["actual_fire_at"]),
        outcome=row["outcome"],
        error=row.get("error"),
        trigger_kind=row["trigger_kind"],
        parent_trigger_id=row.get("parent_trigger_id"),
        metadata=json_value(row.get("metadata")),
    )


def target_columns(target: object) -> Row:
    """Make the columns of a target, which a workflow's schedule can be found by.

    Raises:
        ArgumentError: it is no JSON object of a known type, or names nothing to fire.
    """
    if not isinstance(target, dict):
        raise ArgumentError("target", f"{type(target).__name__} is no dict")
    fields = cast("dict[str, Any]", target)
    kind = fields.get("type")
    if not isinstance(kind, str) or kind not in _NEEDS:
        raise ArgumentError("target.type", f'must be "workflow" or "agent", not {kind!r}')
    for name in _NEEDS[kind]:
        given_text(fields.get(name), f"target.{name}")
    workflow_id = fields["workflowId"] if kind == "workflow" else None
    return {"target": json_text(fields, "target"), "workflow_id": workflow_id}


def given_status(status: str) -> str:
    """Check a status.

    Raises:
        ArgumentError: it is none.
    """
    if status not in _STATUSES:
        raise ArgumentError("status", f"must be one of {', '.join(_STATUSES)}, not {status!r}")
    return status


def metadata_text(metadata: object) -> str | None:
    """Write metadata as its column holds it.

    Raises:
        ArgumentError: it is no JSON object.
    """
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise ArgumentError("metadata", f"{type(metadata).__name__} is no dict")
    return json_text(cast("object", metadata), "metadata")


def _target(row: Row) -> dict[str, Any]:
    target: object = json_value(row["target"])
    match target:
        # As targets of agents were called once.
        case {"type": "heartbeat"}:
            return {**cast("dict[str, Any]", target), "type": "agent"}
        case {"type": str()}:
            return cast("dict[str, Any]", target)
        case _:
            raise storage_error(
                "readSchedule",
                "CORRUPT_ROW",
                f"the target of schedule {row['id']!r} is unusable: {row['target']!r}",
                category="THIRD_PARTY",
            )


def _optional_ms(value: object, path: str) -> int | None:
    return None if value is None else epoch_ms(value, path)


def _whole(stored: float | None) -> int | None:
    return None if stored is None else int(stored)
