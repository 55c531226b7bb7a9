"""How far an import got; it is on the disk after each batch, so that a killed one goes on there.

Everything here blocks, and is called in a thread.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

from attrs import asdict, define, field

from .folder import bad_folder
from .lines import Place

if TYPE_CHECKING:
    from pathlib import Path

    from .folder import Folder

__all__ = ["ImportJournal"]


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
        """Where to go on in a file.

        Raises:
            MastraError: what is known of it is damaged.
        """
        known = self.places.get(self._key(path))
        if known is None:
            return Place()
        try:
            same = known["file"] == _look_of(path)
            return Place(**known["place"]) if same else Place()
        except (KeyError, TypeError, ValueError) as error:
            damaged = self.folder.path / self.name
            raise bad_folder("BAD_STATE", f"{damaged} is damaged: {error}; remove it") from None

    def reached(self, path: Path, place: Place) -> None:
        """Write down how far a file is imported."""
        self.places[self._key(path)] = {"file": _look_of(path), "place": asdict(place)}
        self.folder.write_state(self.name, self.places)

    def _key(self, path: Path) -> str:
        return path.relative_to(self.folder.path).as_posix()

    def finish(self) -> None:
        """Forget it: an import that is repeated begins anew."""
        self.folder.remove(self.name)


def _look_of(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]
