"""Checks of plain arguments: ids, names, times and limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from aioconvex.errors import ArgumentError

__all__ = ["given_text", "given_time", "optional_text", "optional_time", "row_limit"]

_MILLISECOND: Final = 1000


def given_text(value: object, path: str) -> str:
    """Check that an id or name was given.

    Raises:
        ArgumentError: it is empty or no string.
    """
    if not isinstance(value, str):
        raise ArgumentError(path, f"{type(value).__name__} is no string")
    if not value.strip():
        raise ArgumentError(path, "must not be empty")
    return value


def optional_text(value: object, path: str) -> str | None:
    """Check an id or name that may be left out.

    Raises:
        ArgumentError: it is empty or no string.
    """
    return None if value is None else given_text(value, path)


def free_text(value: object, path: str) -> str | None:
    """Check a text in words, which may be empty or left out.

    Raises:
        ArgumentError: it is no string.
    """
    if value is not None and not isinstance(value, str):
        raise ArgumentError(path, f"{type(value).__name__} is no string")
    return value


def row_limit(value: object) -> int:
    """Check how many rows are asked for.

    Raises:
        ArgumentError: it is no integer of at least 1.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ArgumentError("limit", f"must be an integer of at least 1, not {value!r}")
    return value


def given_time(time: datetime) -> datetime:
    """Check a time, in UTC and cut to milliseconds: what is stored is what is returned.

    Raises:
        ArgumentError: it is naive, or no `datetime`.
    """
    # Not all callers are type-checked.
    if not isinstance(time, datetime):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("time", f"{time!r} is no datetime")
    if time.utcoffset() is None:
        raise ArgumentError("time", f"{time!r} is naive: give it a timezone, such as UTC")
    cut = time.microsecond % _MILLISECOND
    if time.tzinfo is UTC and not cut:
        return time
    return time.astimezone(UTC).replace(microsecond=time.microsecond - cut)


def optional_time(time: datetime | None) -> datetime | None:
    """Check a time that may be left out.

    Raises:
        ArgumentError: it is naive, or no `datetime`.
    """
    return None if time is None else given_time(time)
