"""A state that watches queries, and what it shows of them."""

from __future__ import annotations

from typing import Any

from aioconvex._protocol.sync.events import Event, ResultsChanged
from aioconvex._protocol.sync.messages import QueryId
from aioconvex._protocol.sync.outcomes import Success
from aioconvex._protocol.sync.state import SyncState
from protocol.frames import new_state, opened


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
