"""Whoever waits for what is over is told, whoever ended it; and nothing goes on that nobody needs."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import anyio
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import AuthenticationError
from aioconvex.live_pages import LivePages
from aioconvex.pagination import CONVEX
from live.hostile import ANSWER, HostileServer, Wire, answered
from live.quick import hurry

pytestmark = pytest.mark.anyio


async def silent(wire: Wire) -> None:
    """Accept the connection, read, and answer nothing."""
    await wire.upgrade()
    await wire.message("no such message")


async def told(wait: Callable[[], Awaitable[object]], end: Callable[[], Awaitable[object]]) -> str:
    """What is raised to who waits, when somebody else ends it."""
    raised: list[Exception] = []

    async def waiting() -> None:
        try:
            await wait()
        except Exception as error:  # noqa: BLE001  # whatever it is
            raised.append(error)

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(waiting)
            await anyio.wait_all_tasks_blocked()
            await end()
    return repr(raised[0])


async def test_a_reader_is_told_when_the_block_is_left() -> None:
    """By another task, while it waits for a result that will not come any more."""
    async with HostileServer([silent]).running() as server, ConvexClient(server.url) as client:
        live = await client.watch("a:b").__aenter__()
        error = await told(lambda: anext(live), lambda: live.__aexit__(None, None, None))
        assert error.startswith("RuntimeError('a:b: its block was left")


async def test_who_loads_more_is_told_when_the_block_is_left() -> None:
    """The list is not loaded any further."""
    async with HostileServer([silent]).running() as server, ConvexClient(server.url) as client:
        pages = LivePages(client.watch("a:list"), CONVEX)
        await pages.__aenter__()
        error = await told(lambda: pages.load_more(5), lambda: pages.__aexit__(None, None, None))
        assert error.startswith("RuntimeError('a:list: its block was left")


async def test_who_wanted_to_be_ready_does_not_disturb_the_next_session() -> None:
    """Which a quicker reader has begun before it was told of the end of this one."""
    refusal = {"error": "no", "baseVersion": 0, "authUpdateAttempted": True}

    async def refuse(wire: Wire) -> None:
        await wire.upgrade()
        await wire.message("ModifyQuerySet")
        await wire.say(type="AuthError", **refusal)

    async with HostileServer([refuse]).running() as server, ConvexClient(server.url) as client:

        async def ready() -> None:
            with pytest.raises(AuthenticationError):
                await client.ready()

        async with anyio.create_task_group() as tasks, client.watch("a:b") as live:
            tasks.start_soon(ready)
            with pytest.raises(AuthenticationError):
                await anext(live)
            assert await client.watch("a:c").once() == ANSWER
        runner = client._socket._runner  # noqa: SLF001
        assert runner is not None
        assert runner._awaited == 0  # noqa: SLF001


async def test_no_connection_is_made_that_nobody_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who watched has left while the client waited to try again."""
    hurry(monkeypatch, pause=0.05)

    async def lose_it(wire: Wire) -> None:
        await wire.upgrade()
        await wire.message("ModifyQuerySet")
        await wire.say(**wire.transition(answered(0), query_set=1))

    async with HostileServer([lose_it]).running() as server, ConvexClient(server.url) as client:
        states = client.connection_states()
        async with client.watch("a:b") as live:
            assert await anext(live) == ANSWER
            async for state in states:
                if state.phase == "reconnecting":
                    break
        with anyio.fail_after(10):
            async for state in states:
                assert state.phase != "connecting"
                if state.phase in {"idle", "connected"}:
                    break
        assert len(server.wires) == 1


async def test_a_storm_of_readers_leaves_nothing() -> None:
    """A thousand come and go, some cancelled, for the same queries and for others."""
    numbers = random.Random(6)

    async def visit(client: ConvexClient) -> None:
        query = client.watch("a:b", {"n": numbers.randrange(50)})
        with anyio.move_on_after(numbers.choice([0, 0.001, 60])):
            if numbers.random() < 0.5:
                assert await query.once() == ANSWER
            else:
                async with query as live:
                    assert await anext(live) == ANSWER

    async with HostileServer([]).running() as server, ConvexClient(server.url) as client:
        with anyio.fail_after(20):
            for _ in range(10):
                async with anyio.create_task_group() as tasks:
                    for _ in range(100):
                        tasks.start_soon(visit, client)
            await client.live().mutation("a:after")  # the server has read all before it
        runner = client._socket._runner  # noqa: SLF001
        assert runner is not None
        assert runner._state.idle  # noqa: SLF001
        assert runner._watchers == {}  # noqa: SLF001
        (wire,) = server.wires
        watched: set[int] = set()
        for message in wire.received:
            for change in message.get("modifications", ()):
                (watched.add if change["type"] == "Add" else watched.remove)(change["queryId"])
        assert watched == set()
