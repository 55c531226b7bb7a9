"""How long to wait before the socket is opened again."""

from __future__ import annotations

from typing import Final

__all__ = ["INACTIVE", "SEND_FAILED", "reconnect_delay"]

INACTIVE: Final = "InactiveServer"
"""Why we closed: nothing came from the server for too long."""

SEND_FAILED: Final = "FailedToSendMessage"
"""Why we closed: a message could not be sent."""

_OURS: Final = 0.1
_USUAL: Final = 1.0
_BUSY: Final = 3.0
_LONGEST: Final = 16.0
_MOST_DOUBLINGS: Final = 8  # beyond these it stays at the longest

# Codes by which an overloaded deployment closes, as npm `convex` knows them.
_BUSY_CODES: Final = (
    "SubscriptionsWorkerFullError",
    "TooManyConcurrentRequests",
    "CommitterFullError",
    "AwsTooManyRequestsException",
    "ExecuteFullError",
    "SystemTimeoutError",
    "ExpiredInQueue",
    "VectorIndexTooLarge",
    "SearchIndexTooLarge",
    "TooManyWritesInTimePeriod",
)


def reconnect_delay(reason: str | None, retries: int, jitter: float) -> float:
    """Seconds until the socket is opened again.

    Args:
        reason: why the last one was closed.
        retries: how often it was opened since everything was last in sync.
        jitter: a number between 0 and 1, new for each wait, that keeps clients from marching in
            step.
    """
    base = _base(reason or "")
    doubled = min(base * 2.0 ** min(retries, _MOST_DOUBLINGS), _LONGEST)
    return doubled * (0.5 + jitter)


def _base(reason: str) -> float:
    if reason in {INACTIVE, SEND_FAILED}:
        return _OURS
    return _BUSY if reason.startswith(_BUSY_CODES) else _USUAL
