"""How the connection does can be asked and followed, and where its task lives."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from datetime import UTC, datetime

import anyio
import pytest
import uvloop

from aioconvex import ConvexClient, LiveConnection
from aioconvex.errors import AuthenticationError
from live.hostile import ANSWER, HostileServer, Wire, answered, honest
from live.quick import hurry

pytestmark = pytest.mark.anyio


async def hang_up(wire: Wire) -> None:
    await wire.upgrade()


async def test_its_states_can_be_followed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """From idle to in sync, through a loss with its reason."""
    hurry(monkeypatch, pause=0.05)
    caplog.set_level(logging.INFO, "aioconvex.sync")
    async with HostileServer([hang_up]).running() as server, ConvexClient(server.url) as client:
        assert client.connection == LiveConnection()
        states: list[LiveConnection] = []

        async def follow() -> None:
            async for state in client.connection_states():
                states.append(state)
                if state.synced:
                    break

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow)
            await anyio.wait_all_tasks_blocked()
            assert await client.watch("a:b").once() == ANSWER

        phases = [state.phase for state in states]
        assert phases[0] == "idle"
        lost = states[phases.index("reconnecting")]
        assert (lost.attempt, lost.reason, lost.synced) == (1, "closed with code 1006", False)
        assert phases[-1] == client.connection.phase == "connected"
        assert (states[-1].reason, states[-1].attempt) == (None, 0)
        assert states[-1].last_synced is not None
    assert "not connected (closed with code 1006): the next try is in" in caplog.text


async def test_a_connection_that_cannot_be_opened_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A lost one is everyday; but who watches in vain is told by default."""
    hurry(monkeypatch)
    caplog.set_level(logging.INFO, "aioconvex.sync")
    scenes = [hang_up, hang_up, hang_up]
    async with HostileServer(scenes).running() as server, ConvexClient(server.url) as client:
        assert await client.watch("a:b").once() == ANSWER
    told = [record.levelname for record in caplog.records if "next try" in record.getMessage()]
    assert told == ["INFO", "WARNING", "WARNING"]
    assert caplog.records[-1].getMessage() == "connected again"


async def test_when_all_was_last_up_to_date_is_known_without_followers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also if nobody asked while it was."""
    hurry(monkeypatch, pause=60.0)

    async def lose_it(wire: Wire) -> None:
        await wire.upgrade()
        await wire.message("ModifyQuerySet")
        await wire.say(**wire.transition(answered(0), query_set=1))

    async with HostileServer([lose_it]).running() as server, ConvexClient(server.url) as client:
        began = datetime.now(UTC)
        async with client.watch("a:b") as live:
            assert await anext(live) == ANSWER
            runner = client._socket._runner  # noqa: SLF001  # to ask would be to note the time
            assert runner is not None
            with anyio.fail_after(10):
                while runner._connection is not None:  # noqa: SLF001
                    await anyio.wait_all_tasks_blocked()
            assert not client.connection.synced
            synced = client.connection.last_synced
            assert synced is not None
            assert began <= synced <= datetime.now(UTC)


async def test_who_follows_a_failed_connection_sees_the_next_one() -> None:
    """What is watched after a failure begins anew."""
    refusal = {"error": "no", "baseVersion": 0, "authUpdateAttempted": True}

    async def refuse(wire: Wire) -> None:
        await wire.upgrade()
        await wire.message("ModifyQuerySet")
        await wire.say(type="AuthError", **refusal)

    async with HostileServer([refuse]).running() as server, ConvexClient(server.url) as client:
        with pytest.raises(AuthenticationError):
            await client.ready()
        states = client.connection_states()
        failed = await anext(states)
        assert (failed.phase, failed.reason) == ("failed", "no")
        assert await client.watch("a:b").once() == ANSWER
        with anyio.fail_after(10):
            async for state in states:
                if state.synced:
                    break
        assert client.connection.reason is None


async def test_what_is_in_flight_is_counted() -> None:
    """Until it is answered."""
    answer = anyio.Event()

    async def wait(wire: Wire) -> None:
        await wire.upgrade()
        for kind in ("ModifyQuerySet", "Mutation", "Action"):
            await wire.message(kind)
        await answer.wait()

    async with HostileServer([wait]).running() as server, ConvexClient(server.url) as client:
        counts: list[tuple[int, int]] = []

        async def follow() -> None:
            async for state in client.connection_states():
                count = (state.mutations_in_flight, state.actions_in_flight)
                if count not in counts:
                    counts.append(count)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow)
            await anyio.wait_all_tasks_blocked()
            for call in (client.live().mutation, client.live().action):
                tasks.start_soon(call, "a:b")
            await anyio.wait_all_tasks_blocked()
            now = client.connection
            assert (now.mutations_in_flight, now.actions_in_flight) == (1, 1)
            tasks.cancel_scope.cancel()
        assert counts[0] == (0, 0)
        assert counts[-1] == (1, 1)


async def test_ready_waits_for_what_is_watched() -> None:
    """And opens the connection if nothing is."""
    asked = anyio.Event()
    answer = anyio.Event()

    async def late(wire: Wire) -> None:
        await wire.upgrade()
        await wire.message("ModifyQuerySet")
        asked.set()
        await answer.wait()
        await wire.say(**wire.transition(query_set=1))
        await wire.message("no such message")

    async with HostileServer([late]).running() as server, ConvexClient(server.url) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.ready)
            with anyio.fail_after(10):
                await asked.wait()
            assert not client.connection.synced
            answer.set()
        assert client.connection.synced
        await client.ready()


async def test_who_stops_following_is_forgotten() -> None:
    """By breaking out of the loop alone."""
    async with HostileServer([]).running() as server, ConvexClient(server.url) as client:
        states = client.connection_states()
        await anext(states)
        gone = weakref.ref(states)
        del states
        gc.collect()
        assert gone() is None
        await client.ready()


async def test_one_task_may_open_a_client_and_another_close_it() -> None:
    """As fixtures and web frameworks do; a task group would not have it."""
    async with HostileServer([]).running() as server:
        client = ConvexClient(server.url)

        async def open_it() -> None:
            await client.__aenter__()
            assert await client.watch("a:b").once() == ANSWER

        async def close_it() -> None:
            await client.__aexit__(None, None, None)

        for step in (open_it, close_it):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(step)
        closed = client.connection
        assert (closed.phase, closed.reason) == ("idle", "the client was closed")


async def test_without_a_block_it_ends_when_nothing_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So a forgotten client costs nothing for long."""
    monkeypatch.setattr("aioconvex._sync.runner._IDLE_SECONDS", 0.01)
    monkeypatch.setattr("aioconvex._sync.runner._LOOK_SECONDS", 0.01)
    closed = anyio.Event()

    async def scene(wire: Wire) -> None:
        try:
            await honest(wire)
        finally:
            closed.set()

    async with HostileServer([scene]).running() as server:
        assert await ConvexClient(server.url).watch("a:b").once() == ANSWER
        with anyio.fail_after(10):
            await closed.wait()


def test_on_uvloop() -> None:
    """As on asyncio's own loop."""

    async def main() -> None:
        async with HostileServer([]).running() as server, ConvexClient(server.url) as client:
            async with client.watch("a:b") as live:
                assert await anext(live) == ANSWER
                large = {"text": "x" * 2**18}  # which comes in many pieces
                assert await client.live().mutation("a:c", large) == large
            await client.ready()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
