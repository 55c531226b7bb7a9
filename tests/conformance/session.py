"""A session of Convex's sync protocol, which insists on what the server owes every client."""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final
from uuid import uuid4

from attrs import define, field
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

__all__ = ["Session"]

PATIENCE: Final = 10.0
_ZERO: Final = {"querySet": 0, "identity": 0, "ts": "AAAAAAAAAAA="}


@define
class Session:
    """One session over one connection after the other; transitions must join without a gap."""

    url: str
    _id: str = field(init=False, factory=lambda: str(uuid4()))
    _open: ExitStack = field(init=False, factory=ExitStack)
    _socket: ClientConnection | None = field(init=False, default=None)
    _connections: int = field(init=False, default=0)
    _query_set: int = field(init=False, default=0)
    _version: dict[str, Any] = field(init=False, factory=lambda: dict(_ZERO))
    _observed: int = field(init=False, default=0)
    _queries: dict[int, dict[str, Any]] = field(init=False, factory=dict)
    _results: dict[int, dict[str, Any]] = field(init=False, factory=dict)
    _updates: dict[int, int] = field(init=False, factory=dict)
    _responses: dict[tuple[str, int], dict[str, Any]] = field(init=False, factory=dict)

    def open(self, identity: dict[str, Any] | None) -> None:
        """Connect, Authenticate if there is an identity, and all queries of the session."""
        address = self.url.replace("http", "ws", 1) + "/api/sync"
        connection = connect(address, max_size=None, proxy=None, compression=None)
        self._socket = self._open.enter_context(connection)
        self._version, self._results, self._updates = dict(_ZERO), {}, {}
        hello: dict[str, Any] = {
            "type": "Connect",
            "sessionId": self._id,
            "connectionCount": self._connections,
            "lastCloseReason": "InitialConnect",
            "clientTs": 0,
        }
        if self._connections:
            hello["maxObservedTimestamp"] = self._version_text
        self._connections += 1
        self.send(hello)
        if identity is not None:
            self.send({"type": "Authenticate", "baseVersion": 0, **identity})
        self._query_set = 0
        self._modify(list(self._queries.values()))

    def close(self) -> None:
        self._open.close()

    def watch(self, query: int, path: str, args: Any) -> None:
        added = {"type": "Add", "queryId": query, "udfPath": path, "args": [args]}
        self._queries[query] = added
        self._modify([added])

    def unwatch(self, query: int) -> None:
        del self._queries[query]
        self._modify([{"type": "Remove", "queryId": query}])

    def _modify(self, modifications: list[dict[str, Any]]) -> None:
        base = self._query_set
        self._query_set += 1
        versions = {"baseVersion": base, "newVersion": self._query_set}
        self.send({"type": "ModifyQuerySet", **versions, "modifications": modifications})

    def request(self, kind: str, number: int, path: str, args: Any) -> None:
        self._responses.pop((kind, number), None)
        self.send({"type": kind, "requestId": number, "udfPath": path, "args": [args]})

    def send(self, message: Any) -> None:
        assert self._socket is not None
        self._socket.send(message if isinstance(message, str) else json.dumps(message))

    def response(self, kind: str, number: int) -> dict[str, Any]:
        """The answer to a request."""
        deadline = time.monotonic() + PATIENCE
        while (kind, number) not in self._responses:
            assert self._receive(deadline), "no answer came"
        return self._responses[kind, number]

    def result(self, query: int) -> dict[str, Any]:
        return self._results.get(query, {})

    def updates(self, query: int) -> int:
        return self._updates.get(query, 0)

    def wait_until(self, check: Callable[[], None]) -> None:
        """Receive until `check` passes on a state that has all queries of the session."""
        deadline = time.monotonic() + PATIENCE
        while self._version["querySet"] < self._query_set:
            assert self._receive(deadline), "no transition came"
        while True:
            try:
                return check()
            except AssertionError:
                if not self._receive(deadline):
                    raise

    def wait_for_ts(self, ts: str) -> None:
        """A mutation's response is followed by a transition at its time or later."""
        deadline = time.monotonic() + PATIENCE
        while _number(self._version["ts"]) < _number(ts):
            assert self._receive(deadline), "no transition followed the mutation"

    def end(self) -> tuple[dict[str, Any] | None, int | None]:
        """Receive until the server closes: its last message unless a transition, and the code."""
        assert self._socket is not None
        last = None
        while True:
            try:
                message = json.loads(self._socket.recv(PATIENCE))
            except ConnectionClosed as closed:
                return last, closed.rcvd.code if closed.rcvd else None
            except TimeoutError:
                raise AssertionError("the server did not close") from None
            last = None if message["type"] in ("Transition", "Ping") else message

    @property
    def _version_text(self) -> str:
        return b64encode(self._observed.to_bytes(8, "little")).decode()

    def _receive(self, deadline: float) -> bool:
        assert self._socket is not None
        try:
            message = json.loads(self._socket.recv(max(0.0, deadline - time.monotonic())))
        except TimeoutError:
            return False
        except ConnectionClosed as closed:
            raise AssertionError(f"the connection was closed: {closed}") from None
        match message["type"]:
            case "Transition":
                self._advance(message)
            case "MutationResponse" | "ActionResponse":
                kind = message["type"].removesuffix("Response")
                self._responses[kind, message["requestId"]] = message
            case kind:
                assert kind == "Ping", message
        return True

    def _advance(self, transition: dict[str, Any]) -> None:
        start, end = transition["startVersion"], transition["endVersion"]
        assert start == self._version, f"a gap: {self._version} then {start}"
        assert _number(end["ts"]) >= max(_number(start["ts"]), self._observed), "back in time"
        assert end["querySet"] <= self._query_set
        self._version, self._observed = end, _number(end["ts"])
        for modification in transition["modifications"]:
            query = modification["queryId"]
            if modification["type"] == "QueryRemoved":
                self._results.pop(query, None)
                continue
            self._results[query] = modification
            self._updates[query] = self._updates.get(query, 0) + 1
            if query in self._queries:
                self._queries[query]["journal"] = modification.get("journal")


def _number(ts: str) -> int:
    return int.from_bytes(b64decode(ts), "little")
