"""Whose turn it is, and for how long: what bounds calls, at less cost than the general tools."""

from __future__ import annotations

import math
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import anyio
import sniffio

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["Limit", "Limits", "Slots", "limits"]


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
    """A block's time limit, of which `TimeoutError` tells the end."""

    deadline: float
    """When it ends by `anyio.current_time()`."""

    def expired(self) -> bool:
        """Whether this, and nothing inside the block, is what timed out."""
        ...

    def __enter__(self) -> object: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool | None: ...


Limits: TypeAlias = "Callable[[float], Limit]"


def limits() -> Limits:
    """Make what limits blocks to some seconds, or `math.inf`, in the event loop that runs."""
    if sniffio.current_async_library() == "asyncio":
        return partial(_TaskLimit, _Deadlines())
    return _ScopeLimit


class _ScopeLimit:
    """The limit of a block where there is no asyncio."""

    def __init__(self, seconds: float) -> None:
        self._scope = anyio.move_on_after(seconds)
        self.deadline = math.inf

    def expired(self) -> bool:
        """See `Limit`."""
        return self._scope.cancelled_caught

    def __enter__(self) -> None:
        self._scope.__enter__()
        self.deadline = self._scope.deadline

    def __exit__(
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


class _Deadlines:
    """The limits of many tasks of asyncio on one timer.

    `asyncio.timeout` makes and cancels a timer for each block, although hardly any block reaches
    its end; here the timer is set once, and when it fires it is set again for who is still there.
    """

    def __init__(self) -> None:
        import asyncio  # noqa: PLC0415  # loaded, since it runs; but slow to import for who has not

        self.loop = asyncio.get_running_loop()
        self.current_task = asyncio.current_task
        self.cancelled_error = asyncio.CancelledError
        self.waiting: set[_TaskLimit] = set()
        self.next = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def set(self, deadline: float) -> None:
        """Set the timer, which was set to a later time or not at all."""
        if self._timer is not None:
            self._timer.cancel()
        self.next = deadline
        self._timer = None if deadline == math.inf else self.loop.call_at(deadline, self._fire)

    def _fire(self) -> None:
        now = self.loop.time()
        for limit in [limit for limit in self.waiting if limit.deadline <= now]:
            self.waiting.discard(limit)
            limit.expire()
        self._timer = None
        self.set(min((limit.deadline for limit in self.waiting), default=math.inf))


class _TaskLimit:
    """The limit of a block in a task of asyncio; it ends as that of `asyncio.timeout` does."""

    __slots__ = ("_cancelling", "_deadlines", "_expired", "_task", "deadline")

    def __init__(self, deadlines: _Deadlines, seconds: float) -> None:
        self._deadlines = deadlines
        self._expired = False
        self.deadline = deadlines.loop.time() + seconds

    def expired(self) -> bool:
        """See `Limit`."""
        return self._expired

    def expire(self) -> None:
        """Cancel the task; the block's end turns that into `TimeoutError`."""
        self._expired = True
        self._task.cancel()

    def __enter__(self) -> None:
        deadlines = self._deadlines
        task = deadlines.current_task(deadlines.loop)
        assert task is not None  # noqa: S101  # a coroutine of asyncio runs in one
        self._task: asyncio.Task[Any] = task
        self._cancelling = task.cancelling()
        deadlines.waiting.add(self)
        if self.deadline < deadlines.next:
            deadlines.set(self.deadline)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None:
        self._deadlines.waiting.discard(self)
        # Cancelled by nobody else too: what others want goes before.
        if (
            self._expired
            and self._task.uncancel() <= self._cancelling
            and isinstance(error, self._deadlines.cancelled_error)
        ):
            raise TimeoutError from error
