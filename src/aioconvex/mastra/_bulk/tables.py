"""The rows of memory, as the lines of files have them: in Convex's own JSON, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import orjson
from attrs import frozen

from aioconvex.errors import ArgumentError
from aioconvex.mastra._rows import json_text, parsed_exactly
from aioconvex.values import decode_reply, encode_value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "TABLES",
    "Row",
    "Table",
    "check_integers",
    "exact",
    "line_of",
    "row_of",
]

Row = dict[str, Any]

_MAX_SAFE_INT: Final = 2**53
_MAX_DOCUMENT: Final = 1024 * 1024  # https://docs.convex.dev/production/state/limits


@frozen(kw_only=True)
class Table:
    """A table, and which columns its rows have.

    Attributes:
        name: as the storage handler calls it.
        texts: columns that every row has.
        optional_texts: columns that a row may do without.
        values: likewise, of any value.
        json: the one of `texts` whose text is JSON, which files may hold as a value too.
    """

    name: str
    texts: tuple[str, ...]
    optional_texts: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    json: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""
        return (*self.texts, *self.optional_texts, *self.values)

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name.removeprefix('mastra_')}.jsonl"


# Threads come before their messages, so that nobody who looks meanwhile finds a message astray.
TABLES: Final = (
    Table(
        name="mastra_resources",
        texts=("id", "createdAt", "updatedAt"),
        optional_texts=("workingMemory",),
        values=("metadata",),
    ),
    Table(
        name="mastra_threads",
        texts=("id", "resourceId", "title", "createdAt", "updatedAt"),
        values=("metadata",),
    ),
    Table(
        name="mastra_messages",
        texts=("id", "thread_id", "content", "role", "type", "createdAt"),
        optional_texts=("resourceId",),
        json="content",
    ),
)


def line_of(wire: Mapping[str, Any], table: Table) -> bytes:
    """Write a stored row, as wire JSON, as a line without Convex's own fields."""
    names = [name for name in table.columns if name in wire]
    names += [name for name in wire if name not in table.columns and not name.startswith("_")]
    row = {name: exact(wire[name]) for name in names}
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def exact(value: object) -> object:
    """Make large whole numbers of wire JSON floats again, before they are written to a file."""
    # Convex's numbers are floats, but a large one may come without a point, and would be read as
    # an integer that no float holds.
    if isinstance(value, int) and abs(value) > _MAX_SAFE_INT:
        return float(value)
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {name: exact(item) for name, item in fields.items()}
    if isinstance(value, list):
        return [exact(item) for item in cast("list[object]", value)]
    return value


def row_of(line: bytes, table: Table) -> Row:
    """Read a line, and check that its row can be stored.

    Raises:
        ValueError: it cannot; says why.
    """
    try:
        text, row = _divided(parsed_exactly(line), table)
        for name, value in row.items():
            check_integers(value, name)
        # A row of a single column that begins with `$` is something else than an object.
        row = decode_reply(row, line)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    return checked({**_object(row), **text}, table)


def check_integers(value: object, path: str) -> None:
    """See whether Convex, whose numbers are floats, can hold all integers of a JSON value.

    Raises:
        ValueError: one is rounded there.
    """
    waiting = [value]
    while waiting:  # no recursion: JSON text may be deeper than Python's stack
        item = waiting.pop()
        if isinstance(item, int) and abs(item) > _MAX_SAFE_INT:
            raise ValueError(f"{path}: {item} loses digits in Convex: write it as text or a float")
        if isinstance(item, dict):
            waiting.extend(cast("dict[str, object]", item).values())
        elif isinstance(item, list):
            waiting.extend(cast("list[object]", item))


def _divided(row: object, table: Table) -> tuple[Row, Row]:
    """Take out the column of JSON text: it may hold all of JSON, and has no tags of Convex's."""
    columns = _object(row)
    text = {name: value for name, value in columns.items() if name == table.json}
    return text, {name: value for name, value in columns.items() if name not in text}


def _object(row: object) -> Row:
    if not isinstance(row, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004  # what the file holds is wrong
    return cast("Row", row)


def checked(row: Row, table: Table) -> Row:
    """Check a row's columns, and write the JSON one as text.

    Raises:
        ValueError: one is missing, unknown, or of the wrong type.
    """
    _check_names(row, table)
    try:
        if table.json is not None and not isinstance(row[table.json], str):
            row = {**row, table.json: json_text(row[table.json], table.json)}
        encode_value(row, "the row")
    except ArgumentError as error:
        raise ValueError(str(error)) from None
    texts = [name for name in (*table.texts, *table.optional_texts) if name in row]
    for name in texts:
        if not isinstance(row[name], str):
            raise ValueError(f"{name} is no text")  # noqa: TRY004  # as above
    if not row["id"]:
        raise ValueError("id is empty")
    size = sum(len(row[name].encode()) for name in texts)
    if size > _MAX_DOCUMENT:
        raise ValueError(f"it has {size} bytes, and Convex stores {_MAX_DOCUMENT} at most")
    return row


def _check_names(row: Row, table: Table) -> None:
    missing = [name for name in table.texts if name not in row]
    if missing:
        raise ValueError(f"{', '.join(missing)} is missing")
    unknown = [repr(name) for name in row if name not in table.columns]
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(unknown)}")
