"""JSON in and out: strict limits on what comes in, the same bytes anywhere for what goes out."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from .errors import GenerateError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MAX_BYTES", "as_list", "as_object", "as_text", "dump", "parse"]

MAX_BYTES: Final = 64 * 1024 * 1024
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_MAX_SAFE_INT: Final = 2**53
# Convex nests validators 64 deep, and each level of an object takes three levels of JSON.
_MAX_DEPTH: Final = 64 * 3 + 16


def parse(text: bytes | str, what: str) -> Any:
    """Parse JSON and write every whole number as an `int`, as JavaScript prints it.

    Args:
        text: the JSON text.
        what: what it is, for the error.

    Raises:
        GenerateError: the text is too large, is not JSON or is nested too deep.
    """
    if len(text) > MAX_BYTES:
        raise GenerateError(f"{what} is larger than {MAX_BYTES // 2**20} MiB")
    try:
        value: Any = orjson.loads(_unmarked(text))
    except (orjson.JSONDecodeError, UnicodeDecodeError) as error:
        raise GenerateError(f"{what} is not JSON: {error}") from None
    return _whole_numbers(value, what, 0)


def _unmarked(text: bytes | str) -> bytes | str:
    """The text without a byte order mark, which PowerShell puts in front of redirected output."""
    if isinstance(text, bytes):
        for mark, encoding in _MARKS.items():
            if text.startswith(mark):
                return text.removeprefix(mark).decode(encoding)
    return text


def dump(value: object) -> str:
    """Write JSON for people and version control: sorted keys, indented, a newline at the end."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def as_object(value: object) -> dict[str, Any] | None:
    """The value if it is a JSON object."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    """The value if it is a JSON array."""
    return list(cast("Iterable[Any]", value)) if isinstance(value, list) else None


def as_text(value: object) -> str | None:
    """The value if it is a JSON string."""
    return value if isinstance(value, str) else None


def _whole_numbers(value: Any, what: str, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise GenerateError(f"{what} is nested deeper than Convex allows")
    if (fields := as_object(value)) is not None:
        return {key: _whole_numbers(item, what, depth + 1) for key, item in fields.items()}
    if (items := as_list(value)) is not None:
        return [_whole_numbers(item, what, depth + 1) for item in items]
    if isinstance(value, float) and value.is_integer() and abs(value) <= _MAX_SAFE_INT:
        return int(value)
    return value
