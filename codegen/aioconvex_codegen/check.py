"""What generating would change, as a diff."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .render import Changes

__all__ = ["diff"]


def diff(changes: Changes) -> str:
    """A unified diff from what is on disk to what should be; empty when nothing differs."""
    lines = [
        line
        for path in (*changes.changed, *changes.stale)
        for line in difflib.unified_diff(
            changes.current.get(path, "").splitlines(keepends=True),
            changes.wanted.get(path, "").splitlines(keepends=True),
            fromfile=path.as_posix() if path in changes.current else "/dev/null",
            tofile=path.as_posix() if path in changes.wanted else "/dev/null",
        )
    ]
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
