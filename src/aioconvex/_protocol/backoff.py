"""How long to wait before a call is repeated."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["delay", "read_retry_after"]

_FIRST: Final = 0.5
_LONGEST: Final = 8.0
_LONGEST_ASKED: Final = 60.0


def delay(tries: int, retry_after: float | None, jitter: float) -> float:
    """Seconds until the next try.

    Args:
        tries: how many were made, at least 1.
        retry_after: what the server asked for; believed up to a minute.
        jitter: a number between 0 and 1, new for each wait, that keeps clients from marching in
            step.
    """
    doubled = min(_FIRST * 2.0 ** (tries - 1), _LONGEST)
    jittered = doubled * (0.5 + jitter / 2)
    return max(jittered, min(retry_after or 0.0, _LONGEST_ASKED))


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """Read a `Retry-After` header: seconds, or a date; None when it is absent or nonsense."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())
