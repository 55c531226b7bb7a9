"""An asyncio loop whose clock jumps: nothing waits, and every wake-up is counted."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any, Final

__all__ = ["VirtualLoop"]

_GRACE: Final = 0.002  # what sockets of this machine, and threads, may take to answer


class _Selector(selectors.DefaultSelector):
    """Where the loop would sleep, time passes at once instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.wakeups = 0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        self.wakeups += 1
        ready = super().select(timeout if timeout is None else _GRACE)
        if not ready and timeout is not None:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Programs whose other ends run in the same loop, or do not matter, see time pass in no time."""

    def __init__(self) -> None:
        self._clock: Final = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        """The virtual time, in seconds."""
        return self._clock.now

    @property
    def wakeups(self) -> int:
        """How often the loop had nothing left to do and something ended that."""
        return self._clock.wakeups
