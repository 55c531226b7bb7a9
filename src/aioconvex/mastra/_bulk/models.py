"""What an export or import tells of itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import field, frozen
from attrs.validators import ge, instance_of

if TYPE_CHECKING:
    from attrs import Attribute

__all__ = ["VECTORS", "BulkFile", "BulkProgress", "OnProgress"]

VECTORS: Final = "vectors"
"""The folder of the files of vectors, which has one for each index."""


def _inside(_: BulkFile, attribute: Attribute[str], name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"the {attribute.name} {name!r} leaves the folder")


@frozen(kw_only=True)
class BulkFile:
    """A finished file of an export.

    Attributes:
        name: its path inside the folder, with `/`.
        rows: how many rows it has.
        bytes: its size.
        sha256: of its bytes, in hexadecimal.
    """

    name: str = field(validator=[instance_of(str), _inside])
    rows: int = field(validator=[instance_of(int), ge(0)])
    bytes: int = field(validator=[instance_of(int), ge(0)])
    sha256: str = field(validator=instance_of(str))


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
