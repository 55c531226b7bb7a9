"""Our client and the model server, with frames under way between them, and an account of both."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from aioconvex._protocol.sync.events import (
    AuthConfirmed,
    AuthLost,
    Event,
    RequestDone,
    ResultsChanged,
    TokenRefused,
)
from aioconvex._protocol.sync.messages import QueryId, RequestId, UserToken
from aioconvex._protocol.sync.outcomes import Failure, Lost, Success
from protocol.frames import SESSION, new_state, ts
from protocol.model_server import Connection, Database, Session, answer_of, read_ts

Json = dict[str, Any]


class Talk:
    """What happens between the two, and what must hold of it."""

    def __init__(self) -> None:
        self.db, self.session = Database(), Session()
        self.state = new_state(renewable=True)
        self.server: Connection | None = None
        self.to_server: deque[bytes] = deque()
        self.reason: str | None = "InitialConnect"
        self.opened = 0
        self.made_tokens = 0
        self.seen_ts: int | None = None
        self.slices: list[str] = []
        self.watched: dict[int, tuple[str, Json, int]] = {}
        self.journals: dict[int, str | None] = {}
        self.shown_ts: int | None = None
        self.mutations: dict[int, Json] = {}
        self.actions: dict[int, str] = {}
        self.sent: set[int] = set()

    # --- what the user does

    def subscribe(self, path: str, args: Json) -> None:
        query = self.state.subscribe(path, args)
        *known, watchers = self.watched.get(query, (path, args, 0))
        assert known == [path, args]
        self.watched[query] = (path, args, watchers + 1)

    def unsubscribe(self, query: int) -> None:
        self.state.unsubscribe(QueryId(query))
        path, args, watchers = self.watched.pop(query)
        if watchers > 1:
            self.watched[query] = (path, args, watchers - 1)
        else:
            self.journals.pop(query, None)

    def mutate(self, path: str, channel: str) -> None:
        args = {"channel": channel, "item": f"m{len(self.sent)}-{len(self.mutations)}-{self.db.ts}"}
        request = self.state.mutation(path, args)
        assert request not in {*self.mutations, *self.actions, *self.session.calls}
        self.mutations[request] = {"path": path, **args}

    def act(self) -> None:
        item = f"x{len(self.sent)}-{len(self.actions)}"
        self.actions[self.state.action("ai:run", {"item": item})] = item

    def leave(self, request: int) -> None:
        dropped = self.state.forget(RequestId(request))
        assert dropped is (request not in self.sent)
        if dropped:
            self.mutations.pop(request, None)
            self.actions.pop(request, None)

    def new_token(self) -> str:
        self.made_tokens += 1
        token = f"t{self.made_tokens}"
        self.db.valid_tokens.add(token)
        return token

    # --- the network

    def open(self) -> Connection:
        connect = {
            "type": "Connect",
            "sessionId": str(SESSION),
            "connectionCount": self.opened,
            "lastCloseReason": self.reason,
        }
        if self.seen_ts is not None:
            connect["maxObservedTimestamp"] = ts(self.seen_ts)
        self.server = Connection(self.db, self.session, connect)
        self.opened += 1
        self.reason = None
        self.state.opened(0)
        return self.server

    def client_sends(self) -> None:
        frames = self.state.outgoing()
        messages = [json.loads(frame) for frame in frames]
        requests = [message["requestId"] for message in messages if "requestId" in message]
        for message in messages:
            if message["type"] == "ModifyQuerySet" and message["baseVersion"] == 0:
                changes = message["modifications"]
                added = {item["queryId"]: item.get("journal") for item in changes}
                assert added == {query: self.journals.get(query) for query in self.watched}
                assert set(self.mutations) <= set(requests)
        self.sent.update(requests)
        self.to_server.extend(frames)

    def server_reads(self, count: int) -> None:
        assert self.server
        for _ in range(min(count, len(self.to_server))):
            self.server.receive(self.to_server.popleft())

    def client_reads(self, count: int) -> None:
        for _ in range(count):
            if self.server is None:
                return
            if self.server.out:
                self.receive(self.server.out.popleft())
            elif self.server.closed:
                self.drop("closed with code 1005")

    def drop(self, reason: str | None) -> None:
        self.server = None
        self.to_server.clear()
        self.reason = reason
        lost = self.state.closed(reason)
        ended = {event.request for event in lost if isinstance(event, RequestDone)}
        assert ended == self.actions.keys() & self.sent
        self.take(lost)

    # --- what the client makes of it

    def receive(self, frame: bytes) -> None:
        message = json.loads(frame)
        self.note(message)
        self.take(self.state.receive(frame))
        if not self.state.connected and self.server is not None:
            # After an AuthError, whether it counts or not.
            assert message["type"] == "AuthError"
            self.drop(None)

    def note(self, message: Json) -> None:
        """Keep our own account of what the client has been told."""
        if message["type"] == "TransitionChunk":
            self.slices = [*(self.slices if message["partNumber"] else []), message["chunk"]]
            if message["partNumber"] + 1 < message["totalParts"]:
                return
            message = json.loads("".join(self.slices))
        if message["type"] == "Transition":
            self.note_transition(message)
        elif message["type"] == "MutationResponse" and message["success"]:
            self.see(read_ts(message["ts"]))

    def note_transition(self, message: Json) -> None:
        end = message["endVersion"]
        self.see(read_ts(end["ts"]))
        for change in message["modifications"]:
            if change["queryId"] in self.watched and "journal" in change:
                self.journals[change["queryId"]] = change["journal"]
        if end["querySet"] > 0:
            self.shown_ts = read_ts(end["ts"])

    def see(self, at: int) -> None:
        self.seen_ts = max(at, self.seen_ts or 0)

    def take(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case ResultsChanged():
                    assert event.ts == self.shown_ts
                    for query, result in event.results.items():
                        assert self.state.result(query) is result
                case RequestDone():
                    self.done(event)
                case TokenRefused():
                    self.drop(None)
                    self.take(self.state.renew(self.new_token()))
                case AuthLost():
                    self.state.set_auth(UserToken(self.new_token()))
                case AuthConfirmed():
                    assert event.refresh is None  # these tokens have no times
                case _:
                    raise AssertionError(event)

    def done(self, event: RequestDone) -> None:
        outcome = event.outcome
        if event.request in self.actions:
            assert outcome in (Lost(sent=True), Success(self.actions.pop(event.request), []))
            return
        mutation = self.mutations.pop(event.request)
        if mutation["path"] == "send:fails":
            assert isinstance(outcome, Failure)
            assert outcome.content["requestId"] == event.request
            return
        assert isinstance(outcome, Success)
        assert outcome.wire == mutation["item"]
        assert self.shown_ts
        assert self.db.committed[str(SESSION), event.request] <= self.shown_ts
        assert mutation["item"] in self.db.at(self.shown_ts)[mutation["channel"]]

    # --- what always holds

    def check(self) -> None:
        assert self.db.order == sorted(set(self.db.order))
        assert len(self.mutations) == self.state.mutations_in_flight
        assert len(self.actions) == self.state.actions_in_flight
        if self.shown_ts is None:
            return
        for query, (path, args, _) in self.watched.items():
            result = self.state.result(QueryId(query))
            if result is not None and path != "who:am":
                assert_same(result, answer_of(self.db, query, path, args, None, self.shown_ts))

    # --- the end

    def settle(self) -> None:
        """Let everything arrive: all is done, and what is seen is what there is."""
        self.db.valid_tokens.update(f"t{n}" for n in range(self.made_tokens + 1))
        for _ in range(5):
            self.settle_a_bit()
        assert not self.mutations
        assert not self.actions
        assert self.state.synced
        assert self.state.retries == 0
        assert self.server
        for query, (path, args, _) in self.watched.items():
            result = self.state.result(QueryId(query))
            assert result is not None
            token = self.server.token
            assert_same(result, answer_of(self.db, query, path, args, token, self.db.ts))

    def settle_a_bit(self) -> None:
        if self.server is not None and self.server.closed:
            self.drop("gone")
        server = self.server or self.open()
        self.client_sends()
        self.server_reads(len(self.to_server))
        server.answer()
        while server.mutations:
            server.commit()
            server.answer()
        while server.actions:
            server.act(0)
        server.transit()
        self.client_reads(len(server.out))


def assert_same(result: Success | Failure, expected: Json) -> None:
    if isinstance(result, Failure):
        assert result.message == expected["errorMessage"]
    else:
        assert result.wire == expected["value"]
