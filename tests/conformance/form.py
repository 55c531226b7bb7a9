"""The form of a scenario: steps as data, in wire JSON, with what a Convex deployment answers."""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from attrs import frozen

__all__ = [
    "ANY",
    "DATABASE",
    "INFINITY",
    "MINUS_INFINITY",
    "MINUS_ZERO",
    "NAN",
    "UNSET",
    "Call",
    "Close",
    "Ends",
    "Frame",
    "Http",
    "Open",
    "Parallel",
    "Pattern",
    "Request",
    "Same",
    "Saved",
    "Scenario",
    "Shows",
    "Step",
    "Unwatch",
    "Updates",
    "Watch",
    "change",
    "floating",
    "insert",
    "int64",
    "query",
    "raw",
    "read",
    "sent",
    "shows",
    "watch",
]

Kind = Literal["query", "mutation", "action", "function"]


class _Anything:
    def __repr__(self) -> str:
        return "ANY"


class _Unset:
    def __repr__(self) -> str:
        return "UNSET"


ANY: Final = _Anything()
UNSET: Final = _Unset()


@frozen
class Pattern:
    """Expected: a string in which this regular expression is found."""

    regex: str


@frozen
class Saved:
    """What an earlier step saved under this name; `page.isDone` is a member of it."""

    name: str


# --- values in wire JSON -------------------------------------------------------------------------


def int64(number: int) -> dict[str, str]:
    return {"$integer": b64encode(number.to_bytes(8, "little", signed=True)).decode()}


def floating(number: float) -> dict[str, str]:
    """NaN, an infinity or -0, which JSON cannot spell."""
    return {"$float": b64encode(struct.pack("<d", number)).decode()}


def raw(data: bytes) -> dict[str, str]:
    return {"$bytes": b64encode(data).decode()}


NAN: Final = floating(float("nan"))
INFINITY: Final = floating(float("inf"))
MINUS_INFINITY: Final = floating(float("-inf"))
MINUS_ZERO: Final = floating(-0.0)


# --- steps over HTTP -----------------------------------------------------------------------------


@frozen(kw_only=True)
class Call:
    """A function call: it succeeds with `returns`, or fails with a text in which `fails` is found."""

    kind: Kind
    path: str
    args: Any
    returns: Any = ANY
    fails: str | None = None
    data: Any = UNSET  # a ConvexError's; UNSET: there must be none
    logs: Any = ANY
    admin: bool = False
    acting_as: Mapping[str, Any] | None = None
    save: str | None = None


@frozen(kw_only=True)
class Http:
    """A raw request; the reply's body is JSON, unless `reply` is a string or a Pattern."""

    method: str
    path: str
    body: Any = None  # text, or something to be written as JSON
    headers: Mapping[str, str] = {}
    admin: bool = False
    status: int = 200
    reply: Any = ANY
    save: str | None = None


@frozen
class Parallel:
    """Calls at the same time."""

    calls: Sequence[Call]


@frozen
class Same:
    """Two values that earlier steps saved are equal, or not."""

    left: Saved
    right: Saved
    equal: bool = True


# --- steps on the WebSocket ----------------------------------------------------------------------


@frozen(kw_only=True)
class Open:
    """Open the session's socket and say Connect; again: what a client says when it reconnects."""

    admin: bool = False
    acting_as: Mapping[str, Any] | None = None


@frozen
class Close:
    """Drop the connection."""


@frozen(kw_only=True)
class Watch:
    """Subscribe; `query` is the scenario's own number for it."""

    query: int
    path: str
    args: Any


@frozen
class Unwatch:
    query: int


@frozen(kw_only=True)
class Shows:
    """Within seconds the query's result is `value`, or a failure in which `fails` is found."""

    query: int
    value: Any = ANY
    fails: str | None = None
    data: Any = UNSET
    save: str | None = None


@frozen(kw_only=True)
class Updates:
    """So often has the server sent a result of this query over this connection."""

    query: int
    count: int


@frozen(kw_only=True)
class Request:
    """A mutation or action over the socket, answered before the next step."""

    kind: Literal["Mutation", "Action"]
    path: str
    args: Any
    number: int
    returns: Any = ANY
    fails: str | None = None
    data: Any = UNSET


@frozen
class Frame:
    """Any message, as text or something to be written as JSON."""

    message: Any


@frozen(kw_only=True)
class Ends:
    """The server says `type` with a text in which `error` is found, and closes; or only closes."""

    type: str | None = None
    error: str = ""
    code: int | None = None


Step = (
    Call
    | Http
    | Parallel
    | Same
    | Open
    | Close
    | Watch
    | Unwatch
    | Shows
    | Updates
    | Request
    | Frame
    | Ends
)


@frozen
class Scenario:
    """One promise of Convex, where it is written, and the steps that show it.

    `deviation` says why the embedded deployment does not keep it; it is on the list for users,
    src/aioconvex/local/DEVIATIONS.md.
    """

    name: str
    source: str
    steps: Sequence[Step]
    deviation: str | None = None


# --- programs of database steps, run by the functions in convex/database.ts -----------------------

DATABASE: Final = "database"


def insert(table: str, value: Any) -> dict[str, Any]:
    return {"op": "insert", "table": table, "value": value}


def query(table: str, **options: Any) -> dict[str, Any]:
    """`index`, `range`, `order`, `filter`, `end` and `only` of a query step."""
    return {"op": "query", "table": table, **options}


def change(*steps: Mapping[str, Any], **expected: Any) -> Call:
    """A mutation that does these steps."""
    return Call(kind="mutation", path=f"{DATABASE}:change", args={"steps": list(steps)}, **expected)


def read(step: Mapping[str, Any], returns: Any = ANY, **expected: Any) -> Call:
    """A query with one step, of which `returns` is the result."""
    returns = returns if returns is ANY else [returns]
    return Call(
        kind="query", path=f"{DATABASE}:read", args={"steps": [step]}, returns=returns, **expected
    )


def watch(number: int, step: Mapping[str, Any]) -> Watch:
    """A subscription to a query with one step."""
    return Watch(query=number, path=f"{DATABASE}:read", args={"steps": [step]})


def shows(number: int, value: Any, **more: Any) -> Shows:
    """The step's result is `value`."""
    return Shows(query=number, value=[value], **more)


def sent(number: int, *steps: Mapping[str, Any], **expected: Any) -> Request:
    """The mutation `change` over the socket."""
    return Request(
        kind="Mutation",
        path=f"{DATABASE}:change",
        args={"steps": list(steps)},
        number=number,
        **expected,
    )
