"""Times in milliseconds since 1970, as schedules and the cache store them."""

from __future__ import annotations

import time
from typing import Final

from aioconvex.errors import ArgumentError

__all__ = ["epoch_ms", "now_ms"]

_NANOSECONDS: Final = 1_000_000
_LATEST: Final = 8_640_000_000_000_000  # the last time that JavaScript has


def now_ms() -> int:
    """The current time."""
    return time.time_ns() // _NANOSECONDS


def epoch_ms(value: object, path: str) -> int:
    """Check a time.

    Raises:
        ArgumentError: it is no integer, or no time that JavaScript has.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentError(path, f"{value!r} is no integer: times are epoch milliseconds")
    if abs(value) > _LATEST:
        raise ArgumentError(path, f"{value} is no time in milliseconds since 1970")
    return value
