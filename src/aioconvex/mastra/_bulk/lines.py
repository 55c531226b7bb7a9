"""Batches of rows from a file of lines, checked before anything is done with them.

Everything here blocks, and is called in a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import define, evolve, field
from attrs.validators import ge, instance_of

from aioconvex.mastra.errors import storage_error

from .tables import Row, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .tables import Table

__all__ = ["Batch", "Place", "read_batch"]

_MOST_ROWS: Final = 500
_MOST_BYTES: Final = 2 * 2**20
_LONGEST_LINE: Final = 16 * 2**20  # a document has 1 MiB, of which each byte may be escaped
_SHOWN: Final = 10


@define
class Place:
    """A place between two lines of a file: what is before it, in lines, rows and bytes."""

    lines: int = field(default=0, validator=[instance_of(int), ge(0)])
    rows: int = field(default=0, validator=[instance_of(int), ge(0)])
    bytes: int = field(default=0, validator=[instance_of(int), ge(0)])


@define
class Batch:
    """Rows with the numbers of their lines, and the place behind them."""

    end: Place
    rows: list[tuple[int, Row]] = field(factory=list[tuple[int, Row]])


def read_batch(path: Path, table: Table, start: Place) -> Batch | None:
    """Read the rows of some megabytes; None at the end of the file.

    Raises:
        MastraError: some of them are wrong; it names the file, the lines, and why.
        OSError: the file cannot be read.
    """
    batch = Batch(evolve(start))
    problems: list[str] = []
    with path.open("rb") as file:
        file.seek(start.bytes)
        while len(batch.rows) + len(problems) < _MOST_ROWS and _room(batch, start):
            line = file.readline(_LONGEST_LINE)
            if not line:
                break
            batch.end.lines += 1
            batch.end.bytes += len(line)
            if line.isspace():
                continue
            try:
                batch.rows.append((batch.end.lines, _row(line, table)))
            except ValueError as error:
                problems.append(f"line {batch.end.lines}: {error}")
    if problems:
        raise _bad_rows(path, problems)
    batch.end.rows += len(batch.rows)
    return batch if batch.end.bytes > start.bytes else None


def _room(batch: Batch, start: Place) -> bool:
    return batch.end.bytes - start.bytes < _MOST_BYTES


def _row(line: bytes, table: Table) -> Row:
    if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
        raise ValueError("it is longer than any row can be")
    return row_of(line, table)


def _bad_rows(path: Path, problems: Sequence[str]) -> Exception:
    shown = "; ".join(problems[:_SHOWN])
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return storage_error(
        "import",
        "BAD_ROWS",
        f"{path}, {shown}{more}. Nothing of these rows is written; the file's earlier ones are.",
        details={"file": str(path), "problems": list(problems)},
    )
