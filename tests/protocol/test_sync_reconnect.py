"""The query set over a reconnect: what is said again, and what is shown meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from aioconvex._protocol.sync.events import RequestDone, ResultsChanged
from aioconvex._protocol.sync.messages import QueryId
from protocol.frames import (
    committed,
    failed,
    new_state,
    opened,
    sent,
    text,
    transition,
    updated,
)
from protocol.watching import changes, value_of, watched


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
