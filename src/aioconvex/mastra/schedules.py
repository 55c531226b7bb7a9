"""Schedules: when workflows and agents run by themselves, and the record that they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aioconvex._types import UNSET, Unset
from aioconvex.errors import ArgumentError

from ._arguments import given_text, optional_text
from ._domain import Domain
from ._epoch import epoch_ms, now_ms
from ._schedules.claiming import claim, insert_new
from ._schedules.models import Schedule, ScheduleStatus, ScheduleTrigger
from ._schedules.rows import (
    given_status,
    metadata_text,
    schedule_of,
    schedule_row,
    target_columns,
    trigger_of,
    trigger_row,
)
from ._service_rows import PART_ROWS, ServiceRows
from .errors import MastraError, not_supported, storage_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._service_rows import Row

__all__ = ["Schedule", "ScheduleStatus", "ScheduleTrigger", "SchedulesConvex"]

_SCHEDULES: Final = "mastra_schedules"
_TRIGGERS: Final = "mastra_schedule_triggers"
_FUNCTIONS: Final = "mastra/schedules"


class SchedulesConvex(Domain):
    """Mastra's schedules on one deployment.

        async with SchedulesConvex(deployment_url=url, auth_token=token) as schedules:
            for schedule in await schedules.list_due_schedules(now=now):
                if await schedules.update_schedule_next_fire(
                    id=schedule.id,
                    expected_next_fire_at=schedule.next_fire_at,
                    new_next_fire_at=following,
                    last_fire_at=now,
                    last_run_id=run_id,
                ):
                    ...  # nobody else fires it

    Times are integers, epoch milliseconds: a scheduler compares them exactly. Schedules are
    stored, and nothing more: what fires them is a scheduler, in TypeScript or yours.
    """

    async def create_schedule(self, schedule: Schedule) -> Schedule:
        """Store a new schedule.

        Returns:
            The schedule as it was given.

        Raises:
            ArgumentError: something in it cannot be stored, or its target cannot fire.
            MastraError: there is one of its id; the error's ends with `ALREADY_EXISTS`.
            ConvexError: as for any call.
        """
        await insert_new(self._schedules, "createSchedule", schedule_row(schedule))
        return schedule

    async def get_schedule(self, *, id: str) -> Schedule | None:  # noqa: A002  # Mastra's name
        """Find a schedule; None if there is none.

        Raises:
            MastraError: the target that is stored is none.
            ConvexError: as for any call.
        """
        row = await self._schedules.get(given_text(id, "id"))
        return None if row is None else schedule_of(row)

    async def list_schedules(
        self,
        *,
        status: ScheduleStatus | None = None,
        workflow_id: str | None = None,
        owner_type: str | Unset | None = UNSET,
        owner_id: str | Unset | None = UNSET,
    ) -> list[Schedule]:
        """List schedules, the one that was created first first.

        Args:
            status: only those in this status.
            workflow_id: only those of this workflow.
            owner_type: only those of such an owner; None for those without one.
            owner_id: only those of this owner; None for those without one.

        Raises:
            ArgumentError: an argument is empty, or no status.
            ConvexError: as for any call.
        """
        equal = {
            "status": None if status is None else given_status(status),
            "workflow_id": optional_text(workflow_id, "workflow_id"),
        }
        wanted = {column: value for column, value in equal.items() if value is not None}
        owner = _given(owner_type=owner_type, owner_id=owner_id)
        rows = await self._schedules.find("listSchedules", {**wanted, **owner})
        rows.sort(key=lambda row: (row["created_at"], row["_creationTime"]))
        return [schedule_of(row) for row in rows]

    async def list_due_schedules(self, *, now: int, limit: int | None = None) -> list[Schedule]:
        """List the active schedules whose time has come, the longest due first.

        Args:
            now: schedules that fire at this time or before are due.
            limit: the most to list; all unless told.

        Raises:
            ArgumentError: the time or limit is none.
            ConvexError: as for any call.
        """
        args: Row = {"now": epoch_ms(now, "now")}
        rows = await _listed(self._schedules, "due", "listDueSchedules", args, limit)
        return [schedule_of(row) for row in rows]

    async def update_schedule(  # noqa: PLR0913  # all are keyword-only
        self,
        *,
        id: str,  # noqa: A002  # Mastra's name
        cron: str | None = None,
        status: ScheduleStatus | None = None,
        next_fire_at: int | None = None,
        target: Mapping[str, Any] | None = None,
        timezone: str | Unset | None = UNSET,
        metadata: Mapping[str, Any] | Unset | None = UNSET,
        owner_type: str | Unset | None = UNSET,
        owner_id: str | Unset | None = UNSET,
    ) -> Schedule:
        """Change what is given of a schedule; without anything, it is only read.

        Args:
            id: the schedule.
            cron: when it fires from now on.
            status: whether it does.
            next_fire_at: when it fires next.
            target: what fires.
            timezone: whose times `cron` means; None clears it.
            metadata: in place of what is stored; None clears it.
            owner_type: what kind of thing owns it; None clears it.
            owner_id: which; None clears it.

        Returns:
            The schedule as it is now.

        Raises:
            ArgumentError: an argument cannot be stored.
            MastraError: there is no such schedule; the error's id ends with `NOT_FOUND`.
            ConvexError: as for any call.
        """
        given_text(id, "id")
        patch: Row = {}
        if cron is not None:
            patch["cron"] = given_text(cron, "cron")
        if status is not None:
            patch["status"] = given_status(status)
        if next_fire_at is not None:
            patch["next_fire_at"] = epoch_ms(next_fire_at, "next_fire_at")
        if target is not None:
            patch |= target_columns(target)
        if metadata is not UNSET:
            patch["metadata"] = metadata_text(metadata)
        patch |= _given(timezone=timezone, owner_type=owner_type, owner_id=owner_id)
        return schedule_of(await self._update(id, patch))

    async def update_schedule_next_fire(
        self,
        *,
        id: str,  # noqa: A002  # Mastra's name
        expected_next_fire_at: int,
        new_next_fire_at: int,
        last_fire_at: int,
        last_run_id: str,
    ) -> bool:
        """Move an active schedule on, if it still is where it is expected to be.

        Whoever is told True fires it, and nobody else is.

        Args:
            id: the schedule.
            expected_next_fire_at: when it was to fire.
            new_next_fire_at: when it fires next.
            last_fire_at: when it fires now.
            last_run_id: the run that begins.

        Returns:
            Whether it was moved; not if it is paused, gone, or somebody else was faster.

        Raises:
            ArgumentError: an argument cannot be stored.
            ConvexError: as for any call; `MutationOutcomeUnknown` only if nobody can tell.
        """
        fields: Row = {
            "id": given_text(id, "id"),
            "expectedNextFireAt": epoch_ms(expected_next_fire_at, "expected_next_fire_at"),
            "newNextFireAt": epoch_ms(new_next_fire_at, "new_next_fire_at"),
            "lastFireAt": epoch_ms(last_fire_at, "last_fire_at"),
            "lastRunId": given_text(last_run_id, "last_run_id"),
        }
        return await claim(self._schedules, fields)

    async def delete_schedule(self, *, id: str) -> None:  # noqa: A002  # Mastra's name
        """Delete a schedule, its triggers first; nothing happens if there is none.

        Raises:
            ConvexError: as for any call; what was deleted before stays so.
        """
        given_text(id, "id")
        await self._triggers.clear("deleteScheduleTriggers", scheduleId=id)
        await self._schedules.storage("deleteMany", ids=[id])

    async def record_trigger(self, trigger: ScheduleTrigger) -> ScheduleTrigger:
        """Store that a schedule fired.

        Returns:
            The trigger as it was given.

        Raises:
            ArgumentError: something in it cannot be stored.
            MastraError: there is one of its id; the error's ends with `ALREADY_EXISTS`.
            ConvexError: as for any call.
        """
        row = trigger_row(trigger)
        await insert_new(self._triggers, "recordScheduleTrigger", row, "getTrigger")
        return trigger

    async def list_triggers(
        self,
        *,
        schedule_id: str,
        limit: int | None = None,
        from_actual_fire_at: int | None = None,
        to_actual_fire_at: int | None = None,
    ) -> list[ScheduleTrigger]:
        """List a schedule's triggers, newest first.

        Args:
            schedule_id: the schedule.
            limit: the most to list; all unless told.
            from_actual_fire_at: only those that fired at this time or later.
            to_actual_fire_at: only those that fired before.

        Raises:
            ArgumentError: a time or limit is none.
            ConvexError: as for any call.
        """
        args: Row = {"scheduleId": given_text(schedule_id, "schedule_id")}
        if from_actual_fire_at is not None:
            args["fromActualFireAt"] = epoch_ms(from_actual_fire_at, "from_actual_fire_at")
        if to_actual_fire_at is not None:
            args["toActualFireAt"] = epoch_ms(to_actual_fire_at, "to_actual_fire_at")
        rows = await _listed(self._triggers, "triggers", "listScheduleTriggers", args, limit)
        return [trigger_of(row) for row in rows]

    async def dangerously_clear_all(self) -> None:
        """Delete all schedules and triggers.

        Raises:
            ConvexError: as for any call; what was deleted before stays so.
        """
        await self._triggers.clear()
        await self._schedules.clear()

    @property
    def _schedules(self) -> ServiceRows:
        return ServiceRows(self._client, _SCHEDULES, _FUNCTIONS)

    @property
    def _triggers(self) -> ServiceRows:
        return ServiceRows(self._client, _TRIGGERS, _FUNCTIONS)

    async def _update(self, id_: str, patch: Row) -> Row:
        failure: MastraError | None = None
        if patch:
            patch["updated_at"] = now_ms()
            try:
                row: Row = await self._schedules.storage("updateSchedule", id=id_, patch=patch)
            except MastraError as error:
                # Published, and in production, it may be any failure.
                failure = error
            else:
                return row
        stored = await self._schedules.get(id_)
        if stored is None:
            text = f"there is no schedule {id_!r}"
            raise storage_error("updateSchedule", "NOT_FOUND", text) from failure
        if failure is not None:
            raise failure
        return stored


async def _listed(
    rows: ServiceRows, query: str, op: str, args: Row, limit: int | None
) -> list[Row]:
    """Read an ordered list by our query, or else by the handler's operation.

    Raises:
        ArgumentError: the limit is negative, or no integer.
        MastraError: there are more than the handler lists.
    """
    if limit is not None and not _is_count(limit):
        raise ArgumentError("limit", f"must be an integer of at least 0, not {limit!r}")
    if limit == 0:
        return []
    if await rows.is_typed():
        return await rows.parts(query, args, limit)
    # Without a limit, the handler ends a list at 100 rows.
    most = PART_ROWS if limit is None else min(limit, PART_ROWS)
    found: list[Row] = await rows.storage(op, **args, limit=most)
    if len(found) == PART_ROWS and limit != PART_ROWS:
        raise not_supported(op, f"a list of {PART_ROWS} rows or more needs")
    return found


def _is_count(limit: object) -> bool:
    return isinstance(limit, int) and not isinstance(limit, bool) and limit >= 0


def _given(**columns: str | Unset | None) -> dict[str, str | None]:
    """The columns that were given, of which None clears or means an unset one."""
    return {
        name: optional_text(value, name) for name, value in columns.items() if value is not UNSET
    }
