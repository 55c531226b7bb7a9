"""What a message of the server, or the loss of the socket, means to those who wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .auth import Refresh
    from .messages import QueryId, RequestId
    from .outcomes import Outcome, Result

__all__ = [
    "AuthConfirmed",
    "AuthLost",
    "Event",
    "RequestDone",
    "ResultsChanged",
    "Terminated",
    "TokenRefused",
    "UnknownMessage",
]


@define
class ResultsChanged:
    """Results of the subscribed queries that changed, all of the database at `ts`."""

    ts: int
    results: Mapping[QueryId, Result] = field(repr=False)


@define
class RequestDone:
    """A mutation or action has ended.

    Of a mutation that succeeded this comes only after the results that include it.
    """

    request: RequestId
    outcome: Outcome


@define
class AuthConfirmed:
    """The server knows the identity.

    `refresh` tells when the token should be replaced; None leaves an earlier plan as it is.
    """

    refresh: Refresh | None


@define
class TokenRefused:
    """The server refused the token: fetch a new one, give it to `SyncState.renew`, reconnect."""

    message: str


@define
class AuthLost:
    """The identity was refused and there is no other; the state goes on as nobody."""

    message: str


@define
class Terminated:
    """The server found us at fault; no socket may be opened again."""

    message: str


@define
class UnknownMessage:
    """A message of a newer protocol was left aside."""

    kind: str


Event: TypeAlias = (
    ResultsChanged
    | RequestDone
    | AuthConfirmed
    | TokenRefused
    | AuthLost
    | Terminated
    | UnknownMessage
)
