"""Writes of many vectors: in parts that each are one transaction, and say how far they came."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from aioconvex.errors import ConvexError, MutationOutcomeUnknown
from aioconvex.mastra.errors import MastraError, vector_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from .backend import Batch, VectorWriter

__all__ = ["Progress", "delete_all", "store_all"]

Progress: TypeAlias = "Callable[[int, int], object]"
"""Hears how many vectors are stored by now, and how many there are in all."""


async def store_all(
    backend: VectorWriter,
    index_name: str,
    batches: Sequence[Batch],
    replacing: Sequence[str],
    progress: Progress | None,
) -> None:
    """Store batches one after the other, and with the last delete what they replace.

    Of `replacing`, what is in one of the batches stays.

    Raises:
        MastraError: only some are stored, or the others are not deleted; `details` say which.
        ConvexError: nothing is stored.
    """
    ids = [id_ for batch in batches for id_ in batch.ids]
    kept = set(ids)
    old = [id_ for id_ in replacing if id_ not in kept]
    done = looked_at = 0
    waiting = deque(batches)
    while waiting:
        batch = waiting.popleft()
        try:
            looked_at = await backend.upsert(index_name, batch, () if waiting else old)
        except ConvexError as error:
            if _too_much(error) and len(batch.ids) > 1:
                waiting.extendleft(reversed(batch.halves()))
                continue
            # The npm package's handler may have stored a part of what it failed at.
            maybe = isinstance(error, MutationOutcomeUnknown) or _too_much(error)
            if done or (maybe and len(ids) > len(batch.ids)):
                raise _partly(error, ids, done, len(batch.ids) if maybe else 0) from error
            raise
        done += len(batch.ids)
        if progress is not None:
            progress(done, len(ids))
    left = old[looked_at:]
    if left:
        await _delete(backend, index_name, ids, left)


async def delete_all(
    ids: Sequence[str], most: int, delete: Callable[[list[str]], Awaitable[object]]
) -> None:
    """Delete vectors in calls of at most so many, and of fewer where a call cannot read them all.

    Raises:
        ConvexError: as the calls; what was deleted before stays so.
    """
    waiting = deque(list(ids[start : start + most]) for start in range(0, len(ids), most))
    while waiting:
        some = waiting.popleft()
        try:
            await delete(some)
        except ConvexError as error:
            if not _too_much(error) or len(some) == 1:
                raise
            middle = len(some) // 2
            waiting.extendleft([some[middle:], some[:middle]])


def _too_much(error: ConvexError) -> bool:
    """Whether the deployment failed at something that it may do in smaller parts.

    Vectors that are replaced or deleted are read, and may be far larger than what is sent.
    """
    return isinstance(error, MastraError) and error.category == "THIRD_PARTY"


async def _delete(backend: VectorWriter, index_name: str, ids: list[str], left: list[str]) -> None:
    try:
        await backend.remove(index_name, left)
    except ConvexError as error:
        text = f"all {len(ids)} vectors are stored, but not all that they replace is deleted"
        details = {"ids": ids, "stored": len(ids), "unknown": 0, "not_deleted": left}
        raise vector_error(
            "upsert",
            "PARTIALLY_STORED",
            f"{text}: {error}",
            category="THIRD_PARTY",
            details=details,
        ) from error


def _partly(error: ConvexError, ids: Sequence[str], done: int, unknown: int) -> MastraError:
    maybe = f", the next {unknown} may be" if unknown else ""
    text = (
        f"the first {done} of {len(ids)} vectors are stored{maybe}, and the rest is not: {error}. "
        "Store them again under the same ids: details['ids'] has them"
    )
    details = {"ids": list(ids), "stored": done, "unknown": unknown}
    return vector_error("upsert", "PARTIALLY_STORED", text, category="THIRD_PARTY", details=details)
