"""Transitions that come in slices."""

from __future__ import annotations

import json
from collections import deque
from itertools import islice

import pytest

from aioconvex._protocol.sync import chunks
from aioconvex._protocol.sync.events import ResultsChanged
from aioconvex._protocol.sync.messages import QueryId
from aioconvex._protocol.sync.outcomes import Success
from aioconvex._protocol.sync.state import SyncState
from aioconvex.errors import ProtocolError
from protocol.frames import PING, chunk, fatal, new_state, opened, text, transition, updated

# An escape that stands for one character may be cut in two.
WHOLE = transition((0, 0, 0), (1, 0, 5), updated(0, "\N{GRINNING FACE}")).decode()


def watching() -> SyncState:
    state = new_state()
    state.subscribe("a:b", {})
    opened(state)
    return state


def slices(whole: str, size: int) -> list[bytes]:
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    return [chunk(at, len(pieces), piece) for at, piece in enumerate(pieces)]


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_slices_are_read_when_they_are_complete(size: int) -> None:
    """A ping between them changes nothing."""
    state = watching()
    *rest, last = slices(WHOLE, size)
    for frame in rest:
        assert state.receive(frame) == []
        assert state.receive(PING) == []
    assert isinstance(state.receive(last)[0], ResultsChanged)
    result = state.result(QueryId(0))
    assert isinstance(result, Success)
    assert result.wire == "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    "frames",
    [
        [chunk(1, 2, "x")],
        [chunk(0, 0, "x")],
        [chunk(2, 2, "x")],
        [chunk(0, 2, "x"), chunk(0, 2, "x")],
        [chunk(0, 3, "x"), chunk(2, 3, "x")],
        [chunk(0, 2, "x"), chunk(1, 3, "x")],
        [chunk(0, 2, "x", "5"), chunk(1, 2, "x", "6")],
        [chunk(0, 2, "")],
        [chunk(0, 2**32 - 1, "x")],
        [chunk(0, 1, "nonsense")],
        [chunk(0, 1, '{"type":"Ping"}')],
        [chunk(0, 1, fatal("from a slice").decode())],
        [chunk(0, 1, chunk(0, 1, "x").decode())],
    ],
    ids=lambda frames: " ".join(json.loads(frame)["chunk"][:9] for frame in frames),
)
def test_slices_that_do_not_fit_are_refused(frames: list[bytes]) -> None:
    """Then the socket is given up."""
    state = watching()
    *rest, last = frames
    for frame in rest:
        assert state.receive(frame) == []
    with pytest.raises(ProtocolError):
        state.receive(last)
    assert not state.connected
    assert not state.terminated


def test_any_other_message_discards_the_slices() -> None:
    """What would complete them is then no next slice."""
    state = watching()
    first, second = slices(WHOLE, len(WHOLE) - 5)
    state.receive(first)
    state.receive(text(type="Novelty"))
    with pytest.raises(ProtocolError, match="slice"):
        state.receive(second)


def test_a_new_connection_begins_without_slices() -> None:
    """Those of the last one are gone with it."""
    state = watching()
    first, second = slices(WHOLE, len(WHOLE) - 5)
    state.receive(first)
    state.closed("gone")
    opened(state)
    assert state.receive(first) == []
    assert state.receive(second)


@pytest.mark.parametrize("piece", ["x" * 1000, "\N{GRINNING FACE}" * 300])
def test_a_server_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    """Slices without end are refused at a limit, counted as they lie in memory."""
    monkeypatch.setattr(chunks, "MAX_MESSAGE", 20_000)
    state = watching()
    frames = (chunk(part, 50_000, piece) for part in range(20))
    for frame in islice(frames, 10):
        assert state.receive(frame) == []
    with pytest.raises(ProtocolError, match="larger than"):
        deque(map(state.receive, frames), 0)
