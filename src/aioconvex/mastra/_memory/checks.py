"""Checks of arguments: whatever is wrong is told before anything is sent."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final, cast

from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import given_text
from aioconvex.mastra._paging import window
from aioconvex.mastra._rows import check_json, time_text
from aioconvex.mastra.errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aioconvex.mastra._paging import PerPage, Window

    from .models import DateRange

__all__ = [
    "check_choice",
    "check_ids",
    "check_object",
    "check_texts",
    "date_bounds",
    "message_metadata",
    "thread_ids",
    "thread_metadata",
    "whole_pages",
]

_METADATA_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_RESERVED: Final = frozenset({"__proto__", "prototype", "constructor"})
_MOST_THREADS: Final = 100  # as `convex/mastra/messageLists.ts` has it


def check_ids(values: Iterable[object], path: str) -> None:
    """Refuse ids that are empty or no strings.

    Raises:
        ArgumentError: one of them is.
    """
    if isinstance(values, str):
        raise ArgumentError(path, "a list of ids, not a single one")
    for at, value in enumerate(values):
        given_text(value, f"{path}[{at}]")


def check_texts(path: str, **texts: object) -> None:
    """Refuse what is no string.

    Raises:
        ArgumentError: one of them is none; its name is told.
    """
    for name, text in texts.items():
        if not isinstance(text, str):
            raise ArgumentError(f"{path}.{name}", f"{type(text).__name__} is no string")


def check_object(value: object, path: str) -> None:
    """Refuse what is no JSON object, or has integers that Convex rounds.

    Raises:
        ArgumentError: it is none, or has some.
    """
    if not isinstance(value, dict):
        raise ArgumentError(path, f"{type(value).__name__} is no dict")
    check_json(cast("object", value), path, as_floats=True)


def check_choice(value: object, choices: tuple[str, ...], path: str) -> None:
    """Refuse a value that is none of the choices.

    Raises:
        ArgumentError: it is none.
    """
    if value not in choices:
        raise ArgumentError(path, f"{value!r} is none of {', '.join(map(repr, choices))}")


def thread_ids(given: object, op: str) -> list[str]:
    """Read one thread id or several; each counts once.

    Raises:
        MastraError: there is none, or one is blank.
    """
    ids: list[Any] = [given] if isinstance(given, str) else []
    if isinstance(given, (list, tuple, set, frozenset)):
        ids = list(cast("list[Any]", given))
    if not ids or not all(isinstance(item, str) and item.strip() for item in ids):
        raise storage_error(
            op,
            "INVALID_THREAD_ID",
            "threadId must be a non-empty string or array of non-empty strings",
            details={"threadId": given},
        )
    distinct = list(dict.fromkeys(ids))
    if len(distinct) > _MOST_THREADS:
        raise storage_error(
            op,
            "TOO_MANY_THREADS",
            f"messages of {len(distinct)} threads were asked for; one call lists {_MOST_THREADS}",
        )
    return distinct


def whole_pages(op: str, *, page: int, per_page: PerPage | None, default: int) -> Window:
    """Check paging where everything is on page 0.

    Raises:
        MastraError: a number is wrong, or a later page of everything is asked for.
    """
    wanted = window(op, page=page, per_page=per_page, default=default)
    if wanted.per_page is None and page != 0:
        text = "page must be 0 when perPage is false"
        raise storage_error(op, "INVALID_PAGE", text, details={"page": page, "perPage": False})
    return wanted


def thread_metadata(given: Mapping[str, Any] | None, op: str) -> Mapping[str, Any] | None:
    """Check a filter of threads by metadata; an empty one is none.

    Raises:
        MastraError: a key is none that metadata can be filtered by.
        ArgumentError: a value is no JSON.
    """
    if not given:
        return None
    for key in given:
        if not _is_key(key):
            text = f"metadata cannot be filtered by the key {key!r}"
            raise storage_error(op, "INVALID_METADATA_KEY", text, details={"key": key})
    check_object(dict(given), "metadata")
    return dict(given)


def message_metadata(given: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Check a filter of messages by metadata; an empty one is none.

    Raises:
        ArgumentError: a key is none that metadata can be filtered by, or a value is neither text,
            nor a finite number, nor a bool, nor None.
    """
    if not given:
        return None
    for key, value in given.items():
        if not _is_key(key):
            raise ArgumentError("metadata", f"cannot be filtered by the key {key!r}")
        plain = value is None or isinstance(value, (str, bool, int))
        if not plain and not (isinstance(value, float) and math.isfinite(value)):
            raise ArgumentError(f"metadata.{key}", f"cannot be filtered by {value!r}")
    return dict(given)


def date_bounds(dates: DateRange | None) -> tuple[str | None, str | None]:
    """Write a span of time as the tables hold times."""
    if dates is None:
        return None, None
    start = None if dates.start is None else time_text(dates.start, "date_range.start")
    end = None if dates.end is None else time_text(dates.end, "date_range.end")
    return start, end


def _is_key(key: object) -> bool:
    return isinstance(key, str) and bool(_METADATA_KEY.fullmatch(key)) and key not in _RESERVED
