"""The proxy does to a connection what its schedule says, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from itertools import islice

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from live.fault_proxy import Fault, FaultProxy, Kind, schedule

pytestmark = pytest.mark.anyio

BYTES = bytes(range(256)) * 40
SLOW = [Fault(kind, 3000, 0.001, 100) for kind in (Kind.DELAY, Kind.TRICKLE, Kind.SINGLE_BYTES)]


async def echo(stream: SocketStream) -> None:
    async with stream:
        try:
            async for chunk in stream:
                await stream.send(chunk)
        except anyio.BrokenResourceError:
            return


@asynccontextmanager
async def through(faults: Iterable[Fault]) -> AsyncGenerator[tuple[SocketStream, FaultProxy]]:
    """A connection to an echoing server with these faults between."""
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        port = listener.extra(SocketAttribute.local_port)
        async with (
            anyio.create_task_group() as tasks,
            FaultProxy(port, iter(faults)).running() as proxy,
        ):
            tasks.start_soon(listener.serve, echo)
            with anyio.fail_after(20):
                host, _, client_port = proxy.url.removeprefix("http://").partition(":")
                async with await anyio.connect_tcp(host, int(client_port)) as stream:
                    yield stream, proxy
            tasks.cancel_scope.cancel()


async def drain(stream: SocketStream) -> None:
    async for _ in stream:
        pass


async def exchange(stream: SocketStream) -> bytes:
    """Send everything, and take what comes back until the end or all of it."""
    received = b""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stream.send, BYTES)
        while len(received) < len(BYTES):
            received += await stream.receive()
    return received


@pytest.mark.parametrize("faults", [[], SLOW], ids=["none", "slow"])
async def test_what_is_slow_arrives_whole(faults: list[Fault]) -> None:
    async with through(faults) as (stream, proxy):
        assert await exchange(stream) == BYTES
        assert [*proxy.struck.elements()] == [fault.kind for fault in faults]


async def test_a_cut_ends_the_stream_at_its_byte() -> None:
    async with through([Fault(Kind.CUT, 8)]) as (stream, _):
        await stream.send(b"hello")
        assert await stream.receive() == b"hel"
        with pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
            await stream.receive()


async def test_a_reset_is_an_error() -> None:
    async with through([Fault(Kind.RESET, 7)]) as (stream, _):
        await stream.send(b"hello")
        with pytest.raises(anyio.BrokenResourceError):  # what has passed may be lost, or not
            await drain(stream)


async def test_silence_says_nothing_and_ends_with_the_client() -> None:
    async with through([Fault(Kind.SILENCE, 5)]) as (stream, proxy):
        await stream.send(b"hello, is anybody there?")
        with anyio.move_on_after(0.2) as waiting:
            await stream.receive()
        assert waiting.cancelled_caught
        await stream.aclose()
        await proxy.wait_unused()


def test_a_seed_gives_the_same_schedule_with_every_kind() -> None:
    once, again = (list(islice(schedule(7, gap=1000), 400)) for _ in range(2))
    assert once == again
    assert {fault.kind for fault in once} == set(Kind)
    assert once != list(islice(schedule(8, gap=1000), 400))
