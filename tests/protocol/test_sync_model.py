"""Any order of events against a model server: the rules hold, and everything converges."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from aioconvex._protocol.sync.messages import NoAuth, UserToken
from protocol.frames import PING
from protocol.model_talk import Talk

CHANNELS = ["a", "b"]
QUERIES = [
    ("list:all", {"channel": "a"}),
    ("list:all", {"channel": "b"}),
    ("list:even", {"channel": "a"}),
    ("who:am", {}),
]
MUTATIONS = ["send:one", "send:one", "send:fails"]
REASONS = ["InactiveServer", "FailedToSendMessage", "gone", None]


class AnyOrder(RuleBasedStateMachine):
    @initialize(auth=st.booleans(), query=st.sampled_from(QUERIES))
    def start(self, *, auth: bool, query: tuple[str, dict[str, Any]]) -> None:
        self.talk = Talk()
        if auth:
            self.talk.state.set_auth(UserToken(self.talk.new_token()))
        self.talk.subscribe(*query)

    @rule(query=st.sampled_from(QUERIES))
    def subscribe(self, query: tuple[str, dict[str, Any]]) -> None:
        self.talk.subscribe(*query)

    @precondition(lambda self: self.talk.watched)
    @rule(data=st.data())
    def unsubscribe(self, data: st.DataObject) -> None:
        self.talk.unsubscribe(data.draw(st.sampled_from(sorted(self.talk.watched))))

    @rule(path=st.sampled_from([*MUTATIONS, "act"]), channel=st.sampled_from(CHANNELS))
    def call(self, path: str, channel: str) -> None:
        if path == "act":
            self.talk.act()
        else:
            self.talk.mutate(path, channel)

    @precondition(lambda self: self.talk.mutations or self.talk.actions)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        requests = sorted({*self.talk.mutations, *self.talk.actions})
        self.talk.leave(data.draw(st.sampled_from(requests)))

    @rule(what=st.sampled_from(["expire", "renew", "renew wrongly", "another", "nobody"]))
    def identity(self, what: str) -> None:
        talk = self.talk
        if what == "nobody":
            talk.state.set_auth(NoAuth())
            return
        token = talk.new_token()
        if what == "another":
            talk.state.set_auth(UserToken(token))
        elif what == "expire":
            talk.db.valid_tokens.clear()
        else:
            talk.take(talk.state.renew(token))
            if what == "renew wrongly":
                talk.db.valid_tokens.discard(token)

    @precondition(lambda self: self.talk.server is not None)
    @rule(reason=st.sampled_from(REASONS), retries=st.booleans())
    def drop(self, *, reason: str | None, retries: bool) -> None:
        self.talk.drop(reason)
        if retries:
            self.talk.state.reconnect_delay(0.5)

    @rule(channel=st.sampled_from(CHANNELS))
    def another_client_writes(self, channel: str) -> None:
        self.talk.db.append(channel, f"other-{self.talk.db.ts}")

    # Most of the time things move on.
    @rule(reads=st.sampled_from([0, 1, 2, 3, 9]), arrives=st.integers(0, 9), data=st.data())
    def frames_arrive(self, reads: int, arrives: int, data: st.DataObject) -> None:
        server = self.talk.server or self.talk.open()
        self.talk.client_sends()
        self.talk.server_reads(reads)
        for deed in data.draw(st.lists(st.sampled_from(DEEDS), max_size=6)):
            deed(server)
        self.talk.client_reads(arrives)

    more_frames_arrive = frames_arrive
    yet_more_frames_arrive = frames_arrive

    @invariant()
    def check(self) -> None:
        if hasattr(self, "talk"):
            self.talk.check()

    def teardown(self) -> None:
        if hasattr(self, "talk"):
            self.talk.settle()


DEEDS = [
    lambda server: server.commit(),
    lambda server: server.answer(),
    lambda server: server.act(0),
    lambda server: server.act(1),
    lambda server: server.transit(),
    lambda server: server.transit(slices=3),
    lambda server: server.transit(late=True),
    lambda server: server.out.append(PING),
    lambda server: server.close(),
]


def test_any_order_of_events_converges() -> None:
    """Each mutation exactly once and in order, no action twice, one version visible at a time."""
    run_state_machine_as_test(
        AnyOrder, settings=settings(max_examples=100, stateful_step_count=60, deadline=None)
    )
