"""Whatever the server says, a client reconnects or raises a typed error: it neither hangs nor swells."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import AuthenticationError, ConvexError, ProtocolError
from live.frames import frame
from live.hostile import ANSWER, HostileServer, Scene, Wire, answered, honest, reply
from live.quick import hurry
from live.scenes import (
    HANDSHAKES,
    IGNORED,
    MESSAGES,
    bomb,
    chunk_text,
    deflate_bomb,
    say_nothing,
    says,
    sends,
    strangers,
    subscribed,
)

pytestmark = pytest.mark.anyio

SECONDS = 20
TOKEN = "eyJ0eX.c2VjcmV0.c2ln"
MIB = 2**20


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """No pauses; and no log records, all of which pytest would hold in memory."""
    hurry(monkeypatch)
    caplog.set_level("CRITICAL", "aioconvex.sync")


@asynccontextmanager
async def facing(
    *scenes: Scene, after: Scene = honest, **options: Any
) -> AsyncGenerator[tuple[HostileServer, ConvexClient]]:
    """A client of a server that plays these scenes; nothing may take long."""
    with anyio.fail_after(SECONDS):
        async with (
            HostileServer(scenes, after).running() as server,
            ConvexClient(server.url, **options) as client,
        ):
            yield server, client


async def first(client: ConvexClient) -> Any:
    """The first result of a query."""
    async with client.watch("any:query") as live:
        return await anext(live)


@contextmanager
def tracing() -> Generator[None]:
    """What is allocated in the block is counted."""
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


@contextmanager
def within(limit: int) -> Generator[None]:
    """The block's memory never grows by more bytes than this."""
    with tracing():
        before = tracemalloc.get_traced_memory()[0]
        yield
        grown = tracemalloc.get_traced_memory()[1] - before
    assert grown <= limit, f"{grown / MIB:.1f} MiB"


@pytest.mark.parametrize(
    "scene", [*HANDSHAKES.values(), *MESSAGES.values()], ids=[*HANDSHAKES, *MESSAGES]
)
async def test_a_client_connects_again(scene: Scene) -> None:
    """After three bad servers in a row it has the value from a good one."""
    async with facing(scene, scene, scene) as (server, client):
        assert await first(client) == ANSWER
        assert len(server.wires) == 4


@pytest.mark.parametrize("scene", IGNORED.values(), ids=IGNORED)
async def test_a_client_ignores_what_does_not_concern_it(scene: Scene) -> None:
    async with facing(scene) as (server, client):
        assert await first(client) == ANSWER
        assert len(server.wires) == 1


@pytest.mark.parametrize(
    "name", ["hangs up", "answers HTTP 503", "sends no JSON", "closes with 1011"]
)
async def test_a_client_that_never_gets_through_can_be_left_at_any_time(name: str) -> None:
    """It tries on, says so, and leaving its block does not wait for a better server."""
    scene = {**HANDSHAKES, **MESSAGES}[name]
    async with facing(after=scene) as (_, client), client.watch("any:query"):
        async for state in client.connection_states():
            if state.attempt >= 20:
                assert state.reason
                break


async def test_a_mutation_outlives_bad_servers() -> None:
    """It is answered by the first good one, and the bad ones saw the very same request."""

    async def lose_it(wire: Wire) -> None:
        await wire.upgrade()
        await wire.message("Mutation")

    scenes = (lose_it, *MESSAGES.values(), lose_it)
    async with facing(*scenes) as (server, client), client.watch("any:query"):
        assert await client.live().mutation("any:mutation", {"n": 1.0}) == {"n": 1.0}
        sent = [
            message
            for wire in server.wires
            for message in wire.received
            if message["type"] == "Mutation"
        ]
        assert len(sent) >= 3
        assert all(message == sent[0] for message in sent)


async def test_a_redirect_is_not_followed() -> None:
    """The other origin never hears of us, let alone a token."""
    async with HostileServer([]).running() as other:
        to_other = sends(reply(302, f"Location: {other.url}/api/sync"), upgraded=False)
        async with facing(to_other, to_other, auth=TOKEN) as (_, client):
            assert await first(client) == ANSWER
        assert other.wires == []


async def test_no_credentials_travel_before_the_upgrade() -> None:
    """A server that refuses the WebSocket has not seen the token."""
    refusal = sends(reply(403), upgraded=False)
    async with facing(refusal, auth=TOKEN) as (server, client):
        assert await first(client) == ANSWER
        assert all(TOKEN.encode() not in wire.head for wire in server.wires)
        assert server.wires[-1].received[1]["value"] == TOKEN


async def test_a_fatal_error_is_raised_and_final() -> None:
    """Reader and mutation get it, and no other connection is made for them."""
    fatal = says({"type": "FatalError", "error": "your messages are odd"})
    async with facing(fatal) as (server, client):
        async with client.watch("any:query") as live:
            with pytest.raises(ProtocolError, match="your messages are odd"):
                await anext(live)
            with pytest.raises(ProtocolError, match="your messages are odd"):
                await anext(live)
        assert len(server.wires) == 1


@pytest.mark.parametrize("options", [{"auth": TOKEN}, {}], ids=["token", "nobody"])
async def test_a_refused_identity_is_a_typed_error(options: dict[str, Any]) -> None:
    """It does not show the token."""
    refusal = {"error": "expired", "baseVersion": 0, "authUpdateAttempted": True}
    async with facing(after=says({"type": "AuthError", **refusal}), **options) as (_, client):
        async with client.watch("any:query") as live:
            with pytest.raises(AuthenticationError, match="expired") as caught:
                await anext(live)
        assert TOKEN not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize(
    "value",
    [{"$integer": "?"}, {"$bytes": 5}, {"$float": "AAAA"}, {"$what": 1}, [{"$integer": 1}]],
)
async def test_a_value_that_is_none_is_a_typed_error(value: Any) -> None:
    """The reader gets it; another reader is not concerned."""

    async def lie(wire: Wire) -> None:
        await wire.upgrade()
        seen = 0
        while seen < 2:
            message = await wire.message("ModifyQuerySet")
            added = message["modifications"]
            seen += len(added)
            answers = [
                answered(one["queryId"], value if one["udfPath"] == "any:bad" else ANSWER)
                for one in added
            ]
            await wire.say(**wire.transition(*answers, query_set=message["newVersion"]))
        await anyio.sleep_forever()

    async with (
        facing(lie) as (_, client),
        client.watch("any:bad") as bad,
        client.watch("any:query") as good,
    ):
        with pytest.raises(ConvexError):
            await anext(bad)
        assert await anext(good) == ANSWER


async def test_silence_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the upgrade, and after it."""
    hurry(monkeypatch, silence=0.1)
    monkeypatch.setattr("aioconvex._transport.websocket.CONNECT_SECONDS", 0.1)

    async def fall_silent(wire: Wire) -> None:
        await subscribed(wire)
        await anyio.sleep_forever()

    async with facing(say_nothing, fall_silent) as (server, client):
        assert await first(client) == ANSWER
        assert len(server.wires) >= 3


BOMBS = {
    "fragments": bomb(lambda number: frame(b"x" * MIB, 0 if number else 1, final=False), 32),
    "slices": bomb(lambda number: frame(chunk_text(number, 40_000, "x" * MIB)), 32),
    "small slices": bomb(lambda number: frame(chunk_text(number, 10**9, "x")), 5_000),
    "a declared gigabyte": bomb(lambda _: frame(b"x" * MIB, declared=2**30), 8),
    "pings": bomb(lambda _: frame(b"x" * 125, 0x9) * 100, 100),
    "unknown messages": bomb(lambda number: frame(b'{"type":"T%d"}' % number), 5_000),
    "results of unknown queries": strangers,
    "a text that swells": deflate_bomb,
}


@pytest.mark.parametrize("scene", BOMBS.values(), ids=BOMBS)
async def test_memory_stays_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a limit of 4 MiB for a message, nothing the server sends makes us hold 20 MiB."""
    for module in ("_transport.websocket", "_protocol.sync.chunks"):
        monkeypatch.setattr(f"aioconvex.{module}.MAX_MESSAGE", 4 * MIB)
    with within(20 * MIB):
        async with facing(scene, compress_live=scene is deflate_bomb) as (server, client):
            assert await first(client) == ANSWER
            assert scene is not deflate_bomb or len(server.wires) == 2


async def test_reconnecting_for_long_leaves_nothing_behind() -> None:
    """Two hundred more lost connections hold no more memory; what one holds is 5 KiB and more."""
    scene = MESSAGES["sends no JSON"]

    async with facing(after=scene) as (server, client), client.watch("any:query"):
        states = client.connection_states()

        async def held_after(attempt: int) -> int:
            async for state in states:
                server.wires.clear()
                if state.attempt >= attempt:
                    break
            gc.collect()  # what is lost hangs together in cycles
            return tracemalloc.get_traced_memory()[0]

        with tracing():
            before = await held_after(200)  # by then trio clears up after its timers
            grown = await held_after(400) - before
        assert grown <= MIB // 8, f"{grown / 1024:.0f} KiB"
