"""What functions have read and written, as the deployment counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CallUsage"]


@frozen(kw_only=True)
class CallUsage:
    """What one query or mutation read and wrote, together with the functions it called.

    Bytes are sizes of documents as Convex's limits count them. A removed document counts as
    written, with no bytes.
    """

    path: str
    kind: str
    """`query` or `mutation`; an action reads by queries, which are counted by themselves."""
    documents_read: int
    bytes_read: int
    ranges_read: int
    """Index ranges and documents looked up."""
    documents_written: int
    bytes_written: int

    @classmethod
    def parse(cls, said: Mapping[str, Any]) -> CallUsage:
        """Read the server's JSON."""
        return cls(
            path=said["path"],
            kind=said["kind"].lower(),
            documents_read=said["documentsRead"],
            bytes_read=said["bytesRead"],
            ranges_read=said["rangesRead"],
            documents_written=said["documentsWritten"],
            bytes_written=said["bytesWritten"],
        )
