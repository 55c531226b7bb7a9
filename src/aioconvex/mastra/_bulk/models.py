"""What an export or import tells of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen

__all__ = ["BulkFile", "BulkProgress", "OnProgress"]


@frozen(kw_only=True)
class BulkFile:
    """A finished file of an export.

    Attributes:
        name: its path inside the folder, with `/`.
        rows: how many rows it has.
        bytes: its size.
        sha256: of its bytes, in hexadecimal.
    """

    name: str
    rows: int
    bytes: int
    sha256: str


@frozen(kw_only=True)
class BulkProgress:
    """How far an export or import is with one file.

    Attributes:
        name: the file's path inside the folder.
        rows: how many rows are written, counting those of earlier runs.
        bytes: likewise, bytes of the file.
        total_bytes: the file's size; None while it grows.
    """

    name: str
    rows: int
    bytes: int
    total_bytes: int | None = None


OnProgress: TypeAlias = Callable[[BulkProgress], object]
"""Called after each step that will not be done again."""
