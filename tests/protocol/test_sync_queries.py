"""The query set: what is asked of the server, and what its transitions mean."""

from __future__ import annotations

from typing import Any

import pytest

from aioconvex import Int64
from aioconvex._protocol.sync.events import Event, RequestDone, ResultsChanged, UnknownMessage
from aioconvex._protocol.sync.messages import QueryId
from aioconvex._protocol.sync.outcomes import Failure, Success
from aioconvex._protocol.sync.state import SyncState
from aioconvex.errors import ApplicationError, ProtocolError
from protocol.frames import (
    PING,
    committed,
    failed,
    kinds,
    new_state,
    opened,
    removed,
    sent,
    text,
    transition,
    updated,
)


def watched(*paths: str) -> SyncState:
    """A connected state that watches queries, without results."""
    state = new_state()
    for path in paths or ("a:b",):
        state.subscribe(path, {})
    opened(state)
    return state


def changes(events: list[Event]) -> dict[int, Any]:
    """The values of the one `ResultsChanged`."""
    (event,) = events
    assert isinstance(event, ResultsChanged)
    return {
        query: result.wire if isinstance(result, Success) else result
        for query, result in event.results.items()
    }


def value_of(state: SyncState, query: int) -> Any:
    result = state.result(QueryId(query))
    return result.wire if isinstance(result, Success) else result


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


# --- over a reconnect


def test_a_connection_begins_with_the_whole_set_and_the_journals() -> None:
    """Page ends are pinned by journals, which travel back exactly as they came."""
    state = watched("a:b", "a:c", "a:d")
    state.receive(
        transition(
            (0, 0, 0), (1, 0, 5), updated(0, 1, 'J"1\u2028'), updated(1, 2), updated(2, 3, "J3")
        )
    )
    state.receive(transition((1, 0, 5), (1, 0, 6), updated(2, 3)))
    state.unsubscribe(QueryId(1))
    state.closed("InternalServerError")
    state.subscribe("a:e", {})
    (connect, message) = opened(state)
    assert connect["lastCloseReason"] == "InternalServerError"
    assert connect["connectionCount"] == 1
    assert (message["baseVersion"], message["newVersion"]) == (0, 1)
    assert {item["queryId"]: item.get("journal") for item in message["modifications"]} == {
        0: 'J"1\u2028',
        2: None,
        3: None,
    }


def test_a_connection_begins_with_a_set_even_if_it_is_empty() -> None:
    """As the JavaScript client does."""
    (_, message) = opened(new_state())
    assert message["modifications"] == []


def test_old_results_stay_until_the_first_new_ones_replace_them_as_a_whole() -> None:
    """What everybody sees is always of one version."""
    state = watched("a:b", "a:c")
    state.receive(transition((0, 0, 0), (1, 0, 5), updated(0, 1), updated(1, 2)))
    state.closed(None)
    assert (value_of(state, 0), value_of(state, 1)) == (1, 2)
    opened(state)
    assert (value_of(state, 0), value_of(state, 1)) == (1, 2)
    events = state.receive(transition((0, 0, 0), (1, 0, 9), updated(1, 3)))
    assert changes(events) == {1: 3}
    assert (value_of(state, 0), value_of(state, 1)) == (None, 3)


def test_a_transition_before_the_query_set_is_known_leaves_the_old_results() -> None:
    """The server may answer `Authenticate` alone; there are no results to replace the old."""
    state = watched("a:b")
    state.receive(transition((0, 0, 0), (1, 0, 5), updated(0, 1)))
    state.mutation("a:m", {})
    sent(state)
    assert state.receive(committed(0, 8)) == []
    state.closed(None)
    opened(state)
    assert state.receive(transition((0, 0, 0), (0, 0, 9))) == []
    assert value_of(state, 0) == 1
    # Its time includes the mutation, but what is seen does not yet.
    done = state.receive(transition((0, 0, 9), (1, 0, 9), updated(0, 2)))
    assert [type(event) for event in done] == [ResultsChanged, RequestDone]


def told_again(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether a result is told when it comes first after a reconnect."""
    state = watched()
    state.receive(transition((0, 0, 0), (1, 0, 5), old))
    state.closed("gone")
    opened(state)
    return bool(state.receive(transition((0, 0, 0), (1, 0, 6), new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (updated(0, {"x": 1, "y": [1.5]}), updated(0, {"y": [1.5], "x": 1})),
        (failed(0, "[Request ID: a] no"), failed(0, "[Request ID: b] no")),
        (failed(0, "", errorData={"$bytes": ""}), failed(0, "", errorData={"$bytes": ""})),
    ],
    ids=str,
)
def test_a_result_that_comes_again_after_a_reconnect_is_not_told(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    """The server does not know what the last connection had sent; who watches saw it already."""
    assert not told_again(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (updated(0, 1), updated(0, value=True)),
        (updated(0, [0]), updated(0, [False])),
        (updated(0, None), updated(0, 0)),
        (updated(0, 1), failed(0, "no")),
        (failed(0, "no"), updated(0, 1)),
        (failed(0, "no"), failed(0, "yes")),
        (failed(0, "no"), failed(0, "no", errorData=None)),
        (failed(0, "", errorData=1), failed(0, "", errorData=2)),
    ],
    ids=str,
)
def test_a_result_that_differs_after_a_reconnect_is_told(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    """However alike they look to Python."""
    assert told_again(old, new)


def test_values_beyond_all_depth_are_told_again() -> None:
    """What cannot be compared counts as new, and breaks nothing."""
    deep: Any = 1
    for _ in range(400):
        deep = [deep]
    state = watched()
    for at in (1, 2):
        assert state.receive(transition((0, 0, 0), (1, 0, at), updated(0, deep)))
        state.closed("gone")
        opened(state)


def test_the_newest_time_seen_is_said_on_every_connection() -> None:
    """A mutation's time counts as well as a transition's, and it never goes back."""
    state = watched()
    state.mutation("a:m", {})
    sent(state)
    state.receive(transition((0, 0, 0), (1, 0, 100)))
    state.receive(committed(0, 150))
    for _ in range(2):
        state.closed(None)
        assert opened(state)[0]["maxObservedTimestamp"] == "lgAAAAAAAAA="
        state.receive(transition((0, 0, 0), (1, 0, 120)))


def test_frames_of_a_socket_that_was_given_up_are_ignored() -> None:
    """They may still be in a buffer when it breaks."""
    state = watched()
    state.closed("gone")
    assert state.receive(transition((0, 0, 0), (1, 0, 5), updated(0, 1))) == []
    assert state.receive(text(type="Nonsense")) == []
    assert state.outgoing() == []


# --- pausing


def test_nothing_is_sent_while_paused() -> None:
    """Changes gather; one message tells them, and what cancelled out is not told."""
    state = watched("a:b")
    state.pause()
    state.unsubscribe(state.subscribe("a:gone", {}))
    state.subscribe("a:c", {})
    state.unsubscribe(QueryId(0))
    state.mutation("a:m", {})
    assert sent(state) == []
    state.resume()
    messages = sent(state)
    assert kinds(messages) == ["ModifyQuerySet", "Mutation"]
    assert [item["type"] for item in messages[0]["modifications"]] == ["Add", "Remove"]
    assert (messages[0]["baseVersion"], messages[0]["newVersion"]) == (1, 2)


def test_a_socket_opened_while_paused_begins_when_resumed() -> None:
    """The usual messages go out then, with all that came meanwhile."""
    state = new_state()
    state.pause()
    assert opened(state) == []
    state.subscribe("a:b", {})
    state.resume()
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
