"""What generating would change, as a diff."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .render import Changes

__all__ = ["diff"]


def diff(changes: Changes) -> str:
    """A unified diff from what is on disk to what should be; empty when nothing differs."""
    lines: list[str] = []
    for path in changes.changed:
        lines += _file_diff(path, _lines(path), changes.wanted[path].splitlines(keepends=True))
    for path in changes.stale:
        lines += _file_diff(path, _lines(path), [])
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def _file_diff(path: Path, current: list[str], wanted: list[str]) -> list[str]:
    return list(
        difflib.unified_diff(
            current,
            wanted,
            fromfile=path.as_posix() if current else "/dev/null",
            tofile=path.as_posix() if wanted else "/dev/null",
        )
    )
