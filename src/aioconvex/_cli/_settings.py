"""Options that the command line leaves open: from pyproject.toml, and from the environment."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Final

from attrs import evolve, fields_dict, frozen

from aioconvex._environment import ADMIN_KEY_NAMES, Environment
from aioconvex.errors import ConfigurationError

__all__ = ["Settings", "admin_key"]

_TABLE: Final = "[tool.aioconvex.generate]"
_SOURCES: Final = ("project", "deployment", "spec")


@frozen(kw_only=True)
class Settings:
    """What `generate` needs to know; `None` where nobody said."""

    project: Path | None = None
    deployment: str | None = None
    spec: Path | None = None
    schema: Path | None = None
    out: Path | None = None

    @classmethod
    def from_pyproject(cls, start: Path) -> Settings:
        """Read the nearest `pyproject.toml` from `start` upwards; its paths are relative to it.

        Raises:
            ConfigurationError: the file or its table is malformed.
        """
        for folder in (start, *start.parents):
            file = folder / "pyproject.toml"
            if file.is_file():
                return cls._of(_table(file), folder)
        return cls()

    @classmethod
    def _of(cls, table: dict[str, Any], folder: Path) -> Settings:
        unknown = table.keys() - fields_dict(cls).keys()
        if unknown:
            raise ConfigurationError(f"{_TABLE} has unknown keys: {', '.join(sorted(unknown))}")
        texts = {name: _text(name, value) for name, value in table.items()}
        paths = {name: _from_here(folder / text) for name, text in texts.items()}
        return cls(
            project=paths.get("project"),
            deployment=texts.get("deployment"),
            spec=paths.get("spec"),
            schema=paths.get("schema"),
            out=paths.get("out"),
        )

    def filled_from(self, other: Settings) -> Settings:
        """Fill what is open; the sources count as one option."""
        if any(getattr(self, name) is not None for name in _SOURCES):
            other = evolve(other, project=None, deployment=None, spec=None)
        return evolve(
            other,
            **{name: value for name in fields_dict(Settings) if (value := getattr(self, name))},
        )


def _text(name: str, value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise ConfigurationError(f"{_TABLE}: {name} must be a string")


def _from_here(path: Path) -> Path:
    return Path(os.path.relpath(path))


def _table(file: Path) -> dict[str, Any]:
    try:
        tool = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from None
    table: dict[str, Any] = tool.get("aioconvex", {}).get("generate", {})
    return table


def admin_key() -> str:
    """Find the admin key outside the command line, which keeps it out of the shell's history.

    Raises:
        ConfigurationError: no variable holds one.
    """
    environment = Environment.with_file(Path.cwd())
    key = environment.find(ADMIN_KEY_NAMES)
    if key is None:
        raise ConfigurationError(
            "a deployment's functions are read with an admin key: set one of "
            f"{', '.join(ADMIN_KEY_NAMES)}; looked {environment.where}"
        )
    return key
