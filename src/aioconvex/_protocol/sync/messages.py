"""What client and server say to each other, one class for each message, named as on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NewType, TypeAlias

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

__all__ = [
    "ActionResponse",
    "Add",
    "AdminKey",
    "Auth",
    "AuthError",
    "Authenticate",
    "Connect",
    "FatalError",
    "Modification",
    "ModifyQuerySet",
    "MutationResponse",
    "NoAuth",
    "Ping",
    "QueryFailed",
    "QueryId",
    "QueryRemoved",
    "QueryUpdated",
    "Remove",
    "Request",
    "RequestId",
    "ServerMessage",
    "Transition",
    "TransitionChunk",
    "Unknown",
    "UserToken",
    "Version",
]

QueryId = NewType("QueryId", int)
RequestId = NewType("RequestId", int)


class Version(NamedTuple):
    """Which query set and which identity, at which time (nanoseconds, the database's clock)."""

    query_set: int
    identity: int
    ts: int


# --- who the client is


@frozen
class NoAuth:
    """Nobody in particular."""


@frozen
class UserToken:
    """A user's or service's JWT."""

    token: str = field(repr=False)


@frozen
class AdminKey:
    """An admin, who may act as the user of an identity."""

    key: str = field(repr=False)
    acting_as: Mapping[str, Any] | None = None


Auth: TypeAlias = NoAuth | UserToken | AdminKey


# --- the client's messages; those of calls are not `frozen`, as that takes twice as long to make


@frozen(kw_only=True)
class Connect:
    """The first message of each connection."""

    session_id: UUID
    connection_count: int
    last_close_reason: str | None
    client_ts: int
    max_observed_ts: int | None


@frozen
class Authenticate:
    """Who calls from now on."""

    base_version: int
    auth: Auth


@frozen(kw_only=True)
class Add:
    """A query joins the set; `args` is JSON text."""

    query_id: QueryId
    path: str
    args: bytes
    component: str | None
    journal: str | None


@frozen
class Remove:
    """A query leaves the set."""

    query_id: QueryId


@frozen
class ModifyQuerySet:
    """The query set changes."""

    base_version: int
    new_version: int
    modifications: Sequence[Add | Remove]


@define(kw_only=True)
class Request:
    """Run a mutation or an action; `args` is JSON text."""

    kind: str
    request_id: RequestId
    path: str
    args: bytes
    component: str | None


# --- the server's messages, not `frozen` either


@define
class QueryUpdated:
    """A query's new result: wire JSON with its tags on."""

    query_id: QueryId
    value: Any = field(repr=False)
    log_lines: Sequence[str]
    journal: str | None


@define
class QueryFailed:
    """A query's failure; `content` is the message as a whole."""

    query_id: QueryId
    message: str
    content: Mapping[str, Any] = field(repr=False)
    journal: str | None


@define
class QueryRemoved:
    """The query has left the set."""

    query_id: QueryId


Modification: TypeAlias = QueryUpdated | QueryFailed | QueryRemoved


@define
class Transition:
    """All that changed between two versions."""

    start: Version
    end: Version
    modifications: Sequence[Modification] = field(repr=False)
    clock_skew: int | None
    text: bytes | bytearray | None = field(default=None, repr=False, eq=False)


@define
class MutationResponse:
    """The end of a mutation: its value and when it was committed, or why it failed."""

    request_id: RequestId
    success: bool
    ts: int | None
    result: Any = field(repr=False)
    content: Mapping[str, Any] = field(repr=False)


@define
class ActionResponse:
    """The end of an action: its value, or why it failed."""

    request_id: RequestId
    success: bool
    result: Any = field(repr=False)
    content: Mapping[str, Any] = field(repr=False)


@define
class TransitionChunk:
    """A slice of a large transition's text."""

    chunk: str = field(repr=False)
    part: int
    parts: int
    transition_id: str


@define
class AuthError:
    """The server refused an `Authenticate`, or the running identity has expired.

    `base_version` is the identity version it had applied; `attempted` tells the one from the
    other, and is None from older servers.
    """

    message: str
    base_version: int | None
    attempted: bool | None


@define
class FatalError:
    """The server found the client at fault."""

    message: str


@define
class Ping:
    """A sign of life."""


@define
class Unknown:
    """A message of a newer protocol."""

    kind: str


ServerMessage: TypeAlias = (
    Transition
    | MutationResponse
    | ActionResponse
    | TransitionChunk
    | AuthError
    | FatalError
    | Ping
    | Unknown
)
