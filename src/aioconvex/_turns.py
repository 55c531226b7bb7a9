"""Whose turn it is, and for how long: what bounds calls, at less cost than the general tools."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol, Self

import anyio
import sniffio

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Limit", "Slots", "limit"]


class Slots:
    """So many at once, first come, first served.

    Unlike `anyio.Semaphore`, taking a free slot takes no turn of the event loop.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[anyio.Event] = deque()

    def take_nowait(self) -> bool:
        """Take a slot if one is free; then nobody waits, since a slot goes to who waits first."""
        if self._free:
            self._free -= 1
            return True
        return False

    async def take(self) -> None:
        """Wait for a slot, behind all who wait already."""
        turn = anyio.Event()
        self._waiting.append(turn)
        try:
            await turn.wait()
        except BaseException:
            if turn.is_set():
                self.give()  # the slot came together with the cancellation
            else:
                self._waiting.remove(turn)
            raise

    def give(self) -> None:
        """Give a slot back, to who has waited longest."""
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self._free += 1


class Limit(Protocol):
    """A block's time limit; the block ends with `TimeoutError`."""

    def when(self) -> float | None:
        """When it ends by `anyio.current_time()`; None is never."""
        ...

    def expired(self) -> bool:
        """Whether this, and nothing inside the block, is what timed out."""
        ...

    async def __aenter__(self) -> object: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool | None: ...


def limit(seconds: float | None) -> Limit:
    """Limit a block's time; None does not."""
    # A cancel scope of anyio's costs several times as much, and does more than is needed here.
    if sniffio.current_async_library() == "asyncio":
        import asyncio  # noqa: PLC0415  # loaded, since it runs; it takes as long as all of ours

        return asyncio.timeout(seconds)
    return _ScopeLimit(seconds)


class _ScopeLimit:
    """The same where there is no asyncio."""

    def __init__(self, seconds: float | None) -> None:
        self._scope = anyio.move_on_after(seconds)

    def when(self) -> float | None:
        """See `Limit`."""
        return self._scope.deadline

    def expired(self) -> bool:
        """See `Limit`."""
        return self._scope.cancelled_caught

    async def __aenter__(self) -> Self:
        self._scope.__enter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool | None:
        suppressed = self._scope.__exit__(kind, error, traceback)
        if self._scope.cancelled_caught:
            raise TimeoutError from None
        return suppressed
