"""The query set: what is asked of the server, and what its transitions mean."""

from __future__ import annotations

from typing import Any

import pytest

from aioconvex import Int64
from aioconvex._protocol.sync.events import ResultsChanged, UnknownMessage
from aioconvex._protocol.sync.messages import QueryId
from aioconvex._protocol.sync.outcomes import Failure
from aioconvex.errors import ApplicationError, ProtocolError
from protocol.frames import (
    PING,
    failed,
    kinds,
    new_state,
    opened,
    removed,
    sent,
    transition,
    updated,
)
from protocol.watching import changes, value_of, watched

# --- subscribing


@pytest.mark.parametrize(
    "spellings",
    [
        [("a:b", {"x": 1, "y": None}), ("a:b", {"y": None, "x": 1.0})],
        [("a/b:c", {}), ("a/b.js:c", {})],
        [("a", {}), ("a:default", {}), ("a.js", {})],
        [("a:b", {"x": [1.5, b"z"]}), ("a:b", {"x": (1.5, b"z")})],
    ],
)
def test_one_query_has_one_id(spellings: list[tuple[str, dict[str, Any]]]) -> None:
    """However it is spelled, the same query is asked of the server once."""
    state = new_state()
    ids = {state.subscribe(path, args) for path, args in spellings}
    assert len(ids) == 1
    assert len(opened(state)[1]["modifications"]) == 1


def test_different_arguments_are_different_queries() -> None:
    """An int64 is no float64, and a missing argument is no null."""
    state = new_state()
    args: list[dict[str, Any]] = [{}, {"x": None}, {"x": 1}, {"x": Int64(1)}, {"x": "1"}]
    assert len({state.subscribe("a:b", each) for each in args}) == len(args)


def test_only_the_last_to_leave_ends_a_query() -> None:
    """Two who watch the same share one query of the server."""
    state = watched("a:b")
    assert state.subscribe("a:b", {}) == 0
    assert sent(state) == []
    state.unsubscribe(QueryId(0))
    assert sent(state) == []
    state.unsubscribe(QueryId(0))
    assert sent(state) == [
        {
            "type": "ModifyQuerySet",
            "baseVersion": 1,
            "newVersion": 2,
            "modifications": [{"type": "Remove", "queryId": 0}],
        }
    ]
    assert state.idle


def test_changes_are_sent_together_and_the_versions_form_a_chain() -> None:
    """Many subscriptions at once are one message; a query that came and went is none."""
    state = watched()
    state.unsubscribe(state.subscribe("a:gone", {}))
    assert sent(state) == []
    for n in range(3):
        state.subscribe("a:c", {"n": n})
    state.unsubscribe(QueryId(0))
    (message,) = sent(state)
    assert (message["baseVersion"], message["newVersion"]) == (1, 2)
    assert [(item["type"], item["queryId"]) for item in message["modifications"]] == [
        ("Add", 2),
        ("Add", 3),
        ("Add", 4),
        ("Remove", 0),
    ]


def test_query_ids_are_never_used_again() -> None:
    """What is late for an old query must not be taken for a new one's result."""
    state = watched("a:b")
    state.unsubscribe(QueryId(0))
    assert state.subscribe("a:b", {}) == 1
    sent(state)
    state.receive(transition((0, 0, 0), (2, 0, 1), updated(0, "late"), updated(1, "new")))
    assert value_of(state, 1) == "new"
    assert state.result(QueryId(0)) is None


# --- transitions


def test_a_transition_changes_what_it_names() -> None:
    """Results it does not name are still valid at its time."""
    state = watched("a:b", "a:c")
    first = state.receive(transition((0, 0, 0), (1, 0, 5), updated(0, 1), updated(1, 2)))
    assert changes(first) == {0: 1, 1: 2}
    assert changes(state.receive(transition((1, 0, 5), (1, 0, 9), updated(1, 3)))) == {1: 3}
    assert (value_of(state, 0), value_of(state, 1), state.version) == (1, 3, (1, 0, 9))


def test_a_transition_may_change_nothing() -> None:
    """Only its time moves on, and nobody is told."""
    state = watched()
    state.receive(transition((0, 0, 0), (1, 0, 5), updated(0, 1)))
    assert state.receive(transition((1, 0, 5), (1, 0, 9))) == []
    assert state.receive(transition((1, 0, 9), (1, 0, 9))) == []


def test_versions_may_jump_and_a_new_query_may_lack_its_result() -> None:
    """Several changes are merged; a search index that warms up delays one query."""
    state = watched("a:b")
    for path in ("a:c", "a:d"):
        state.subscribe(path, {})
        sent(state)
    state.receive(transition((0, 0, 0), (3, 0, 5), updated(0, 1), updated(1, 2)))
    assert state.result(QueryId(2)) is None
    assert changes(state.receive(transition((3, 0, 5), (3, 0, 7), updated(2, 3)))) == {2: 3}


def test_a_failure_is_the_error_it_would_be_over_http() -> None:
    """The same function makes both."""
    state = watched("a:b")
    event = state.receive(
        transition((0, 0, 0), (1, 0, 1), failed(0, "no", errorData={"$integer": "BwAAAAAAAAA="}))
    )[0]
    assert isinstance(event, ResultsChanged)
    failure = event.results[QueryId(0)]
    assert isinstance(failure, Failure)
    error = failure.error()
    assert isinstance(error, ApplicationError)
    assert (error.path, error.data) == ("a:b", Int64(7))


def test_a_query_recovers() -> None:
    """A failure is a result like any other, and the next value replaces it."""
    state = watched()
    state.receive(transition((0, 0, 0), (1, 0, 1), failed(0, "no")))
    assert changes(state.receive(transition((1, 0, 1), (1, 0, 2), updated(0, 5)))) == {0: 5}


def test_results_of_what_nobody_watches_are_left_aside() -> None:
    """The server had not heard yet that the query was gone, or makes them up."""
    state = watched("a:b")
    state.unsubscribe(QueryId(0))
    events = state.receive(
        transition((0, 0, 0), (1, 0, 1), updated(0, "late"), failed(7, "?"), removed(9))
    )
    assert events == []
    assert state.idle


@pytest.mark.parametrize(
    ("start", "end", "modifications"),
    [
        ((0, 0, 5), (1, 0, 9), []),
        ((1, 0, 4), (1, 0, 9), []),
        ((1, 1, 5), (1, 1, 9), []),
        ((1, 0, 5), (1, 0, 4), []),
        ((1, 0, 5), (0, 0, 9), []),
        ((1, 0, 5), (2, 0, 9), []),
        ((1, 0, 5), (1, 1, 9), []),
        ((1, 0, 5), (1, 0, 9), [failed(0, "no", errorData={"$odd": 1})]),
        ((1, 0, 5), (1, 0, 9), [updated(0, 2), {"type": "QueryUpdated", "queryId": 0}]),
    ],
    ids=str,
)
def test_a_transition_that_does_not_lead_on_changes_nothing(
    start: tuple[int, int, int], end: tuple[int, int, int], modifications: list[dict[str, Any]]
) -> None:
    """All of it takes effect, or none; then the socket is given up."""
    state = watched("a:b")
    state.receive(transition((0, 0, 0), (1, 0, 5), updated(0, 1)))
    with pytest.raises(ProtocolError):
        state.receive(transition(start, end, updated(0, 99), *modifications))
    assert (value_of(state, 0), state.version) == (1, (1, 0, 5))
    assert not state.connected
    state.subscribe("a:c", {})
    assert state.outgoing() == []


def test_results_of_a_query_set_that_was_never_sent_are_refused() -> None:
    """At version 0 the server knows of no query."""
    with pytest.raises(ProtocolError, match="not known"):
        watched().receive(transition((0, 0, 0), (0, 0, 5), updated(0, 1)))


def test_a_ping_and_a_newer_message_change_nothing() -> None:
    """The one is a sign of life, the other is logged."""
    state = watched()
    assert state.receive(PING) == []
    assert state.receive(b'{"type":"Novelty"}') == [UnknownMessage("Novelty")]
    state.receive(transition((0, 0, 0), (1, 0, 5), updated(0, 1)))


# --- gathering


def test_changes_gather_until_they_are_sent() -> None:
    """One message tells them, and what cancelled out is not told."""
    state = watched("a:b")
    state.unsubscribe(state.subscribe("a:gone", {}))
    state.subscribe("a:c", {})
    state.unsubscribe(QueryId(0))
    state.mutation("a:m", {})
    messages = sent(state)
    assert kinds(messages) == ["ModifyQuerySet", "Mutation"]
    assert [item["type"] for item in messages[0]["modifications"]] == ["Add", "Remove"]
    assert (messages[0]["baseVersion"], messages[0]["newVersion"]) == (1, 2)


def test_what_comes_after_a_socket_opened_goes_out_with_its_first_messages() -> None:
    """Nobody is told of two sets of queries."""
    state = new_state()
    state.opened(0)
    state.subscribe("a:b", {})
    messages = sent(state)
    assert kinds(messages) == ["Connect", "ModifyQuerySet"]
    assert len(messages[1]["modifications"]) == 1


def test_what_is_watched_before_the_socket_opens_is_told_when_it_does() -> None:
    """A client need not be connected to be used."""
    state = new_state()
    state.subscribe("a:b", {})
    state.mutation("a:m", {})
    assert state.outgoing() == []
    assert kinds(opened(state)) == ["Connect", "ModifyQuerySet", "Mutation"]
