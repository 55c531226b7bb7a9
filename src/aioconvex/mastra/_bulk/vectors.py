"""Vectors of a deployment to files of arrays, and back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

import numpy as np
from anyio.to_thread import run_sync
from attrs import define, field

from aioconvex.errors import ArgumentError
from aioconvex.mastra._vectors.blocks import memory_of
from aioconvex.mastra._vectors.deployed import backend_of
from aioconvex.mastra.errors import MastraError, storage_error
from aioconvex.mastra.vectors import ConvexVector

from .arrays import Vectors, read_vectors, write_vectors
from .importing import files_of_vectors, refused
from .lines import Place
from .models import VECTORS, BulkProgress

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from aioconvex.mastra._client import ConvexAdminClient
    from aioconvex.mastra._vectors.backend import VectorBackend, VectorPage

    from .export_journal import ExportJournal
    from .import_journal import ImportJournal
    from .models import OnProgress

__all__ = ["export_vectors", "import_vectors"]

_FILE_BYTES: Final = 16 * 2**20  # in memory
_LONGEST_NAME: Final = 255  # bytes that file systems take


async def export_vectors(
    client: ConvexAdminClient, journal: ExportJournal, on_progress: OnProgress
) -> None:
    """Write the vectors of all indexes that are not finished yet.

    Raises:
        MastraError: an index has too long a name, or vectors of other dimensions.
        OSError: the folder cannot be written.
        ConvexError: the deployment cannot be read.
    """
    backend = await backend_of(client)
    names = sorted(await backend.names())
    folders = [f"{VECTORS}/{_file_name(name)}" for name in names]
    for index_name, folder in zip(names, folders, strict=True):
        begun = journal.growing is not None and journal.growing.name == folder
        if begun or not journal.files_in(folder):
            await _export(backend, index_name, folder, journal, on_progress)


async def _export(
    backend: VectorBackend,
    index_name: str,
    folder: str,
    journal: ExportJournal,
    on_progress: OnProgress,
) -> None:
    state = await backend.state(index_name)
    if state is None:  # deleted since
        return
    growing = await run_sync(journal.open_folder, folder)
    more = True
    while more:
        part, cursor = await _part(backend, index_name, growing.cursor, state.dimension)
        name = f"{folder}/{journal.files_in(folder) + 1:05}.npz"
        file = await run_sync(write_vectors, journal.folder.path, name, part)
        await run_sync(partial(journal.add_to_folder, file, cursor))
        on_progress(BulkProgress(name=folder, rows=growing.rows, bytes=growing.bytes))
        more = cursor is not None


@define
class _Gathering:
    ids: list[str] = field(factory=list[str])
    metadata: list[Any] = field(factory=list[Any])
    blocks: list[NDArray[np.float64]] = field(factory=list["NDArray[np.float64]"])
    bytes: int = 0

    def add(self, page: VectorPage, index_name: str, dimension: int) -> None:
        for id_, length in zip(page.ids, page.lengths, strict=True):
            if length != dimension:
                raise storage_error(
                    "export",
                    "DIMENSION_MISMATCH",
                    f"vector {id_!r} of {index_name!r} has {length} numbers, and the index has "
                    f"{dimension}: store it anew, or delete it",
                )
        self.ids += page.ids
        self.metadata += page.metadata
        self.blocks.append(page.numbers.reshape(-1, dimension))
        self.bytes += page.numbers.nbytes + memory_of(page.metadata) + memory_of(page.ids)


async def _part(
    backend: VectorBackend, index_name: str, cursor: str | None, dimension: int
) -> tuple[Vectors, str | None]:
    """Read what one file is to have, and where the next begins."""
    gathering = _Gathering()
    while True:
        page = await backend.page(index_name, cursor, dimension=dimension, vectors=True)
        gathering.add(page, index_name, dimension)
        cursor = page.next_cursor
        if cursor is None or gathering.bytes >= _FILE_BYTES:
            break
    numbers = np.concatenate(gathering.blocks)
    return Vectors(ids=gathering.ids, metadata=gathering.metadata, numbers=numbers), cursor


async def import_vectors(
    client: ConvexAdminClient, journal: ImportJournal, on_progress: OnProgress
) -> list[BulkProgress]:
    """Store the vectors of the folder's files, and say how much each of them has.

    Raises:
        MastraError: a file is wrong, or the deployment refuses something; it names the file.
        ConvexError: the deployment cannot be reached.
        OSError: a file cannot be read.
    """
    vectors = ConvexVector(id="import", client=client, cache_bytes=0)
    paths = await run_sync(files_of_vectors, journal.folder.path)
    return [await _import(vectors, path, journal, on_progress) for path in paths]


async def _import(
    vectors: ConvexVector, path: Path, journal: ImportJournal, on_progress: OnProgress
) -> BulkProgress:
    name = path.relative_to(journal.folder.path).as_posix()
    total = (await run_sync(path.stat)).st_size
    place = await run_sync(journal.place_in, path)
    if total and place.bytes == total:
        return _step(name, place, total)
    part = await run_sync(read_vectors, path)
    try:
        await _store(vectors, unquote(path.parent.name), part)
    except (ArgumentError, MastraError) as error:
        raise refused(error, path) from error
    place = Place(rows=len(part.ids), bytes=total)
    await run_sync(journal.reached, path, place)
    on_progress(_step(name, place, total))
    return _step(name, place, total)


async def _store(vectors: ConvexVector, index_name: str, part: Vectors) -> None:
    _, dimension = part.numbers.shape
    await vectors.create_index(index_name=index_name, dimension=dimension)
    if part.ids:
        await vectors.upsert(
            index_name=index_name, vectors=part.numbers, ids=part.ids, metadata=part.metadata
        )


def _step(name: str, place: Place, total: int) -> BulkProgress:
    return BulkProgress(name=name, rows=place.rows, bytes=place.bytes, total_bytes=total)


def _file_name(index_name: str) -> str:
    """Any name as that of a folder: `..` too, and what lies on the way to another one.

    Raises:
        MastraError: it is too long for that.
    """
    name = quote(index_name, safe="").replace(".", "%2E")
    if len(name) > _LONGEST_NAME:
        raise storage_error(
            "export",
            "NAME_TOO_LONG",
            f"the name of the index {index_name!r} takes {len(name)} bytes as that of a folder, "
            f"and file systems take {_LONGEST_NAME}: copy its vectors to an index of a shorter "
            "name, and delete it",
            details={"index_name": index_name},
        )
    return name
