"""Files to tables of a deployment, batch by batch.

Rows are stored by their ids, so that storing one again changes nothing: an import that was killed
repeats at most the batch it was at.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

from anyio.to_thread import run_sync
from attrs import asdict, define, field

from aioconvex.mastra.errors import MastraError, storage_error

from .folder import bad_folder
from .lines import Place, read_batch
from .models import BulkProgress
from .tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aioconvex.mastra._client import ConvexAdminClient

    from .folder import Folder
    from .models import OnProgress
    from .tables import Row, Table

__all__ = ["ImportJournal", "import_tables"]


@define
class ImportJournal:
    """How far the import of a folder into a deployment got, on the disk after each batch.

    A file that was changed since is begun anew. Blocks, and is called in a thread.
    """

    folder: Folder
    url: str
    places: dict[str, dict[str, Any]] = field(factory=dict[str, "dict[str, Any]"])

    @classmethod
    def of(cls, folder: Folder, url: str) -> Self:
        """Begin an import, or go on with one that did not end.

        Raises:
            MastraError: what is known of it is damaged.
        """
        journal = cls(folder, url)
        journal.places = folder.read_state(journal.name) or {}
        return journal

    @property
    def name(self) -> str:
        """Its file's name: one for each deployment that the folder is imported into."""
        return f"import-progress-{sha256(self.url.encode()).hexdigest()[:12]}.json"

    def place_in(self, path: Path) -> Place:
        """Where to go on in a file."""
        known = self.places.get(path.name)
        if known is None or known.get("file") != _look_of(path):
            return Place()
        try:
            return Place(**known["place"])
        except (KeyError, TypeError) as error:
            damaged = self.folder.path / self.name
            raise bad_folder("BAD_STATE", f"{damaged} is damaged: {error}; remove it") from None

    def reached(self, path: Path, place: Place) -> None:
        """Write down how far a file is imported."""
        self.places[path.name] = {"file": _look_of(path), "place": asdict(place)}
        self.folder.write_state(self.name, self.places)

    def finish(self) -> None:
        """Forget it: an import that is repeated begins anew."""
        self.folder.remove(self.name)


def _look_of(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


async def import_tables(
    client: ConvexAdminClient, journal: ImportJournal, on_progress: OnProgress
) -> list[BulkProgress]:
    """Store the rows of the folder's files, and say how much each of them has.

    Raises:
        MastraError: rows are wrong, or the deployment refuses some; it names their lines.
        ConvexError: the deployment cannot be reached.
        OSError: a file cannot be read.
    """
    files: list[BulkProgress] = []
    for table in TABLES:
        path = journal.folder.path / table.file
        if path.is_file():
            files.append(await _import(client, table, path, journal, on_progress))
    return files


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
            raise _refused(error, path, rows) from error
        half = len(rows) // 2
        await _store(client, table, path, rows[:half])
        await _store(client, table, path, rows[half:])


def _refused(error: MastraError, path: Path, rows: Sequence[tuple[int, Row]]) -> MastraError:
    first, last = rows[0][0], rows[-1][0]
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    return storage_error(
        "import",
        "REFUSED",
        f"{path}, {lines}: {error}",
        category=error.category,
        details={**error.details, "file": str(path), "first": first, "last": last},
    )
