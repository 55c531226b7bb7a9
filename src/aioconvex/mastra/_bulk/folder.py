"""The folder of an export: its manifest, and how far an export or import of it got.

A file grows under a name that ends in `.part` and gets its own when it is complete; the manifest
comes last. What is known of the unfinished rest is a small JSON file that is replaced as a whole,
always after what it tells of is on the disk: whoever kills us finds the truth in it.

Everything here blocks, and is called in a thread.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final, cast

import orjson
from attrs import asdict, frozen

from aioconvex.mastra.errors import storage_error

from .models import BulkFile

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from aioconvex.mastra.errors import MastraError

__all__ = ["MANIFEST", "PART", "Folder", "bad_folder", "digest_of", "written_whole"]

MANIFEST: Final = "manifest.json"
PART: Final = ".part"

_FORMAT: Final = "aioconvex.mastra"
_VERSION: Final = 1
_BLOCK: Final = 2**20


@frozen
class Folder:
    """A folder that one export or import at a time works on."""

    path: Path

    @contextmanager
    def locked(self) -> Generator[None]:
        """Keep other exports and imports away; also those of other processes.

        Raises:
            MastraError: one is at work here.
            OSError: the folder cannot be opened.
        """
        import fcntl  # noqa: PLC0415  # Windows has none, and can do all the rest

        handle = os.open(self.path, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise bad_folder(
                    "IN_USE", f"another export or import works on {self.path}"
                ) from None
            yield
        finally:
            os.close(handle)

    def read_state(self, name: str) -> dict[str, Any] | None:
        """Read a JSON object of ours; None if the file is not there.

        Raises:
            MastraError: it holds something else.
        """
        path = self.path / name
        try:
            state: Any = orjson.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except orjson.JSONDecodeError as error:
            raise bad_folder("BAD_STATE", f"{path} is damaged: {error}") from None
        if not isinstance(state, dict):
            raise bad_folder("BAD_STATE", f"{path} is damaged: it is no JSON object")
        return cast("dict[str, Any]", state)

    def write_state(self, name: str, state: object) -> None:
        """Replace a JSON file of ours."""
        text = orjson.dumps(state, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        with written_whole(self.path / name) as file:
            file.write(text)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def read_manifest(self) -> list[BulkFile] | None:
        """Which files a finished export has; None if there is no manifest.

        Raises:
            MastraError: it is no manifest, or one of a newer release.
        """
        state = self.read_state(MANIFEST)
        if state is None:
            return None
        try:
            known = (state["format"], state["version"]) == (_FORMAT, _VERSION)
            files = [BulkFile(**fields) for fields in state["files"]]
        except (KeyError, TypeError, ValueError):
            known, files = False, []
        if not known:
            path = self.path / MANIFEST
            raise bad_folder("BAD_MANIFEST", f"{path} is no manifest that this release can read")
        return files

    def write_manifest(self, files: Sequence[BulkFile]) -> None:
        """Say that the export is complete."""
        listed = [asdict(file) for file in files]
        self.write_state(MANIFEST, {"format": _FORMAT, "version": _VERSION, "files": listed})

    def check_files(self, files: Sequence[BulkFile], found: Sequence[Path]) -> None:
        """See whether the files are those of the manifest.

        Args:
            files: those of the manifest.
            found: those of the folder.

        Raises:
            MastraError: one is missing, differs, or is there besides.
        """
        known = {self.path / file.name for file in files}
        for path in found:
            if path not in known:
                raise _files_differ(path, f"is not in {MANIFEST}")
        for file in files:
            path = self.path / file.name
            if not path.is_file():
                problem = "is missing"
            elif path.stat().st_size != file.bytes or digest_of(path) != file.sha256:
                problem = "differs from what was exported"
            else:
                continue
            raise _files_differ(path, problem)


def _files_differ(path: Path, problem: str) -> MastraError:
    return bad_folder(
        "FILES_DIFFER",
        f"{path} {problem}. If you changed the files on purpose, remove {MANIFEST}.",
    )


@contextmanager
def written_whole(path: Path) -> Generator[IO[bytes]]:
    """Write a file so that it is there as a whole or not at all."""
    part = path.with_name(path.name + PART)
    # What a killed run left, or a link of somebody else's, through which we would write elsewhere.
    part.unlink(missing_ok=True)
    with part.open("xb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            sha256.update(block)
    return sha256.hexdigest()


def bad_folder(status: str, text: str) -> MastraError:
    """Make the error of a folder that cannot be used."""
    return storage_error("bulk", status, text)
