"""A thousand subscriptions that do not change cost next to nothing."""

from __future__ import annotations

import asyncio
import tracemalloc
from contextlib import AsyncExitStack

import anyio

from aioconvex import ConvexClient
from live.frames import PING, frame
from live.hostile import ANSWER, HostileServer, Wire, honest
from live.virtual_time import VirtualLoop

SUBSCRIPTIONS = 1_000
SECONDS = 300
PING_SECONDS = 5  # as Convex's servers do
MIB = 2**20


async def pinging(wire: Wire) -> None:
    """Answer everything, and ping as Convex's servers do."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(honest, wire)
        await anyio.sleep(1.3)  # so that no timer of the client's ends at the same moment
        for number in range(1, SECONDS):
            await anyio.sleep(PING_SECONDS)
            await wire.stream.send(frame(b"", PING))
            if number % 3 == 0:
                await wire.say(type="Ping")


async def idle(loop: VirtualLoop) -> tuple[float, float]:
    """Wake-ups a second and MiB of a client with its subscriptions."""
    async with HostileServer([], pinging).running() as server, AsyncExitStack() as stack:
        tracemalloc.start()
        client = await stack.enter_async_context(ConvexClient(server.url))
        for number in range(SUBSCRIPTIONS):
            live = await stack.enter_async_context(client.watch("any:query", {"number": number}))
            assert await anext(live) == ANSWER
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        before = loop.wakeups
        await anyio.sleep(SECONDS)  # takes no time: the clock jumps
        assert len(server.wires) == 1
        return (loop.wakeups - before) / SECONDS, held / MIB


def test_a_thousand_idle_subscriptions() -> None:
    """At most one wake-up a second, and 20 MiB; the server's share is counted in both."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        wakeups, held = runner.run(idle(loop))

    print(f"\n{SUBSCRIPTIONS} idle subscriptions: {wakeups:.2f} wake-ups a second, {held:.1f} MiB")  # noqa: T201
    assert wakeups <= 1
    assert held <= 20
