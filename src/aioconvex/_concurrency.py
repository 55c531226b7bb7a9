"""Tasks beside the program's own, and what passes from them to it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextvars import Context
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import anyio
import sniffio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

__all__ = ["Background", "Mailbox", "Signal", "signal"]

T = TypeVar("T")

_log: Final = logging.getLogger("aioconvex.sync")
_running: Final[set[asyncio.Task[None]]] = set()  # asyncio itself only holds them weakly


class Background:
    """A task that belongs to no block of the program's, and ends by itself or by `stop`.

    A task group would tie who opens it to who closes it: a client that a test's fixture opens is
    often closed by another task, which no task group permits.
    """

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._scope = anyio.CancelScope()
        self._done = anyio.Event()

    @classmethod
    def start(cls, work: Callable[[], Awaitable[None]]) -> Background:
        """Start a task in the event loop that runs; it sees no context variables of the caller."""
        background = cls(work)
        if sniffio.current_async_library() == "trio":
            import trio  # noqa: PLC0415  # loaded, since it runs

            trio.lowlevel.spawn_system_task(background._run, context=Context())
        else:
            loop = asyncio.get_running_loop()
            task = loop.create_task(background._run(), context=Context())
            _running.add(task)
            task.add_done_callback(_running.discard)
            # When the loop ends, a task may be cancelled before its first step.
            task.add_done_callback(lambda _: background._done.set())
        return background

    async def _run(self) -> None:
        try:
            with self._scope:
                await self._work()
        except Exception:  # noqa: BLE001  # there is nobody to raise it to
            _log.exception("a task of the client failed; please report this")
        finally:
            self._done.set()

    async def stop(self) -> None:
        """Cancel the task and wait for its end, which it must reach without help."""
        self._scope.cancel()
        with anyio.CancelScope(shield=True):
            await self._done.wait()


class Signal(Protocol):
    """Something that happens once, and who waits for it."""

    def set(self) -> None:
        """It has happened."""
        ...

    async def wait(self) -> object:
        """Wait until it has."""
        ...


def signal() -> Signal:
    """Make one, in the event loop that runs."""
    return _Signal() if sniffio.current_async_library() == "asyncio" else anyio.Event()


class _Signal:
    """That of asyncio, for less than half of what `anyio.Event` takes of each value's way."""

    __slots__ = ("_is_set", "_waiting")

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: list[asyncio.Future[None]] = []

    def set(self) -> None:
        self._is_set = True
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self) -> None:
        if not self._is_set:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            finally:
                self._waiting.remove(future)


class Mailbox(Generic[T]):
    """What waits for a reader: the newest item, or all of them up to a bound.

    Args:
        limit: how many may wait; None keeps only the newest.
    """

    __slots__ = ("__weakref__", "_arrival", "_end", "_items", "_limit", "_place")

    def __init__(self, limit: int | None = None) -> None:
        self._items: deque[T] = deque(maxlen=1 if limit is None else None)
        self._limit = limit
        self._arrival: Signal | None = None
        self._end: Exception | None = None
        self._place: TracebackType | None = None

    @property
    def full(self) -> bool:
        """Whether another item would be one too many."""
        return self._limit is not None and len(self._items) >= self._limit

    def put(self, item: T) -> None:
        """Hand an item to the reader; after the end it is dropped."""
        if self._end is None:
            self._items.append(item)
            self._notify()

    def end(self, error: Exception) -> None:
        """Let the reader have what is there, and then raise this for ever."""
        if self._end is None:
            self._end, self._place = error, error.__traceback__
            self._notify()

    def _notify(self) -> None:
        if self._arrival is not None:
            self._arrival.set()
            self._arrival = None

    async def take(self) -> T:
        """Wait for an item. It takes no turn of the event loop when there is one."""
        while not self._items:
            if self._end is not None:
                # Each who raises it adds where that is: not those before.
                raise self._end.with_traceback(self._place)
            if self._arrival is None:
                self._arrival = signal()
            await self._arrival.wait()
        return self._items.popleft()
