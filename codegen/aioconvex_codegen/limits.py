"""Names that a Convex server would refuse, in validators that come straight from sources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .jsontext import as_list, as_object

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["bad_names"]

_FIELD: Final = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z_][A-Za-z0-9_]{0,63}")


def bad_names(validator: object, trail: str = "") -> Iterator[str]:
    """Dotted paths of the fields in a validator whose names are not identifiers of 64 characters."""
    shape = as_object(validator) or {}
    content = shape.get("value")
    match shape.get("type"):
        case "object":
            for name, item in (as_object(content) or {}).items():
                here = f"{trail}.{name}" if trail else name
                if not _FIELD.fullmatch(name):
                    yield here
                yield from bad_names((as_object(item) or {}).get("fieldType"), here)
        case "array":
            yield from bad_names(content, f"{trail}[]")
        case "record":
            values = as_object(shape.get("values")) or {}
            yield from bad_names(values.get("fieldType"), f"{trail}[value]")
        case "union":
            for arm in as_list(content) or []:
                yield from bad_names(arm, trail)
        case _:
            return
