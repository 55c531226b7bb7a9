"""What the states tell of the line to the deployment."""

from __future__ import annotations

import pytest

from aioconvex import ConvexClient
from live.hostile import ANSWER, HostileServer
from live.quick import hurry
from live.scenes import HANDSHAKES

pytestmark = pytest.mark.anyio


async def test_who_follows_the_states_is_told_of_round_trips_and_reconnects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A connection that is refused was not opened; one that was lost counts."""
    hurry(monkeypatch)
    monkeypatch.setattr("aioconvex._sync.runner._LOOK_SECONDS", 0.01)
    server = HostileServer([HANDSHAKES["answers HTTP 503"]])
    async with (
        server.running(),
        ConvexClient(server.url) as client,
        client.watch("any:query") as live,
    ):
        assert await anext(live) == ANSWER
        assert (client.connection.latency, client.connection.reconnects) == (None, 0)
        async for state in client.connection_states():
            if state.latency is not None:
                assert 0 < state.latency < 10
                break
        await server.wires[-1].stream.aclose()
        async for state in client.connection_states():
            if state.reconnects == 1:
                break
