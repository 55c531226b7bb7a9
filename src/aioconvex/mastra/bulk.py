"""Everything of a deployment to files, and back: for backups, moves, and data from elsewhere."""

from __future__ import annotations

from pathlib import Path

from anyio.to_thread import run_sync

from ._bulk.export_journal import EXPORT_PROGRESS, ExportJournal
from ._bulk.exporting import export_tables
from ._bulk.folder import Folder, bad_folder
from ._bulk.import_journal import ImportJournal
from ._bulk.importing import files_of_tables, files_of_vectors, import_tables
from ._bulk.models import BulkFile, BulkProgress, OnProgress
from ._domain import Domain

__all__ = ["BulkConvex", "BulkFile", "BulkProgress", "OnProgress"]


def _quiet(_: BulkProgress) -> None:
    """What nobody asked for."""


class BulkConvex(Domain):
    """A Mastra app's threads, messages, resources and vectors as files, to keep or move them.

        async with BulkConvex.from_env() as bulk:
            await bulk.export_to("backup", on_progress=print)

    A folder has one file of JSON Lines for each table (`messages.jsonl`), whose lines are stored
    rows in Convex's own JSON: names as in TypeScript, times as text, and `content` as the text
    that is stored. Nothing is renamed or rounded. Vectors are numpy's: `vectors/pages/00001.npz`
    of the index `pages` has an array `vectors` of float64, one a row, and `rows`, bytes of JSON
    Lines with `id` and `metadata` of each. However much it is, memory stays below some 200 MB;
    but an import reads each file of vectors as a whole, and refuses one that has more than 1 GiB
    unpacked: make several of it.
    """

    async def export_to(
        self, folder: str | Path, *, on_progress: OnProgress = _quiet
    ) -> list[BulkFile]:
        """Write everything into a folder; one that was killed goes on where it was.

        Files have names of their own only when they are complete, and `manifest.json` comes last.
        It is no snapshot: what is written while it runs may be in it or not.

        Args:
            folder: an empty one, one of an export that did not end, or one to be made.
            on_progress: called after each page that is on the disk.

        Returns:
            The files, as the manifest lists them.

        Raises:
            MastraError: the folder holds something else, or the deployment cannot list that much,
                or the name of an index takes more than 255 bytes as that of a folder.
            ConvexError: the deployment cannot be read.
            OSError: the folder cannot be written.
        """
        # With numpy, which the package's import does without.
        from ._bulk.vectors import export_vectors  # noqa: PLC0415

        path = Path(folder)
        await run_sync(lambda: path.mkdir(parents=True, exist_ok=True))
        own = Folder(path)
        with own.locked():
            journal = await run_sync(ExportJournal.of, own, self._client.convex.url)
            await export_tables(self._client, journal, on_progress)
            await export_vectors(self._client, journal, on_progress)
            return await run_sync(journal.finish)

    async def import_from(
        self, folder: str | Path, *, on_progress: OnProgress = _quiet
    ) -> list[BulkProgress]:
        """Store everything of a folder; one that was killed goes on where it was.

        Rows are stored by their ids: a row that is there gets the columns that the file has, and a
        second import changes nothing. Files of your own need no manifest. In `messages.jsonl` a
        `content` that is no text is stored as its JSON, with all digits of its integers; elsewhere
        numbers are Convex's, and integers beyond 2**53 are refused. In `vectors/pages/mine.npz`
        there may be `ids`, an array of text, and `metadata`, one of JSON texts, instead of `rows`.

        Args:
            folder: where an export was written, or your own files.
            on_progress: called after each batch that is stored.

        Returns:
            What each file has, all of which is stored.

        Raises:
            MastraError: rows are wrong, or the deployment refuses some; it names the file and the
                lines. Of a batch with a wrong row nothing is stored. Or the folder has no files,
                or others than its manifest says.
            ConvexError: the deployment cannot be reached.
            OSError: the folder cannot be read, or no progress be written in it.
        """
        from ._bulk.vectors import import_vectors  # noqa: PLC0415  # likewise

        own = Folder(Path(folder))
        with own.locked():
            await run_sync(_check, own)
            journal = await run_sync(ImportJournal.of, own, self._client.convex.url)
            files = await import_tables(self._client, journal, on_progress)
            files += await import_vectors(self._client, journal, on_progress)
            if not files:
                raise bad_folder("NO_FILES", f"{own.path} has none of the files of an export")
            await run_sync(journal.finish)
            return files


def _check(folder: Folder) -> None:
    files = folder.read_manifest()
    if files is not None:
        tables = [path for _, path in files_of_tables(folder.path)]
        folder.check_files(files, [*tables, *files_of_vectors(folder.path)])
    elif folder.read_state(EXPORT_PROGRESS) is not None:
        raise bad_folder(
            "UNFINISHED", f"the export into {folder.path} is not finished: run it again"
        )
