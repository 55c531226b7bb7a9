"""Checks of plain arguments: ids, names and limits."""

from __future__ import annotations

from aioconvex.errors import ArgumentError

__all__ = ["given_text", "optional_text", "row_limit"]


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


def row_limit(value: object) -> int:
    """Check how many rows are asked for.

    Raises:
        ArgumentError: it is no integer of at least 1.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ArgumentError("limit", f"must be an integer of at least 1, not {value!r}")
    return value
