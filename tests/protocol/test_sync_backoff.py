"""How long to wait before the socket is opened again, and when that is forgotten."""

from __future__ import annotations

import pytest

from aioconvex._protocol.sync.backoff import INACTIVE, SEND_FAILED, reconnect_delay
from aioconvex._protocol.sync.messages import UserToken
from aioconvex._protocol.sync.state import SyncState
from protocol.frames import committed, new_state, opened, sent, transition, updated


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [
        (None, 1.0),
        ("", 1.0),
        ("closed with code 1006", 1.0),
        ("InternalServerError", 1.0),
        ("VectorIndexesUnavailable: soon", 1.0),
        (INACTIVE, 0.1),
        (SEND_FAILED, 0.1),
        ("TooManyConcurrentRequests", 3.0),
        ("CommitterFullError: later", 3.0),
    ],
)
def test_the_reason_chooses_the_first_wait(reason: str | None, seconds: float) -> None:
    """Ours is short; an overloaded deployment is given more time."""
    assert reconnect_delay(reason, 0, 0.5) == seconds
    assert reconnect_delay(reason, 0, 0.0) == seconds / 2
    assert reconnect_delay(reason, 0, 1.0) == seconds * 1.5


def test_waits_double_up_to_sixteen_seconds() -> None:
    """Before jitter; and no number of tries is too large."""
    waits = [reconnect_delay("x", retries, 0.5) for retries in (0, 1, 2, 3, 4, 5, 100_000)]
    assert waits == [1, 2, 4, 8, 16, 16, 16]


def failing(state: SyncState, times: int) -> None:
    for _ in range(times):
        state.closed("gone")
        state.reconnect_delay(0.5)


def test_a_server_that_accepts_and_drops_is_not_hammered() -> None:
    """To be connected is not enough."""
    state = new_state()
    state.subscribe("a:b", {})
    for expected in (1, 2, 4):
        opened(state)
        state.receive(b'{"type":"Ping"}')
        state.closed("gone")
        assert state.reconnect_delay(0.5) == expected
    assert state.retries == 3


def test_tries_are_forgotten_when_all_is_confirmed() -> None:
    """Every query, request and the identity of before the restart."""
    state = new_state(UserToken("t"))
    for path in ("a:b", "a:c"):
        state.subscribe(path, {})
    state.mutation("a:m", {})
    failing(state, 3)
    opened(state)
    state.subscribe("a:later", {})
    state.mutation("a:later", {})
    sent(state)
    state.receive(transition((0, 0, 0), (1, 0, 5), updated(0, 1), updated(1, 1)))
    assert not state.synced
    state.receive(committed(0, 9))
    state.receive(transition((1, 0, 5), (1, 1, 6)))
    assert not state.synced
    assert state.retries == 3
    state.receive(transition((1, 1, 6), (1, 1, 9)))
    assert state.synced
    assert state.retries == 0


def test_what_is_given_up_need_not_be_confirmed() -> None:
    """A query that nobody watches any more, a request that was taken back."""
    state = new_state()
    query = state.subscribe("a:b", {})
    request = state.action("a:c", {})
    state.opened(0)
    state.unsubscribe(query)
    assert state.forget(request)
    sent(state)
    state.retries = 2
    state.receive(transition((0, 0, 0), (1, 0, 5)))
    assert (state.synced, state.retries) == (True, 0)
    state.closed(None)
    assert not state.synced
