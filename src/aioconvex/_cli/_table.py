"""How a value looks in a terminal. Text from the database is shown, never obeyed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeGuard, cast

from rich.console import Group
from rich.table import Table
from rich.text import Text

from aioconvex.values import encode_value

from ._output import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["table_of"]

_LONGEST_CELL: Final = 200


def table_of(value: object, *, rows: int, width: int) -> RenderableType:
    """Draw a Convex value: documents as rows, an object as names and values, the rest as text.

    Args:
        value: what a query returned.
        rows: how many rows there is room for; a line says how many more there are.
        width: how many columns of characters there are; documents get as many fields as fit.
    """
    if _is_documents(value):
        return _documents(value, rows, width)
    if isinstance(value, Mapping):
        return _object(cast("Mapping[str, object]", value), rows)
    return _cell(value, longest=rows * width)


def _is_documents(value: object) -> TypeGuard[list[Mapping[str, object]]]:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(item, Mapping) for item in cast("list[object]", value))


def _documents(documents: list[Mapping[str, object]], rows: int, width: int) -> RenderableType:
    names = list(dict.fromkeys(name for document in documents for name in document))
    # What Convex adds tells documents apart, but what they say comes first.
    names.sort(key=lambda name: name.startswith("_"))
    shown = names[: max(width // 14, 1)]
    table = Table()
    for name in shown:
        table.add_column(_text(name), no_wrap=True, overflow="ellipsis")
    if len(shown) < len(names):
        table.add_column(_dim(f"+{len(names) - len(shown)} fields"))
    for document in documents[:rows]:
        table.add_row(*(_cell(document[name]) if name in document else "" for name in shown))
    return Group(_dim(f"{len(documents)} documents"), table, *_more(len(documents) - rows))


def _object(fields: Mapping[str, object], rows: int) -> RenderableType:
    table = Table(show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in list(fields.items())[:rows]:
        table.add_row(_text(name), _cell(value))
    return Group(table, *_more(len(fields) - rows))


def _more(hidden: int) -> list[Text]:
    return [_dim(f"and {hidden} more")] if hidden > 0 else []


def _dim(text: str) -> Text:
    return Text(text, style="dim")


def _cell(value: object, longest: int = _LONGEST_CELL) -> Text:
    if isinstance(value, str):
        return _text(value, longest)
    if value is None:
        return _dim("null")
    if isinstance(value, bytes):
        return _dim(f"{len(value)} bytes")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Text(str(int(value) if isinstance(value, int) or value.is_integer() else value))
    encoded: Any = encode_value(value)
    return _text(json.dumps(encoded, ensure_ascii=False), longest)


def _text(text: str, longest: int = _LONGEST_CELL) -> Text:
    return Text(printable(text if len(text) <= longest else f"{text[:longest]}…"))
