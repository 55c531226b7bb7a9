"""JSON columns of native values, and what stands in them for JSON that Convex refuses."""

from __future__ import annotations

from typing import Any, Final, cast

from aioconvex.mastra._rows import json_text, json_value, native_or_text, whole

__all__ = ["column_of", "value_of"]

# JSON text that stands for a value begins with this, as no other text does: texts that scorers or
# TypeScript stored stay texts, even if they are JSON. `JSON.parse` reads it as it is.
_MARK: Final = "\n\t\n"

# https://docs.convex.dev/production/state/limits, with room for the row around the value.
_MAX_DEPTH: Final = 12
_MAX_ELEMENTS: Final = 8192
_MAX_FIELDS: Final = 1024
_MAX_INTEGER: Final = 2**53


def column_of(value: object, path: str) -> Any:
    """Prepare a JSON value for its column: as it is, or as JSON text if Convex would refuse it.

    Args:
        value: None, bool, int, float, str, and lists and dicts of them.
        path: names the value in errors.

    Raises:
        ArgumentError: something in it is no JSON, such as NaN or a datetime.
    """
    is_native = native_or_text(value, path) is value
    is_marked = isinstance(value, str) and value.startswith(_MARK)
    if is_native and not is_marked and _fits(value, _MAX_DEPTH):
        return value
    return _MARK + json_text(value, path)


def value_of(stored: object) -> Any:
    """Read what `column_of` prepared, or another adapter stored."""
    if isinstance(stored, str):
        return json_value(stored) if stored.startswith(_MARK) else stored
    return whole(stored)


def _fits(value: object, depth: int) -> bool:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value)
        return (
            depth > 0
            and len(items) <= _MAX_FIELDS
            and all(_fits(item, depth - 1) for item in items.values())
        )
    if isinstance(value, (list, tuple)):
        elements = cast("list[object]", value)
        return (
            depth > 0
            and len(elements) <= _MAX_ELEMENTS
            and all(_fits(item, depth - 1) for item in elements)
        )
    # Convex's numbers are JavaScript's.
    return not isinstance(value, int) or abs(value) <= _MAX_INTEGER
