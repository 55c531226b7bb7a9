"""Writes of many messages: in batches that Convex takes, each of them all or nothing."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

from aioconvex.errors import ConvexError
from aioconvex.mastra.errors import MastraError, storage_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

__all__ = ["MOST_AT_ONCE", "batches", "check_size", "send_batches"]

T = TypeVar("T")
R = TypeVar("R")

MOST_AT_ONCE: Final = 500
"""How many messages one call writes or looks for."""

_MOST_BYTES: Final = 4 * 1024 * 1024  # quotes in content are escaped once more on the way
_MAX_DOCUMENT: Final = 1024 * 1024  # https://docs.convex.dev/production/state/limits


def check_size(op: str, message_id: str, size: int) -> None:
    """Refuse a message that no Convex document can hold.

    Raises:
        MastraError: it is larger than 1 MiB.
    """
    if size > _MAX_DOCUMENT:
        raise storage_error(
            op,
            "MESSAGE_TOO_LARGE",
            f"message {message_id!r} has {size} bytes, and Convex stores {_MAX_DOCUMENT} at most: "
            "keep attachments elsewhere (such as Convex's file storage), and their URLs in it",
            details={"messageId": message_id, "size": size},
        )


def batches(items: Sequence[T], size: Callable[[T], int]) -> list[list[T]]:
    """Cut a list into batches of bounded length and size."""
    cut: list[list[T]] = []
    room = 0
    for item in items:
        taken = size(item)
        if not cut or len(cut[-1]) == MOST_AT_ONCE or taken > room:
            cut.append([])
            room = _MOST_BYTES
        cut[-1].append(item)
        room -= taken
    return cut


async def send_batches(
    op: str,
    given: Sequence[list[T]],
    send: Callable[[list[T]], Awaitable[R]],
    name: Callable[[T], str],
) -> list[R]:
    """Send batches one after the other; one that is too much for a call is halved.

    Args:
        op: the operation, for the error.
        given: the batches.
        send: writes one of them, all or nothing.
        name: an item's id, for the error.

    Raises:
        MastraError: a batch failed after others were written; it says which.
        ConvexError: the only batch failed, and nothing was written.
    """
    left = deque(given)
    results: list[R] = []
    written = 0
    while left:
        batch = left.popleft()
        try:
            results.append(await send(batch))
        except ConvexError as error:
            if _too_much(error) and len(batch) > 1:
                half = len(batch) // 2
                left.extendleft([batch[half:], batch[:half]])
                continue
            if written == 0 and not left:
                raise
            raise _failed(op, error, [name(item) for item in batch], written) from error
        written += len(batch)
    return results


def _too_much(error: ConvexError) -> bool:
    return isinstance(error, MastraError) and error.details.get("code") == "TooManyBytes"


def _failed(op: str, error: ConvexError, ids: list[str], written: int) -> MastraError:
    return storage_error(
        op,
        "BATCH_FAILED",
        f"messages {written} to {written + len(ids) - 1} ({ids[0]!r} to {ids[-1]!r}) failed; those "
        f"before are written, those after are not: {error}",
        category="THIRD_PARTY",
        details={"written": written, "failedIds": ids},
    )
