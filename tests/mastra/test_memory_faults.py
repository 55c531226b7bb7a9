"""Many tasks write to one thread while connections break: nothing lost, nothing twice."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import ConvexConnectionError, ConvexError, OutcomeUnknown
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, MastraError, MemoryConvex, Message, Thread
from live.fault_proxy import Fault, FaultProxy, Kind
from mastra.memory import OURS, at, ids, message, stored, thread

pytestmark = pytest.mark.anyio

TASKS = 50
BROKEN = (OutcomeUnknown, ConvexConnectionError)


def faults(seed: int, count: int, *, gap: int) -> Iterator[Fault]:
    """Connections that break in requests, before them, and in replies."""
    numbers = random.Random(seed)
    for _ in range(count):
        kind = numbers.choice([Kind.CUT, Kind.RESET, Kind.CUT, Kind.RESET, Kind.DELAY])
        yield Fault(kind=kind, after=numbers.randrange(gap), seconds=0.01)


@pytest.fixture
async def proxy(
    deployment: LocalDeployment,
    client: ConvexAdminClient,  # noqa: ARG001  # empties the deployment
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[FaultProxy]:
    """Breaks connections to the deployment, and lets nobody wait between tries."""
    for module in ("aioconvex.mastra._client", "aioconvex._engine"):
        monkeypatch.setattr(f"{module}.delay", lambda *_: 0.0)
    port = int(deployment.url.rpartition(":")[2])
    async with FaultProxy(port, faults(7, 0, gap=1)).running() as proxy:
        yield proxy


@pytest.fixture
async def fragile(proxy: FaultProxy, memory: MemoryConvex) -> AsyncGenerator[MemoryConvex]:
    """Memory over connections that break; its first is made when the test has said how."""
    await memory.save_thread(thread=thread("t"))
    async with ConvexClient(proxy.url) as convex, MemoryConvex(client=convex) as fragile:
        yield fragile


async def until_done(call: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await call()
        except BROKEN:
            continue
        return


async def watch_updated_at(memory: MemoryConvex, seen: list[Any]) -> None:
    """Look at the thread again and again, over a connection that does not break."""
    while True:
        found = await memory.get_thread_by_id(thread_id="t")
        assert found is not None
        seen.append(found.updated_at)
        await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("seed", [1, 2])
async def test_6_messages_of_fifty_tasks_survive_broken_connections(
    proxy: FaultProxy, fragile: MemoryConvex, memory: MemoryConvex, seed: int
) -> None:
    proxy.faults = faults(seed, 60, gap=2500)
    seen: list[Any] = []

    async def save(task: int) -> None:
        for number in range(3):
            mine = [message(f"{task:02}-{number}-{part}", task) for part in range(2)]
            await until_done(partial(fragile.save_messages, messages=mine))

    async with anyio.create_task_group() as watching:
        watching.start_soon(watch_updated_at, memory, seen)
        async with anyio.create_task_group() as tasks:
            for task in range(TASKS):
                tasks.start_soon(save, task)
        watching.cancel_scope.cancel()
    proxy.calm()
    found = await memory.list_messages(thread_id="t", per_page=False)
    expected = [f"{t:02}-{n}-{p}" for t in range(TASKS) for n in range(3) for p in range(2)]
    assert sorted(ids(found.messages)) == expected
    assert found.total == len(expected)
    assert seen == sorted(seen)
    assert seen[-1] > at(0)
    assert proxy.struck[Kind.CUT] + proxy.struck[Kind.RESET] > 10


@OURS
@pytest.mark.parametrize("seed", [3, 4])
async def test_6_updates_of_metadata_are_counted_once_over_broken_connections(
    proxy: FaultProxy, fragile: MemoryConvex, memory: MemoryConvex, seed: int
) -> None:
    """An update whose outcome is unknown is reported rather than repeated."""
    proxy.faults = faults(seed, 30, gap=1500)
    done, unknown = 0, 0

    def increment(found: Thread) -> Mapping[str, Any]:
        return {"n": found.metadata.get("n", 0) + 1}

    async def update() -> None:
        nonlocal done, unknown
        try:
            await fragile.update_thread_metadata(id="t", update=increment)
        except ConvexConnectionError:
            return
        except OutcomeUnknown:
            unknown += 1
            return
        done += 1

    async with anyio.create_task_group() as tasks:
        for _ in range(30):
            tasks.start_soon(update)
    proxy.calm()
    found = await memory.get_thread_by_id(thread_id="t")
    assert found is not None
    assert done <= found.metadata["n"] <= done + unknown
    assert proxy.struck[Kind.CUT] + proxy.struck[Kind.RESET] > 5


async def test_6_changes_and_deletions_survive_broken_connections(
    proxy: FaultProxy, fragile: MemoryConvex, memory: MemoryConvex
) -> None:
    messages = [message(f"{n:02}", n) for n in range(30)]
    await memory.save_messages(messages=messages)
    proxy.faults = faults(5, 30, gap=1500)

    async def change(task: int) -> None:
        await until_done(lambda: fragile.delete_messages(message_ids=[f"{task:02}"]))
        await until_done(lambda: fragile.update_resource(resource_id="r", metadata={f"{task}": 1}))

    async with anyio.create_task_group() as tasks:
        for task in range(20):
            tasks.start_soon(change, task)
    proxy.calm()
    assert ids((await memory.list_messages(thread_id="t")).messages) == ids(messages[20:])
    found = await memory.get_resource_by_id(resource_id="r")
    assert found is not None
    assert found.metadata == {f"{task}": 1 for task in range(20)}


async def test_a_save_of_many_says_which_batch_failed(
    memory: MemoryConvex, monkeypatch: pytest.MonkeyPatch
) -> None:
    await memory.save_thread(thread=thread("t"))
    backend = await memory._backend()  # noqa: SLF001  # where the failure is put in
    save = backend.save_messages

    async def fail_the_second(rows: Any) -> None:
        if rows[0].id == "0500":
            raise ConvexError("no connection")
        await save(rows)

    monkeypatch.setattr(backend, "save_messages", fail_the_second)
    messages = [message(f"{n:04}", n) for n in range(1200)]
    with pytest.raises(MastraError, match=r"messages 500 to 999 .* failed") as caught:
        await memory.save_messages(messages=messages)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_SAVE_MESSAGES_BATCH_FAILED"
    assert caught.value.details["written"] == 500
    assert caught.value.details["failedIds"] == [f"{n:04}" for n in range(500, 1000)]
    assert str(caught.value.__cause__) == "no connection"
    assert (await memory.list_messages(thread_id="t", per_page=0, include=[])).total == 0
    assert (await memory.list_messages(thread_id="t", per_page=1)).total == 500


@OURS
async def test_a_thread_that_cannot_be_given_away_is_given_back(
    memory: MemoryConvex, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [
        message(f"{n:04}", n, resource_id="eve" if n % 7 == 0 else "ada") for n in range(600)
    ]
    await stored(memory, *messages)
    before = await memory.get_thread_by_id(thread_id="t")
    backend = await memory._backend()  # noqa: SLF001  # as above
    give = backend.give_thread

    async def fail_at_last(given: Thread, resource_id: str, cursor: str | None) -> Any:
        owners, goes_on = await give(given, resource_id, cursor)
        if cursor is not None:
            raise ConvexError("no connection")
        return owners, goes_on

    monkeypatch.setattr(backend, "give_thread", fail_at_last)
    with pytest.raises(ConvexError, match="no connection"):
        await memory.update_thread_resource_id(thread_id="t", resource_id="bob")
    found: list[Message] = [m async for m in memory.iter_messages(thread_id="t")]
    # What the failed call itself changed is not known.
    assert found[:250] == messages[:250]
    assert {m.resource_id for m in found[250:]} >= {"ada", "eve"}
    assert await memory.get_thread_by_id(thread_id="t") == before
