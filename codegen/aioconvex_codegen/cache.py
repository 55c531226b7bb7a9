"""Finished bindings by everything they depend on, so that an unchanged run need not make them.

The folder belongs to the user, not to the project: nothing in it is ever needed, and any of it may
be deleted. What comes out of it is compared with the disk like anything newly made.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Cache", "cache_folder", "digest"]

_MOST_ENTRIES: Final = 40
_TOOLS: Final = ("datamodel-code-generator", "jinja2", "ruff")


def cache_folder() -> Path:
    """Where caches belong on this machine; `AIOCONVEX_CACHE_DIR` says otherwise."""
    if named := os.environ.get("AIOCONVEX_CACHE_DIR"):
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "aioconvex" / "bindings"


def digest(*parts: object) -> str:
    """A name for everything that decides the bindings: these parts, and the generator itself."""
    own = sorted(Path(__file__).parent.rglob("*.py")) + sorted(
        Path(__file__).parent.rglob("*.jinja2")
    )
    hashed = hashlib.sha256(sys.version.encode())
    for path in own:
        hashed.update(path.read_bytes())
    for text in (*map(version, _TOOLS), *map(repr, parts)):
        hashed.update(f"{len(text)}:{text}".encode())
    return hashed.hexdigest()


@frozen
class Cache:
    """Bindings in a folder, one file for each `digest`; a folder that cannot be used is none."""

    folder: Path

    def find(self, key: str) -> dict[str, str] | None:
        """Bindings made before: path in the package to source."""
        path = self.folder / f"{key}.json"
        try:
            stored: Any = orjson.loads(path.read_bytes())
            os.utime(path)
        except (OSError, orjson.JSONDecodeError):
            return None
        return {str(name): str(text) for name, text in stored.items()}

    def keep(self, key: str, modules: Mapping[str, str]) -> None:
        """Remember bindings, and forget those that were not used for longest."""
        with suppress(OSError):  # a full disk or a read-only home costs time, not results
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self.folder)
            with os.fdopen(descriptor, "wb") as file:
                file.write(orjson.dumps(dict(modules)))
            Path(name).replace(self.folder / f"{key}.json")
            stored = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
            for path in stored[:-_MOST_ENTRIES]:
                path.unlink()
