"""How far an export got; it is on the disk after each step, so that a killed one goes on there.

Everything here blocks, and is called in a thread.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from attrs import asdict, define, field
from attrs.validators import ge, instance_of, optional

from .folder import PART, bad_folder, digest_of
from .models import BulkFile

if TYPE_CHECKING:
    from pathlib import Path

    from .folder import Folder

__all__ = ["EXPORT_PROGRESS", "ExportJournal", "Growing"]

EXPORT_PROGRESS: Final = "export-progress.json"


@define
class Growing:
    """A file that is not complete.

    Attributes:
        name: its path inside the folder, once it is complete; of vectors, that of their folder.
        cursor: where the deployment's next page begins.
        rows: how many rows are written.
        bytes: where they end.
        ended: whether there is no further page.
    """

    name: str = field(validator=instance_of(str))
    cursor: str | None = field(default=None, validator=optional(instance_of(str)))
    rows: int = field(default=0, validator=[instance_of(int), ge(0)])
    bytes: int = field(default=0, validator=[instance_of(int), ge(0)])
    ended: bool = field(default=False, validator=instance_of(bool))


@define
class ExportJournal:
    """How far the export of a deployment into a folder got."""

    folder: Folder
    url: str
    files: list[BulkFile] = field(factory=list[BulkFile])
    growing: Growing | None = None

    @classmethod
    def of(cls, folder: Folder, url: str) -> ExportJournal:
        """Begin an export, or go on with one that did not end.

        Raises:
            MastraError: the folder holds an export that is finished, or one of elsewhere.
        """
        state = folder.read_state(EXPORT_PROGRESS)
        if state is not None:
            return cls._read(folder, url, state)
        if folder.read_manifest() is not None:
            raise bad_folder(
                "EXISTS", f"{folder.path} holds a finished export: take another folder"
            )
        if any(path.name != EXPORT_PROGRESS + PART for path in folder.path.iterdir()):
            raise bad_folder("NOT_EMPTY", f"{folder.path} holds other files: take an empty folder")
        journal = cls(folder, url)
        journal.save()
        return journal

    @classmethod
    def _read(cls, folder: Folder, url: str, state: dict[str, Any]) -> ExportJournal:
        try:
            begun = state["url"]
            files = [BulkFile(**fields) for fields in state["files"]]
            growing = None if state["growing"] is None else Growing(**state["growing"])
        except (KeyError, TypeError, ValueError) as error:
            raise bad_folder(
                "BAD_STATE", f"{folder.path / EXPORT_PROGRESS} is damaged: {error}"
            ) from None
        if begun != url:
            raise bad_folder(
                "OTHER_DEPLOYMENT",
                f"{folder.path} holds the unfinished export of {begun}, not of {url}: finish that "
                "one, or take another folder",
            )
        return cls(folder, url, files, growing)

    def has(self, name: str) -> bool:
        """Whether a file is complete."""
        return any(file.name == name for file in self.files)

    def save(self) -> None:
        """Write down how far it got."""
        growing = None if self.growing is None else asdict(self.growing)
        files = [asdict(file) for file in self.files]
        self.folder.write_state(
            EXPORT_PROGRESS, {"url": self.url, "files": files, "growing": growing}
        )

    def open(self, name: str) -> Growing:
        """Go on with a file where it ended, or begin it.

        Raises:
            MastraError: less of it is there than was written, or a link to elsewhere.
        """
        if self.growing is None or self.growing.name != name:
            self.growing = Growing(name)
        part = self._part(name)
        if part.is_symlink():
            raise bad_folder("BAD_STATE", f"{part} is a link, which no export makes: remove it")
        if not (self.growing.ended and not part.exists()):
            with part.open("ab") as file:
                if file.tell() < self.growing.bytes:
                    raise bad_folder(
                        "BAD_STATE", f"{part} is shorter than it was: begin anew in another folder"
                    )
                # What a killed run wrote without writing it down will come again.
                file.truncate(self.growing.bytes)
        return self.growing

    def append(self, lines: bytes, rows: int, cursor: str | None) -> None:
        """Write a page and then that it is written; without a cursor it was the last."""
        growing = self._open()
        with self._part(growing.name).open("ab") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
            growing.bytes = file.tell()
        growing.rows += rows
        growing.cursor = cursor
        growing.ended = cursor is None
        self.save()

    def close(self) -> None:
        """Give the file its own name."""
        growing = self._open()
        path, part = self.folder.path / growing.name, self._part(growing.name)
        if part.exists():  # else a run was killed after this step
            part.replace(path)
        self.files.append(
            BulkFile(
                name=growing.name, rows=growing.rows, bytes=growing.bytes, sha256=digest_of(path)
            )
        )
        self.growing = None
        self.save()

    def open_folder(self, name: str) -> Growing:
        """Go on with files in a folder of their own, or begin them.

        Raises:
            MastraError: the folder is a link to elsewhere.
        """
        if self.growing is None or self.growing.name != name:
            self.growing = Growing(name)
        path = self.folder.path / name
        linked = next((each for each in (path.parent, path) if each.is_symlink()), None)
        if linked is not None:
            raise bad_folder("BAD_STATE", f"{linked} is a link, which no export makes: remove it")
        path.mkdir(parents=True, exist_ok=True)
        return self.growing

    def add_to_folder(self, file: BulkFile, cursor: str | None) -> None:
        """Write down that one of these files is complete; without a cursor it was the last."""
        growing = self._open()
        growing.rows += file.rows
        growing.bytes += file.bytes
        growing.cursor = cursor
        self.files.append(file)
        if cursor is None:
            self.growing = None
        self.save()

    def files_in(self, name: str) -> int:
        """How many files of a folder are complete."""
        return sum(file.name.startswith(f"{name}/") for file in self.files)

    def finish(self) -> list[BulkFile]:
        """Say that all is there."""
        self.folder.write_manifest(self.files)
        self.folder.remove(EXPORT_PROGRESS)
        return self.files

    def _open(self) -> Growing:
        assert self.growing is not None  # noqa: S101  # `open` has set it
        return self.growing

    def _part(self, name: str) -> Path:
        path = self.folder.path / name
        return path.with_name(path.name + PART)
