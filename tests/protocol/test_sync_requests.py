"""Mutations happen exactly once and in order; actions are never repeated."""

from __future__ import annotations

from typing import Any

import pytest

from aioconvex._protocol.sync.events import RequestDone, ResultsChanged, Terminated
from aioconvex._protocol.sync.messages import QueryId, RequestId
from aioconvex._protocol.sync.outcomes import Failure, Lost, Success
from aioconvex._protocol.sync.state import SyncState
from aioconvex.errors import ApplicationError, ProtocolError
from protocol.frames import (
    acted,
    committed,
    fatal,
    kinds,
    new_state,
    opened,
    refused,
    sent,
    transition,
    updated,
)


def connected(*calls: str) -> SyncState:
    """A connected state that watches a query and has sent mutations (m) and actions (a)."""
    state = new_state()
    state.subscribe("a:b", {})
    opened(state)
    state.receive(transition((0, 0, 0), (1, 0, 10), updated(0, "old")))
    for call in calls:
        (state.mutation if call == "m" else state.action)("a:f", {})
    sent(state)
    return state


def done(events: list[Any]) -> list[tuple[int, Any]]:
    """The requests that ended, with their values."""
    return [
        (event.request, event.outcome.wire if isinstance(event.outcome, Success) else event.outcome)
        for event in events
        if isinstance(event, RequestDone)
    ]


def test_a_mutation_is_done_when_the_results_include_it() -> None:
    """Who awaits it and then looks at a live query sees its effect."""
    state = connected("m")
    assert state.receive(committed(0, 20, "value")) == []
    assert state.receive(transition((1, 0, 10), (1, 0, 19))) == []
    events = state.receive(transition((1, 0, 19), (1, 0, 20), updated(0, "new")))
    assert [type(event) for event in events] == [ResultsChanged, RequestDone]
    assert done(events) == [(0, "value")]
    assert state.mutations_in_flight == 0


def test_a_mutation_whose_effect_is_visible_already_is_done_at_once() -> None:
    """The results may come before the answer."""
    state = connected("m")
    state.receive(transition((1, 0, 10), (1, 0, 25), updated(0, "new")))
    assert done(state.receive(committed(0, 20))) == [(0, None)]


def test_mutations_are_done_in_order() -> None:
    """One transition may include several, and only some."""
    state = connected("m", "m", "m", "m")
    for request, at in [(0, 20), (1, 30), (2, 40), (3, 50)]:
        assert state.receive(committed(request, at)) == []
    assert done(state.receive(transition((1, 0, 10), (1, 0, 40)))) == [
        (0, None),
        (1, None),
        (2, None),
    ]
    assert done(state.receive(transition((1, 0, 40), (1, 0, 50)))) == [(3, None)]


def test_failures_do_not_wait() -> None:
    """A failed mutation changed nothing that a result could show."""
    state = connected("m", "a")
    ((request, failure),) = done(state.receive(refused(0, "no", errorData=[1])))
    assert request == 0
    assert isinstance(failure, Failure)
    error = failure.error()
    assert isinstance(error, ApplicationError)
    assert (error.path, error.data) == ("a:f", [1.0])
    ((_, failure),) = done(state.receive(acted(1, "no", success=False)))
    assert str(failure.error()) == "a:f: no"


def test_an_action_is_done_when_it_is_answered() -> None:
    """Its effects reach live queries independently."""
    assert done(connected("a").receive(acted(0, 5))) == [(0, 5)]


def test_request_ids_are_never_used_again() -> None:
    """The server would answer a known id with the old result."""
    state = connected("m", "a")
    state.receive(refused(0, "no"))
    state.receive(acted(1, None))
    assert state.mutation("a:f", {}) == 2
    state.closed(None)
    assert state.forget(RequestId(2))
    assert state.mutation("a:f", {}) == 3


def test_answers_to_what_is_done_or_unknown_are_ignored() -> None:
    """A repetition is answered twice; nothing else depends on it."""
    state = connected("m")
    state.receive(refused(0, "no"))
    for frame in (refused(0, "no"), committed(7, 12), acted(9, None)):
        assert state.receive(frame) == []


@pytest.mark.parametrize("frame", [acted(0, None), committed(1, 20), committed(2, 20)])
def test_an_answer_to_what_was_not_asked_is_refused(frame: bytes) -> None:
    """Of another kind, or before the request was sent."""
    state = connected("m", "a")
    state.mutation("a:later", {})
    with pytest.raises(ProtocolError, match="request"):
        state.receive(frame)
    assert state.mutations_in_flight == 2


def test_a_failure_that_breaks_the_encoding_ends_nothing() -> None:
    """The mutation is sent again, and answered again."""
    state = connected("m")
    with pytest.raises(ProtocolError, match="encoding"):
        state.receive(refused(0, "no", errorData={"$odd": 1}))
    state.closed("ProtocolError")
    assert kinds(opened(state)) == ["Connect", "ModifyQuerySet", "Mutation"]


# --- over a reconnect


def test_mutations_are_sent_again_as_they_were_and_in_order() -> None:
    """Same id, same bytes: the server runs each at most once."""
    state = connected()
    for n in range(3):
        state.mutation("a:f", {"n": n, "text": "ü"})
    first = state.outgoing()
    state.receive(refused(1, "no"))
    state.closed("gone")
    state.mutation("a:g", {})
    state.opened(0)
    again = state.outgoing()[2:]
    assert again[:2] == [first[0], first[2]]
    assert b'"requestId":3' in again[2]


def test_a_mutation_whose_results_were_not_seen_is_sent_again_and_done_by_a_transition() -> None:
    """The second answer changes nothing, whether it comes before or after."""
    for late in (False, True):
        state = connected("m")
        state.receive(committed(0, 20, "value"))
        state.closed("gone")
        assert kinds(opened(state)) == ["Connect", "ModifyQuerySet", "Mutation"]
        if not late:
            assert state.receive(committed(0, 20, "value")) == []
        assert done(state.receive(transition((0, 0, 0), (1, 0, 30), updated(0, 1)))) == [
            (0, "value")
        ]
        assert state.receive(committed(0, 20, "value")) == []


def test_old_results_do_not_end_a_mutation() -> None:
    """Results of before the reconnect stay visible, and do not include it."""
    state = connected("m")
    state.closed("gone")
    opened(state)
    assert state.receive(committed(0, 20)) == []
    assert done(state.receive(transition((0, 0, 0), (1, 0, 20), updated(0, 1)))) == [(0, None)]


def test_an_action_that_was_sent_ends_with_its_connection() -> None:
    """It may have run, so it is not repeated; one that was not sent just waits."""
    state = connected("a", "m", "a")
    state.action("a:later", {})
    assert done(state.closed("gone")) == [(0, Lost(sent=True)), (2, Lost(sent=True))]
    assert state.actions_in_flight == 1
    messages = opened(state)
    assert [(m["type"], m["requestId"]) for m in messages[2:]] == [("Mutation", 1), ("Action", 3)]
    assert done(state.closed("gone")) == [(3, Lost(sent=True))]


def test_an_answered_action_does_not_end_twice() -> None:
    """What is done stays done."""
    state = connected("a")
    state.receive(acted(0, 1))
    assert state.closed("gone") == []


# --- bounds, leaving, the end


def test_the_server_is_not_asked_for_more_than_it_keeps() -> None:
    """Beyond a thousand it would close the socket; the rest follows as answers come."""
    state = connected()
    for _ in range(1200):
        state.mutation("a:f", {})
    state.action("a:f", {})
    first = sent(state)
    assert kinds(first) == ["Mutation"] * 500 + ["Action"]
    assert sent(state) == []
    for request in range(10):
        state.receive(refused(request, "no"))
    assert [message["requestId"] for message in sent(state)] == list(range(500, 510))
    state.closed("gone")
    again = opened(state)[2:]
    assert [message["requestId"] for message in again] == list(range(10, 510))
    assert (state.mutations_in_flight, state.actions_in_flight) == (1190, 0)


def test_repetitions_leave_room_when_they_are_answered() -> None:
    """A mutation that a transition ended still has an answer to come."""
    state = connected()
    for _ in range(501):
        state.mutation("a:f", {})
    sent(state)
    for request in range(500):
        state.receive(committed(request, 20 + request))
    assert len(sent(state)) == 1
    state.closed("gone")
    assert len(opened(state)[2:]) == 500
    state.receive(transition((0, 0, 0), (1, 0, 600)))
    assert sent(state) == []
    state.receive(committed(0, 20))
    assert [message["requestId"] for message in sent(state)] == [500]


def test_who_leaves_before_the_request_is_sent_takes_it_back() -> None:
    """It surely never ran; one that was sent keeps its place."""
    state = connected("m")
    state.mutation("a:f", {})
    assert state.forget(RequestId(1))
    assert sent(state) == []
    assert not state.forget(RequestId(0))
    state.closed("gone")
    assert not state.forget(RequestId(0))
    assert kinds(opened(state))[2:] == ["Mutation"]
    assert done(state.receive(refused(0, "no")))


def test_abandoning_ends_all_and_says_what_may_have_run() -> None:
    """A mutation known to be committed is a success, even if no result shows it any more."""
    state = connected("m", "m", "a")
    state.receive(committed(0, 20, "value"))
    state.mutation("a:f", {})
    assert done([*state.abandon()]) == [
        (0, "value"),
        (1, Lost(sent=True)),
        (2, Lost(sent=True)),
        (3, Lost(sent=False)),
    ]
    assert (state.mutations_in_flight, state.actions_in_flight) == (0, 0)
    assert sent(state) == []
    assert state.closed(None) == []


def test_a_fatal_error_ends_everything() -> None:
    """No further socket may be opened."""
    state = connected("m", "a")
    events = state.receive(fatal("your fault"))
    assert done(events) == [(0, Lost(sent=True)), (1, Lost(sent=True))]
    assert events[-1] == Terminated("your fault")
    assert state.terminated
    assert not state.connected
    with pytest.raises(AssertionError):
        state.opened(0)


def test_idle_is_when_nothing_is_watched_or_in_flight() -> None:
    """Then the socket may be closed; it opens again with the same session."""
    state = connected("m")
    state.receive(refused(0, "no"))
    assert not state.idle
    state.unsubscribe(QueryId(0))
    assert state.idle
    state.closed(None)
    state.mutation("a:f", {})
    assert not state.idle
    (connect, _, mutation) = opened(state)
    assert (connect["connectionCount"], connect["lastCloseReason"]) == (1, None)
    assert mutation["requestId"] == 1
