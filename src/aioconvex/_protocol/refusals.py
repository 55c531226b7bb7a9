"""What a status other than success says about a call: above all, whether it may have run.

HTTP calls carry no idempotency key, so this decides what may be repeated. The classification is
derived from the error classes of the open-source backend (`crates/errors`, `crates/application`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from aioconvex.errors import (
    ActionOutcomeUnknown,
    AuthenticationError,
    DeploymentError,
    MutationOutcomeUnknown,
    OutcomeUnknown,
    OverloadedError,
    PermissionDeniedError,
    RateLimitedError,
)

if TYPE_CHECKING:
    from .http import FunctionKind

__all__ = ["code_and_message", "refusal", "unknown_outcome"]

_SHOWN: Final = 200
_BY_STATUS: Final[dict[int, type[DeploymentError]]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    429: RateLimitedError,
    503: OverloadedError,
}
# With these, the backend has rolled back or never begun.
_NOT_COMMITTED: Final = frozenset(
    {
        "OptimisticConcurrencyControlFailure",
        "ExpiredInQueue",
        "WorkerOverloaded",
        "ExecuteFullError",
        "IsolateNotClean",
        "InitialPermitTimeoutError",
        "UpstreamConnectError",
        "CommitterFullError",
        "SubscriptionsWorkerFullError",
        "SearchIndexesUnavailable",
        "VectorIndexesUnavailable",
        "TableSummariesUnavailable",
        "SearchIndexTooLarge",
        "VectorIndexTooLarge",
    }
)
_NEVER_STARTED: Final = frozenset({421, 425, 429})
_REQUEST_TIMEOUT: Final = 408
_SERVER_FAULTS: Final = 500


def refusal(
    kind: FunctionKind, path: str, status: int, body: bytes
) -> DeploymentError | OutcomeUnknown:
    """Make the error of a reply that is no success."""
    code, message = code_and_message(body)
    transient = _is_transient(status)
    not_committed = status in _NEVER_STARTED or code in _NOT_COMMITTED
    if transient and not not_committed and kind != "query":
        return unknown_outcome(kind, path, f"HTTP {status}: {code or message or 'no message'}")
    # A function nested in an action may have raised the same code after the action did its work.
    retryable = transient and kind != "action"
    return _BY_STATUS.get(status, DeploymentError)(path, status, code, message, retryable)


def unknown_outcome(kind: FunctionKind, path: str, reason: str) -> OutcomeUnknown:
    """Make the error of a mutation or action that may or may not have run."""
    return (MutationOutcomeUnknown if kind == "mutation" else ActionOutcomeUnknown)(path, reason)


def _is_transient(status: int) -> bool:
    return status in _NEVER_STARTED or status == _REQUEST_TIMEOUT or status >= _SERVER_FAULTS


def code_and_message(body: bytes) -> tuple[str, str]:
    """Read a refusal's body, which need not be JSON: proxies answer in their own words."""
    try:
        match orjson.loads(body):
            case {"code": str(code), **rest}:
                message = rest.get("message")
                return code, message if isinstance(message, str) else ""
            case _:
                pass
    except ValueError:
        pass  # shown as it is
    return "", body[:_SHOWN].decode("utf-8", "replace")
