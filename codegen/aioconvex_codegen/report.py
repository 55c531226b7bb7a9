"""What a run did, and what it could not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from .spec import Function, Primitive

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["GenerateReport", "Untyped", "untyped"]


@frozen
class Untyped:
    """A function that could not be typed throughout, why, and the file where that is mended."""

    path: str
    reason: str
    file: str


@frozen(kw_only=True)
class GenerateReport:
    """What was done, or, under `check`, what would be.

    `diff` is only filled under `check`. `foreign` are modules in the output folder that the
    generator did not write and leaves alone. `skipped` are functions and modules that have no
    bindings although they should; `warnings` tell what is typed wider than it might be; `notes` are
    worth knowing.
    """

    written: tuple[Path, ...]
    removed: tuple[Path, ...]
    unchanged: tuple[Path, ...]
    foreign: tuple[Path, ...]
    diff: str
    functions: int
    tables: int
    http_actions: tuple[str, ...]
    untyped: tuple[Untyped, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    skipped: tuple[str, ...]

    @property
    def up_to_date(self) -> bool:
        """Whether snapshot and bindings were what they should be already."""
        return not (self.written or self.removed)

    @property
    def typed(self) -> int:
        """How many functions have exact types for arguments and result."""
        return self.functions - len(self.untyped)


def untyped(functions: tuple[Function, ...], files: Mapping[str, str]) -> tuple[Untyped, ...]:
    """Find the functions whose types say less than they could.

    Args:
        functions: the functions.
        files: source files by module, as far as they are known.
    """
    return tuple(
        Untyped(item.path, reason, _file(item, files))
        for item in functions
        if (reason := _gap(item))
    )


def _file(function: Function, files: Mapping[str, str]) -> str:
    module = "/".join(function.module)
    return files.get(module) or f"{module}.ts"


def _gap(function: Function) -> str:
    gaps = ["no args validator"] if function.args is None else []
    if function.returns is None:
        gaps.append("no returns validator")
    elif function.returns is Primitive.ANY:
        gaps.append("returns is v.any()")
    return ", ".join(gaps)
