"""Cancelled at any point, the client goes on as if nothing had been asked of it."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from aioconvex import ConvexClient
from aioconvex._sync.runner import SyncRunner
from aioconvex.errors import ConvexError
from aioconvex.live_pages import LivePages
from aioconvex.pagination import CONVEX
from live.hostile import ANSWER, HostileServer
from live.loops import ALL_LOOPS

pytestmark = pytest.mark.anyio

MOST_POINTS = 200
RUN = SyncRunner._run  # noqa: SLF001


class Steps:
    """Awaits something, and does something else at one of the points where it waits."""

    def __init__(self, work: Awaitable[Any], point: int, act: Callable[[], None]) -> None:
        self.work = work
        self.point = point
        self.act = act
        self.reached = False

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self.work.__await__()
        sent: Any = None
        failure: BaseException | None = None
        for number in range(1_000_000):
            try:
                # Driven by hand, so that every point at which it waits is seen.
                waits = steps.send(sent) if failure is None else steps.throw(failure)
            except StopIteration as end:
                return end.value
            if number == self.point:
                self.reached = True
                self.act()
            sent, failure = None, None
            try:
                sent = yield waits
            except BaseException as error:  # noqa: BLE001  # passed on
                failure = error
        raise AssertionError("it never ends")


async def token(*, force_refresh: bool) -> str:
    """A provider, whose answer is waited for."""
    assert not force_refresh
    await anyio.lowlevel.checkpoint()
    return "e30.e30.c2ln"


def page(wire: Any) -> list[str]:
    """The items of a page, as bindings take them."""
    items: list[str] = wire["page"]
    return items


async def everything(client: ConvexClient) -> None:
    """Every kind of wait there is."""
    live = client.live()
    async with client.watch("a:watched") as one, client.watch("a:other").every() as other:
        assert await anext(one) == ANSWER
        assert await anext(other) == ANSWER
        assert await live.mutation("a:mutation", {"n": 1}) == {"n": 1}
        assert await live.action("a:action", {"n": 1}) == {"n": 1}
        assert await live.query("a:query") == ANSWER
    async with LivePages(client.watch_as("a:list", {}, page), CONVEX).sized(1) as window:
        assert await window.load_more(1)
        assert window.items == [ANSWER, ANSWER]
    await client.ready()
    both = {"one": client.watch("a:watched"), "other": client.watch("a:other")}
    assert await client.watch_all(both).once() == {"one": ANSWER, "other": ANSWER}
    await anext(client.connection_states())


def sockets() -> int:
    """How many are open; uvloop opens other things of its own, and keeps them."""
    gc.collect()
    entries = Path("/proc/self/fd").iterdir()
    return sum(
        os.path.realpath(entry).rpartition("/")[2].startswith("socket:") for entry in entries
    )


def in_use(client: ConvexClient) -> bool:
    """Whether anything is watched or in flight."""
    runner = client._socket._runner  # noqa: SLF001
    return runner is not None and not runner._state.idle  # noqa: SLF001


async def cancel_at(point: int, server: HostileServer, *, connected: bool) -> bool:
    """Cancel a caller when it waits for the nth time; tells whether it ever did."""
    async with ConvexClient(server.url, auth=token) as client:
        if connected:
            await client.ready()
        scope = anyio.CancelScope()
        steps = Steps(everything(client), point, scope.cancel)
        with anyio.fail_after(20), scope:
            await steps
        with anyio.fail_after(20):
            # What was sent is still answered, to nobody.
            assert await client.live().mutation("a:after", {"n": 2}) == {"n": 2}
            assert await client.live().action("a:after", {"n": 3}) == {"n": 3}
            while in_use(client):
                await anyio.wait_all_tasks_blocked()
            await everything(client)
        assert not in_use(client)
    return steps.reached


@ALL_LOOPS
@pytest.mark.parametrize("connected", [False, True], ids=["first use", "connected"])
async def test_a_caller_cancelled_at_any_point(connected: bool) -> None:  # noqa: FBT001
    """Nothing stays watched, nothing stays in flight, and the next use works."""
    async with HostileServer([]).running() as server:
        point = 0
        while await cancel_at(point, server, connected=connected):
            point += 1
        assert 3 < point < MOST_POINTS


async def close_at(point: int, server: HostileServer, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Close a client in use when its task waits for the nth time; tells whether it ever did."""
    reached = anyio.Event()
    steps: list[Steps] = []

    async def run_to_point(runner: SyncRunner) -> None:
        steps.append(Steps(RUN(runner), point, reached.set))
        await steps[0]

    monkeypatch.setattr(SyncRunner, "_run", run_to_point)
    client = ConvexClient(server.url, auth=token)

    async def use() -> None:
        try:
            await everything(client)
        except (ConvexError, RuntimeError) as error:
            assert "closed" in str(error)  # it may well not come
        reached.set()

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(use)
            await reached.wait()
            await client.aclose()
    return steps[0].reached


@ALL_LOOPS
async def test_a_client_closed_at_any_point_of_its_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits is told, and no task or socket is left."""
    async with HostileServer([]).running() as server:
        before = sockets()
        point = 0
        while await close_at(point, server, monkeypatch):
            point += 1
        assert 3 < point < MOST_POINTS
        with anyio.fail_after(20):
            while sockets() > before:
                await anyio.wait_all_tasks_blocked()


def test_a_program_may_end_without_closing_its_client(caplog: pytest.LogCaptureFixture) -> None:
    """Its event loop ends the task, without a word of complaint."""

    async def main() -> None:
        async with HostileServer([]).running() as server:
            client = ConvexClient(server.url)
            live = await client.watch("a:b").__aenter__()
            assert await anext(live) == ANSWER

    for backend, options in (("asyncio", {}), ("asyncio", {"use_uvloop": True}), ("trio", {})):
        anyio.run(main, backend=backend, backend_options=options)
    gc.collect()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
