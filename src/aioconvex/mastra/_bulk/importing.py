"""Files to tables of a deployment, batch by batch.

Rows are stored by their ids, so that storing one again changes nothing: an import that was killed
repeats at most the batch it was at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio.to_thread import run_sync

from aioconvex.mastra.errors import MastraError, storage_error

from .lines import read_batch
from .models import VECTORS, BulkProgress
from .tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aioconvex.errors import ArgumentError
    from aioconvex.mastra._client import ConvexAdminClient

    from .import_journal import ImportJournal
    from .lines import Place
    from .models import OnProgress
    from .tables import Row, Table

__all__ = ["files_of_tables", "files_of_vectors", "import_tables", "refused"]


def files_of_tables(folder: Path) -> list[tuple[Table, Path]]:
    """Which files of a folder hold rows of tables."""
    files = [(table, folder / table.file) for table in TABLES]
    return [(table, path) for table, path in files if path.is_file()]


def files_of_vectors(folder: Path) -> list[Path]:
    """Which files of a folder hold vectors."""
    return sorted(folder.glob(f"{VECTORS}/*/*.npz"))


async def import_tables(
    client: ConvexAdminClient, journal: ImportJournal, on_progress: OnProgress
) -> list[BulkProgress]:
    """Store the rows of the folder's files, and say how much each of them has.

    Raises:
        MastraError: rows are wrong, or the deployment refuses some; it names their lines.
        ConvexError: the deployment cannot be reached.
        OSError: a file cannot be read.
    """
    files = await run_sync(files_of_tables, journal.folder.path)
    return [await _import(client, table, path, journal, on_progress) for table, path in files]


async def _import(
    client: ConvexAdminClient,
    table: Table,
    path: Path,
    journal: ImportJournal,
    on_progress: OnProgress,
) -> BulkProgress:
    place = await run_sync(journal.place_in, path)
    total = (await run_sync(path.stat)).st_size
    while (batch := await run_sync(read_batch, path, table, place)) is not None:
        await _store(client, table, path, batch.rows)
        place = batch.end
        await run_sync(journal.reached, path, place)
        on_progress(_step(table, place, total))
    return _step(table, place, total)


def _step(table: Table, place: Place, total: int) -> BulkProgress:
    return BulkProgress(name=table.file, rows=place.rows, bytes=place.bytes, total_bytes=total)


async def _store(
    client: ConvexAdminClient, table: Table, path: Path, rows: Sequence[tuple[int, Row]]
) -> None:
    """Store a batch; one that is too much for a call is halved."""
    if not rows:
        return
    records = [row for _, row in rows]
    try:
        await client.call_storage(
            {"op": "batchInsert", "tableName": table.name, "records": records}
        )
    except MastraError as error:
        # The rows that are replaced count too, so how much is too much shows only now.
        if len(rows) == 1 or error.category == "USER":
            first, last = rows[0][0], rows[-1][0]
            lines = f"line {first}" if first == last else f"lines {first} to {last}"
            raise refused(error, path, lines, first=first, last=last) from error
        half = len(rows) // 2
        await _store(client, table, path, rows[:half])
        await _store(client, table, path, rows[half:])


def refused(
    error: ArgumentError | MastraError, path: Path, lines: str = "", **details: object
) -> MastraError:
    """Make the error of what cannot be stored, which names the place in the file."""
    own = error if isinstance(error, MastraError) else None
    return storage_error(
        "import",
        "REFUSED",
        f"{path}, {lines}: {error}" if lines else f"{path}: {error}",
        category="USER" if own is None else own.category,
        details={**({} if own is None else own.details), "file": str(path), **details},
    )
