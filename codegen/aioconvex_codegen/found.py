"""What a source gave: the snapshot, and what is to be said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .snapshot import Snapshot

__all__ = ["Found"]


@frozen(kw_only=True)
class Found:
    """A snapshot with its surroundings; only a project's sources know more than the snapshot.

    `docs` are comments by function identifier, `files` source files by module. `skipped` are
    functions and modules that are lost, `warnings` what is typed wider than it might be.
    """

    snapshot: Snapshot
    docs: Mapping[str, str] = field(factory=dict[str, str])
    files: Mapping[str, str] = field(factory=dict[str, str])
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
