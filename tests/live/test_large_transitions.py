"""A transition may be far longer than any one result: all that is watched comes in it at once."""

from __future__ import annotations

from typing import Final

import anyio
import pytest

from aioconvex import ConvexClient
from live.hostile import HostileServer, Wire, answered

# A matter of sizes: one event loop is enough.
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

SECONDS: Final = 60
# A result may have 16 MiB; as JSON each of these quotes is two bytes.
LARGE: Final = '"' * (12 * 2**20)
QUERIES: Final = ("any:one", "any:two", "any:three")


async def all_at_once(wire: Wire) -> None:
    """Answer all queries in one transition, as a server does after a reconnect."""
    await wire.upgrade()
    added: list[int] = []
    version = 0
    while len(added) < len(QUERIES):
        message = await wire.message("ModifyQuerySet")
        added += [one["queryId"] for one in message["modifications"]]
        version = message["newVersion"]
    results = [answered(query, LARGE) for query in added]
    await wire.say(**wire.transition(*results, query_set=version))
    await anyio.sleep_forever()


async def test_large_results_come_in_one_message() -> None:
    """Of 72 MiB here; WebSocket libraries refuse it unless they are told to take it."""
    with anyio.fail_after(SECONDS):
        async with (
            HostileServer([all_at_once]).running() as server,
            ConvexClient(server.url) as client,
            client.watch_all({path: client.watch(path) for path in QUERIES}) as live,
        ):
            results = await anext(live)
            assert all(results[path] == LARGE for path in QUERIES)
            assert len(server.wires) == 1
