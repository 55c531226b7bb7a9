"""Options that the command line leaves open: from pyproject.toml, and from the environment."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import evolve, field, fields_dict, frozen

from aioconvex._environment import ADMIN_KEY_NAMES, Environment
from aioconvex.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SCHEMA", "Settings", "admin_key"]

SCHEMA: Final = "schema"
"""The folder of the snapshot, unless somebody says another."""

_TABLE: Final = "[tool.aioconvex.generate]"
_SOURCES: Final = ("project", "deployment", "spec")
_PATHS: Final = ("project", "spec", "schema", "out")
_FLAGS: Final = ("internal", "strict", "docstrings")
_PATTERNS: Final = ("include", "exclude")
_NAMES: Final = ("classes", "fields", "methods", "returns")


def _no_names() -> dict[str, str]:
    return {}


@frozen(kw_only=True)
class Settings:
    """What `generate` needs to know; `None` where nobody said."""

    project: Path | None = None
    deployment: str | None = None
    spec: Path | None = None
    schema: Path | None = None
    out: Path | None = None
    internal: bool | None = None
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    strict: bool | None = None
    docstrings: bool | None = None
    classes: Mapping[str, str] = field(factory=_no_names)
    fields: Mapping[str, str] = field(factory=_no_names)
    methods: Mapping[str, str] = field(factory=_no_names)
    returns: Mapping[str, str] = field(factory=_no_names)

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
        given: dict[str, Any] = {"schema": _from_here(folder / SCHEMA)} if table else {}
        for name, value in table.items():
            if name in _PATHS:
                given[name] = _from_here(folder / _text(name, value))
            elif name in _FLAGS:
                given[name] = _flag(name, value)
            elif name in _PATTERNS:
                given[name] = _patterns(name, value)
            elif name in _NAMES:
                given[name] = _names(name, value)
            else:
                given[name] = _text(name, value)
        return cls(**given)

    def filled_from(self, other: Settings) -> Settings:
        """Fill what is open; the sources count as one option."""
        if any(getattr(self, name) is not None for name in _SOURCES):
            other = evolve(other, project=None, deployment=None, spec=None)
        given = {name: getattr(self, name) for name in fields_dict(Settings)}
        return evolve(
            other, **{name: value for name, value in given.items() if value not in (None, {})}
        )


def _flag(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ConfigurationError(f"{_TABLE}: {name} must be true or false")


def _patterns(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(_text(name, item) for item in cast("list[object]", value))
    raise ConfigurationError(f"{_TABLE}: {name} must be a list of strings")


def _names(name: str, value: object) -> dict[str, str]:
    if isinstance(value, dict):
        given = cast("dict[str, object]", value)
        return {key: _text(f"{name}.{key}", item) for key, item in given.items()}
    raise ConfigurationError(f"{_TABLE}: {name} must be a table of strings")


def _text(name: str, value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise ConfigurationError(f"{_TABLE}: {name} must be a string")


def _from_here(path: Path) -> Path:
    return Path(os.path.relpath(path))


def _table(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from None
    for name in ("tool", "aioconvex", "generate"):
        inner: object = table.get(name, {})
        if not isinstance(inner, dict):
            raise ConfigurationError(f"{file}: {name!r} must be a table, as in {_TABLE}")
        table = cast("dict[str, Any]", inner)
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
