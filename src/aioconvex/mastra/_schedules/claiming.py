"""Changes of schedules that must not be made twice, when nobody heard whether they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aioconvex.errors import MutationOutcomeUnknown
from aioconvex.mastra.errors import MastraError, storage_error

if TYPE_CHECKING:
    from aioconvex.mastra._service_rows import Row, ServiceRows

__all__ = ["claim", "insert_new"]

_MAX_TRIES: Final = 3
_CHANGING: Final = frozenset({"next_fire_at", "last_fire_at", "last_run_id", "updated_at"})


async def insert_new(rows: ServiceRows, op: str, row: Row, query: str = "get") -> None:
    """Store a row of an id that is not taken.

    A second try says that the first was made; so the stored row is compared instead.

    Args:
        rows: the table.
        op: the handler's operation.
        row: the row, which has an `id`.
        query: our query that finds a row by its id.

    Raises:
        MastraError: the id is taken; the error's ends with `ALREADY_EXISTS`.
        ConvexError: as for any call.
    """
    tries, unsure = 0, False
    while True:
        failure: Exception
        try:
            await rows.storage(op, record=row)
        except MutationOutcomeUnknown as error:
            unsure, failure = True, error
        except MastraError as error:
            failure = error
        else:
            return
        tries += 1
        stored = await rows.get(row["id"], query)
        if stored is None:
            if isinstance(failure, MastraError) or tries == _MAX_TRIES:
                raise failure
        elif unsure and _is_same(stored, row):
            return
        else:
            text = f"the id {row['id']!r} is taken"
            raise storage_error(op, "ALREADY_EXISTS", text) from failure


async def claim(schedules: ServiceRows, fields: Row) -> bool:
    """Move a schedule on, if it is where the caller believes it to be; see `updateScheduleNextFire`.

    Raises:
        MutationOutcomeUnknown: nobody can tell: it moved on, or was moved by somebody else.
        ConvexError: as for any call.
    """
    tries = 0
    while True:
        try:
            moved: bool = await schedules.storage("updateScheduleNextFire", **fields)
        except MutationOutcomeUnknown:
            tries += 1
            row = await schedules.get(fields["id"]) or {}
            if _moved(row, fields):
                return True
            untouched = row.get("next_fire_at") == fields["expectedNextFireAt"]
            if tries == _MAX_TRIES or not untouched or row.get("status") != "active":
                raise
        else:
            return moved


def _is_same(stored: Row, row: Row) -> bool:
    """Whether a stored row is this one; a schedule may have fired meanwhile."""
    return all(stored.get(name) == row[name] for name in row.keys() - _CHANGING)


def _moved(row: Row, fields: Row) -> bool:
    moves = {
        "next_fire_at": "newNextFireAt",
        "last_fire_at": "lastFireAt",
        "last_run_id": "lastRunId",
    }
    return all(row.get(column) == fields[name] for column, name in moves.items())
