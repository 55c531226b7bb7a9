"""A sync server in a hundred lines, written from the protocol's rules and not from our client.

It refuses, by an assertion, whatever a client may not send; it does everything else a real one may
do, when a test tells it to: commit, answer, send a transition whole or in slices, notice an expired
token, break off.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections import deque
from typing import Any

from attrs import define, field

from protocol.frames import (
    acted,
    auth_error,
    chunk,
    committed,
    failed,
    refused,
    removed,
    transition,
    updated,
)

Json = dict[str, Any]


@define
class Database:
    """Channels of items, every state they ever had, and what each session has committed."""

    ts: int = 10
    channels: dict[str, list[str]] = field(factory=dict)
    states: dict[int, dict[str, list[str]]] = field(factory=lambda: {10: {}})
    committed: dict[tuple[str, int], int] = field(factory=dict)
    order: list[int] = field(factory=list)
    valid_tokens: set[str] = field(factory=set)

    def append(self, channel: str, item: str) -> int:
        self.ts += 3
        self.channels = {**self.channels, channel: [*self.channels.get(channel, []), item]}
        self.states[self.ts] = self.channels
        return self.ts

    def at(self, ts: int) -> dict[str, list[str]]:
        return self.states[max(known for known in self.states if known <= ts)]


@define
class Session:
    """What one client has sent over all its connections."""

    calls: dict[int, str] = field(factory=dict)  # by request id
    queries: dict[int, str] = field(factory=dict)  # by query id
    actions: set[int] = field(factory=set)


def read_ts(spelled: str) -> int:
    return int.from_bytes(b64decode(spelled), "little")


@define
class Connection:
    """The server's end of one socket."""

    db: Database
    session: Session
    expected_connect: Json
    out: deque[bytes] = field(factory=deque)
    closed: bool = False
    connected: bool = False
    session_id: str = ""
    token: str | None = None
    identity: int = 0
    query_set: int = 0
    queries: dict[int, Json] = field(factory=dict)
    gone: list[int] = field(factory=list)
    shown: dict[int, Json] = field(factory=dict)
    version: tuple[int, int, int] = (0, 0, 0)
    mutations: deque[Json] = field(factory=deque)
    answering: bytes | None = None
    actions: list[Json] = field(factory=list)
    last_mutation: int = -1
    journals: int = 0

    # --- what the client sends

    def receive(self, frame: bytes) -> None:
        if self.closed:
            return
        message = json.loads(frame)
        assert (message["type"] == "Connect") is not self.connected
        if self.query_set == 0 and self.connected:
            assert message["type"] in {"Authenticate", "ModifyQuerySet"}
        getattr(self, f"on_{message['type']}")(message, frame.decode())

    def on_Connect(self, message: Json, _: str) -> None:  # noqa: N802
        assert {**message, "clientTs": 0} == {**self.expected_connect, "clientTs": 0}
        seen = message.get("maxObservedTimestamp")
        assert seen is None or read_ts(seen) <= self.db.ts
        self.session_id = message["sessionId"]
        self.connected = True

    def on_Authenticate(self, message: Json, _: str) -> None:  # noqa: N802
        assert message["baseVersion"] == self.identity
        self.token = message.get("value")
        if self.token is not None and self.token not in self.db.valid_tokens:
            return self.close(auth_error(self.identity, attempted=True))
        self.identity += 1
        return None

    def on_ModifyQuerySet(self, message: Json, _: str) -> None:  # noqa: N802
        assert message["baseVersion"] == self.query_set
        assert message["newVersion"] == self.query_set + 1
        assert self.query_set == 0 or message["modifications"]
        self.query_set += 1
        for change in message["modifications"]:
            query = change["queryId"]
            if change["type"] == "Remove":
                assert self.queries.pop(query)
                self.shown.pop(query, None)
                self.gone.append(query)
                continue
            assert change["type"] == "Add"
            call = json.dumps([change["udfPath"], change["args"]])
            assert self.session.queries.setdefault(query, call) == call
            assert query not in self.queries
            self.queries[query] = change
        calls = [self.session.queries[query] for query in self.queries]
        assert len(calls) == len(set(calls))

    def on_Mutation(self, message: Json, text: str) -> None:  # noqa: N802
        request = message["requestId"]
        assert self.session.calls.setdefault(request, text) == text
        assert request > self.last_mutation
        self.last_mutation = request
        self.mutations.append(message)
        assert len(self.mutations) < 1000

    def on_Action(self, message: Json, text: str) -> None:  # noqa: N802
        request = message["requestId"]
        assert self.session.calls.setdefault(request, text) == text
        assert request not in self.session.actions
        self.session.actions.add(request)
        self.actions.append(message)

    # --- what the server does

    def close(self, last: bytes | None = None) -> None:
        """End the connection; what is under way still arrives."""
        if last is not None:
            self.out.append(last)
        self.closed = True

    def authorized(self) -> bool:
        if self.closed or not self.connected:
            return False
        if self.token is None or self.token in self.db.valid_tokens:
            return True
        self.close(auth_error(self.identity, attempted=False))
        return False

    def commit(self) -> None:
        """Run the next mutation, unless its session has committed it already."""
        if not self.mutations or self.answering or not self.authorized():
            return
        message = self.mutations.popleft()
        request, (args,) = message["requestId"], message["args"]
        key = (self.session_id, request)
        if message["udfPath"] == "send:fails":
            self.answering = refused(request, "no", errorData={"request": float(request)})
            return
        if key not in self.db.committed:
            self.db.committed[key] = self.db.append(args["channel"], args["item"])
            self.db.order.append(request)
        self.answering = committed(request, self.db.committed[key], args["item"])

    def answer(self) -> None:
        """Send the mutation's answer, only after which the next one runs."""
        if self.answering and not self.closed:
            self.out.append(self.answering)
            self.answering = None

    def act(self, which: int) -> None:
        """Answer an action; they are answered in any order."""
        if self.actions and self.authorized():
            message = self.actions.pop(which % len(self.actions))
            self.out.append(acted(message["requestId"], message["args"][0]["item"]))

    def transit(self, *, slices: int = 1, late: bool = False) -> None:
        """Send what changed; a new query may be late, and come with a later transition."""
        if not self.authorized():
            return
        end = (self.query_set, self.identity, self.db.ts)
        changes = [removed(query) for query in self.gone]
        self.gone.clear()
        for query in self.queries:
            result = self.result(query)
            if result == self.shown.get(query) or (late and query not in self.shown):
                continue
            self.shown[query] = result
            self.journals += 1
            journal = None if self.journals % 3 == 0 else f"J{self.journals}"
            changes.append({**result, "journal": journal})
        self.send(transition(self.version, end, *changes).decode(), slices)
        self.version = end

    def result(self, query: int) -> Json:
        path, (args,) = self.queries[query]["udfPath"], self.queries[query]["args"]
        return answer_of(self.db, query, path, args, self.token, self.db.ts)

    def send(self, text: str, slices: int) -> None:
        if slices == 1:
            self.out.append(text.encode())
            return
        size = -(-len(text) // slices)
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        for part, piece in enumerate(pieces):
            self.out.append(chunk(part, len(pieces), piece, str(len(text))))


def answer_of(  # noqa: PLR0913, PLR0917  # all that a query's result depends on
    db: Database, query: int, path: str, args: Json, token: str | None, ts: int
) -> Json:
    """A query's result at a time, for an identity."""
    if path == "who:am":
        return updated(query, token)
    items = db.at(ts).get(args["channel"], [])
    # A query that fails while its channel has an odd number of items.
    if path == "list:even" and len(items) % 2:
        return failed(query, f"odd: {len(items)}")
    return updated(query, items)
