"""Every error of aioconvex.

ConvexError
├── ConfigurationError (ValueError)         the client was set up wrongly: URL, keys
├── ArgumentError (TypeError)               an argument cannot be sent; nothing was sent
├── FunctionError                           the deployment answered that the function failed
│   ├── ApplicationError                    the function threw `ConvexError(data)`
│   ├── ArgumentValidationError             the deployment refused the arguments
│   ├── ReturnsValidationError              the function broke its own `returns`
│   └── FunctionNotFoundError               no public function of that path and kind
├── DeploymentError                         the deployment did not run the function (HTTP 4xx, 5xx)
│   ├── AuthenticationError                 401: token or key missing, wrong or expired
│   ├── PermissionDeniedError               403
│   ├── RateLimitedError                    429
│   └── OverloadedError                     503
├── ConvexConnectionError (ConnectionError) no usable reply came back
│   └── ConvexTimeoutError (TimeoutError)
├── OutcomeUnknown                          the call may or may not have run
│   ├── MutationOutcomeUnknown
│   └── ActionOutcomeUnknown
├── SlowReaderError                         a live query's reader fell too far behind
├── ProtocolError                           the peer does not speak Convex's protocol
├── DecodeError (ValueError)                a reply does not have the declared type
└── LocalDeploymentError                    the embedded deployment could not start or go on
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ActionOutcomeUnknown",
    "ApplicationError",
    "ArgumentError",
    "ArgumentValidationError",
    "AuthenticationError",
    "ConfigurationError",
    "ConvexConnectionError",
    "ConvexError",
    "ConvexTimeoutError",
    "DecodeError",
    "DeploymentError",
    "FunctionError",
    "FunctionNotFoundError",
    "LocalDeploymentError",
    "MutationOutcomeUnknown",
    "OutcomeUnknown",
    "OverloadedError",
    "PermissionDeniedError",
    "ProtocolError",
    "RateLimitedError",
    "ReturnsValidationError",
    "SlowReaderError",
]


_REQUEST_ID: Final = re.compile(r"\[Request ID: ([^\]]*)\]")
_REDACTED: Final = re.compile(r"\[Request ID: [^\]]*\] Server Error\s*")


class ConvexError(Exception):
    """Root of everything aioconvex raises on purpose."""

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed when repeated, and surely was not applied so far."""
        return False


@define(eq=False)
class ConfigurationError(ConvexError, ValueError):
    """The client cannot be set up like this; `message` says what to change."""

    message: str

    def __str__(self) -> str:
        return self.message


@define(eq=False)
class ArgumentError(ConvexError, TypeError):
    """A value cannot be sent to Convex; raised before anything is sent.

    `path` leads from the arguments to the value (`$.filter.ids[3]`), `reason` says what is wrong.
    """

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@define(eq=False)
class FunctionError(ConvexError):
    """The function ran, or was refused before it ran, and the deployment said so.

    `message` is the deployment's text. Production deployments reduce it to `Server Error` plus the
    request id, so decide on `ApplicationError.data`, never on the text. `log_lines` are the
    function's console lines, where the deployment shows them.
    """

    path: str
    message: str
    log_lines: Sequence[str] = field(default=(), repr=False)

    def __str__(self) -> str:
        return f"{self.path}: {self.message.rstrip()}"

    @property
    def request_id(self) -> str | None:
        """The id under which the deployment's own logs have this call."""
        found = _REQUEST_ID.match(self.message)
        return found and found[1]

    @property
    def redacted(self) -> bool:
        """Whether the deployment kept the reason to itself, as production does."""
        return _REDACTED.fullmatch(self.message) is not None


@define(eq=False)
class ApplicationError(FunctionError):
    """The function threw Convex's `ConvexError(data)`; `data` is the decoded value.

    https://docs.convex.dev/functions/error-handling/application-errors
    """

    data: object = None

    def __str__(self) -> str:
        return f"{self.path}: {self.data!r}"


@define(eq=False)
class ArgumentValidationError(FunctionError):
    """The arguments do not match the function's `args` validator; the function did not run."""


@define(eq=False)
class ReturnsValidationError(FunctionError):
    """The function's result does not match its `returns` validator."""


@define(eq=False)
class FunctionNotFoundError(FunctionError):
    """No public function has this path, or it is of another kind than the call says."""


@define(eq=False)
class DeploymentError(ConvexError):
    """The deployment refused the request as a whole; the function's own code did not fail.

    `status` is the HTTP status, `code` Convex's short code (empty when the reply had none).
    """

    path: str
    status: int
    code: str
    message: str
    _retryable: bool = field(default=False, repr=False)

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed when repeated, and surely was not applied so far."""
        return self._retryable

    def __str__(self) -> str:
        code = f" {self.code}" if self.code else ""
        return f"{self.path}: HTTP {self.status}{code}: {self.message or 'no message'}"


@define(eq=False)
class AuthenticationError(DeploymentError):
    """HTTP 401: the token or admin key is missing, wrong or expired; nothing ran."""


@define(eq=False)
class PermissionDeniedError(DeploymentError):
    """HTTP 403: the identity may not do this."""


@define(eq=False)
class RateLimitedError(DeploymentError):
    """HTTP 429: too many concurrent requests or writes. An action may have run in part."""


@define(eq=False)
class OverloadedError(DeploymentError):
    """HTTP 503: write conflicts outlasted the server's retries, or the deployment is overloaded.

    A mutation was not applied; an action may have run in part.
    """


@define(eq=False)
class ConvexConnectionError(ConvexError, ConnectionError):
    """No complete reply came back, and repeating the call can do no harm.

    Raised for queries, and for mutations and actions whose request surely never left.
    """

    path: str
    reason: str

    @property
    def retryable(self) -> bool:
        """Always: repeating the call can do no harm."""
        return True

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@define(eq=False)
class ConvexTimeoutError(ConvexConnectionError, TimeoutError):
    """The reply did not come within the client's timeout."""


@define(eq=False)
class OutcomeUnknown(ConvexError):  # noqa: N818  # says more than "error": it may be none
    """The request was sent but no usable reply came back: the call may have been applied.

    Never raised for queries. Look at the data before repeating the call.
    """

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: it may or may not have run: {self.reason}"


@define(eq=False)
class MutationOutcomeUnknown(OutcomeUnknown):
    """A mutation was applied as a whole or not at all, and nobody can say which."""


@define(eq=False)
class ActionOutcomeUnknown(OutcomeUnknown):
    """An action may have run, in whole or in part."""


@define(eq=False)
class SlowReaderError(ConvexError):
    """More than `limit` results of a live query waited for a reader that wants `every` one."""

    path: str
    limit: int

    def __str__(self) -> str:
        return f"{self.path}: more than {self.limit} results waited to be read; read faster, or take only the newest"


@define(eq=False)
class ProtocolError(ConvexError):
    """The peer's reply is not Convex's protocol: wrong URL, a proxy's page, a truncated body.

    Instead of it, a mutation or action raises `OutcomeUnknown`, unless the reply says that it ran.
    """

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@define(eq=False)
class DecodeError(ConvexError, ValueError):
    """A reply does not have the type the bindings declare; regenerate them.

    `reasons` has one line per bad value, each with its path from the reply's root (`$`).
    """

    path: str
    reasons: Sequence[str]

    def __str__(self) -> str:
        return f"{self.path}: the reply does not fit the bindings: {'; '.join(self.reasons)}"


@define(eq=False)
class LocalDeploymentError(ConvexError):
    """The embedded deployment could not start or go on.

    `code` is a short constant such as `BundleFailed` or `NodeTooOld`, `message` says what to do.
    """

    code: str
    message: str

    def __str__(self) -> str:
        return self.message
