"""Rows of Mastra's tables: ids, times, JSON text and native values, as both languages write them."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast
from uuid import uuid4

import orjson

from aioconvex.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "check_json",
    "instant",
    "json_text",
    "json_value",
    "native_or_text",
    "new_id",
    "now",
    "own",
    "parsed_exactly",
    "time_text",
    "whole",
]

_PLAIN_KEY: Final = re.compile(r"[ !-#%-~][ -~]{0,1023}")
_DIGITS: Final = bytes.maketrans(b"123456789", b"000000000")
_LONG: Final = b"0" * 20
_MAX_DEPTH: Final = 200  # as deep as JSON text may be for orjson; far beyond any message


def now() -> datetime:
    """The current time, cut to milliseconds: what is stored is what is returned."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def new_id() -> str:
    """An id for a row that was given none."""
    return str(uuid4())


def time_text(time: object, path: str) -> str:
    """Write a time as JavaScript does, `2024-01-01T00:00:00.000Z`: times are ordered as text.

    Args:
        time: an aware `datetime`; fractions of a millisecond are cut off.
        path: names the value in errors.

    Raises:
        ArgumentError: it is no `datetime`, or a naive one.
    """
    if not isinstance(time, datetime):
        raise ArgumentError(path, f"{type(time).__name__} is no datetime")
    if time.utcoffset() is None:
        raise ArgumentError(path, "the datetime is naive: give it a timezone, such as UTC")
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: object) -> datetime | None:
    """Read a stored time; None if it is none."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def json_text(value: object, path: str) -> str:
    """Write a JSON value as the text that a column holds; dict keys keep their order.

    Args:
        value: None, bool, int, float, str, and lists, tuples and dicts of them.
        path: names the value in errors.

    Raises:
        ArgumentError: something in it is no JSON, such as NaN or a datetime; its path is told.
    """
    check_json(value, path)
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # A lone surrogate or an integer of more than 64 bits, which JSON itself allows.
        return json.dumps(value, allow_nan=False, separators=(",", ":"))


def json_value(stored: object) -> Any:
    """Read a column that holds JSON text; what is no JSON text comes back as it is."""
    if not isinstance(stored, str):
        return whole(stored)
    try:
        return parsed_exactly(stored)
    except (ValueError, RecursionError):
        try:
            return json.loads(stored, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return stored


def parsed_exactly(text: str | bytes) -> Any:
    """Parse JSON whose integers may have any number of digits.

    Raises:
        ValueError: it is no JSON.
    """
    value = orjson.loads(text)
    # It makes floats of integers of more than 64 bits, which have twenty digits or more.
    content = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    return json.loads(text) if _has_long_integer(content) else value


def check_json(value: object, path: str, *, as_floats: bool = False) -> None:
    """See whether a value is JSON.

    Args:
        value: the value.
        path: names it in errors.
        as_floats: whether Convex, whose numbers are floats, must be able to hold its integers.

    Raises:
        ArgumentError: as for `json_text`, or an integer would be rounded.
    """
    _check(value, path, 0, as_floats=as_floats)


def native_or_text(value: object, path: str) -> Any:
    """Prepare a JSON value for a column of native values, such as a thread's metadata.

    Convex refuses keys that are empty, begin with `$` or are not ASCII, and text with a lone
    surrogate. With such a one the value is stored as JSON text, which all readers take as well.

    Raises:
        ArgumentError: as for `json_text`.
    """
    check_json(value, path)
    return value if _is_native(value) else json_text(value, path)


def whole(value: object) -> Any:
    """Turn floats of whole numbers into `int`, as Convex has one kind of number."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: whole(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [whole(item) for item in cast("list[object]", value)]
    return value


def own(row: Mapping[str, Any]) -> dict[str, Any]:
    """Make a row without Convex's own fields (`_id`, `_creationTime`) and without nulls."""
    return {
        key: whole(value)
        for key, value in row.items()
        if value is not None and not key.startswith("_")
    }


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _check(value: object, path: str, depth: int, *, as_floats: bool) -> None:
    if value is None or isinstance(value, (bool, str)):
        return
    if isinstance(value, (int, float)):
        _check_number(value, path, as_floats=as_floats)
        return
    if depth == _MAX_DEPTH:
        raise ArgumentError(path, f"nested deeper than {_MAX_DEPTH}")
    if isinstance(value, dict):
        for key, item in cast("dict[object, object]", value).items():
            if not isinstance(key, str):
                raise ArgumentError(path, f"the key {key!r} is no string")
            _check(item, f"{path}.{key}", depth + 1, as_floats=as_floats)
    elif isinstance(value, (list, tuple)):
        for at, item in enumerate(cast("list[object]", value)):
            _check(item, f"{path}[{at}]", depth + 1, as_floats=as_floats)
    else:
        raise ArgumentError(path, f"{type(value).__name__} is no JSON value")


def _check_number(value: float, path: str, *, as_floats: bool) -> None:
    if isinstance(value, int):
        if as_floats and not _is_exact(value):
            raise ArgumentError(path, f"{value} loses digits in Convex: give it as text or a float")
    elif not math.isfinite(value):
        raise ArgumentError(path, f"{value} is no JSON number")


def _is_exact(integer: int) -> bool:
    try:
        number = float(integer)
    except OverflowError:
        return False
    # What JavaScript writes for a large one has zeros at the end.
    return integer in (int(number), int(Decimal(repr(number))))


def _has_long_integer(text: bytes) -> bool:
    # A pattern would take as long as ten times the parsing.
    digits = text.translate(_DIGITS)
    at = digits.find(_LONG)
    while at >= 0:
        # Neither are these the digits behind a point, nor the rest of such.
        if digits[at - 1 : at] not in (b".", b"0"):
            return True
        at = digits.find(_LONG, at + len(_LONG))
    return False


def _is_native(value: object) -> bool:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return all(_PLAIN_KEY.fullmatch(key) and _is_native(item) for key, item in items)
    if isinstance(value, (list, tuple)):
        return all(_is_native(item) for item in cast("list[object]", value))
    return not isinstance(value, str) or value.isascii() or _is_whole_text(value)


def _is_whole_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
