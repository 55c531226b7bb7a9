"""Changes of observational memory happen once: with lost replies, broken connections and many tasks."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from attrs import evolve

from aioconvex import ConvexClient
from aioconvex.errors import ConvexConnectionError, MutationOutcomeUnknown, OutcomeUnknown
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, MemoryConvex, ObservationalMemory
from live.fault_proxy import Fault, FaultProxy, Kind
from mastra.memory import OURS, at
from mastra.observations import begun, chunk, latest, stored, swap

pytestmark = pytest.mark.anyio

PUBLISHED = pytest.mark.parametrize("functions", ["published"])
SAW = re.compile(r"saw (\S+)")


def record(**given: Any) -> ObservationalMemory:
    times = {"created_at": at(0), "updated_at": at(0)}
    names = {"id": "r", "scope": "thread", "thread_id": "t", "resource_id": "ada"}
    return ObservationalMemory(**{**names, **times, **given})


BEFORE = record(
    total_tokens_observed=10,
    buffered_reflection="short",
    buffered_observation_chunks=[chunk("old", 3000, token_count=5)],
)
CHANGES: dict[str, Callable[[MemoryConvex], Awaitable[object]]] = {
    "insert": lambda memory: memory.insert_observational_memory_record(record=BEFORE),
    "active": lambda memory: memory.update_active_observations(
        id="r", observations="new", token_count=3, last_observed_at=at(1)
    ),
    "append": lambda memory: memory.update_buffered_observations(id="r", chunk=chunk("new")),
    "swap": swap,
    "reflect": lambda memory: memory.create_reflection_generation(
        current_record=BEFORE, reflection="r", token_count=1
    ),
    "buffer": lambda memory: memory.update_buffered_reflection(
        id="r",
        reflection="more",
        token_count=2,
        input_token_count=3,
        reflected_observation_line_count=1,
    ),
    "swap-reflection": lambda memory: memory.swap_buffered_reflection_to_active(
        current_record=BEFORE, token_count=1
    ),
    "flag": lambda memory: memory.set_observing_flag(id="r", is_observing=True),
    "config": lambda memory: memory.update_observational_memory_config(id="r", config={"a": 1}),
}


class LostReplies:
    """Makes the client lose the reply to its next change, and lets others come in between."""

    def __init__(self, client: ConvexAdminClient, monkeypatch: pytest.MonkeyPatch) -> None:
        self._call = client.call
        self.lost = 0
        self.between: Callable[[], Awaitable[object]] | None = None
        monkeypatch.setattr(client, "call", self.call)
        monkeypatch.setattr("aioconvex.mastra._client.delay", lambda *_: 0.0)

    async def call(self, kind: Any, path: str, args: Any) -> Any:
        answer = await self._call(kind, path, args)
        if kind == "query" or self.lost:
            return answer
        self.lost += 1
        if self.between is not None:
            await self.between()
        raise MutationOutcomeUnknown(path, "the reply was lost")


async def history(memory: MemoryConvex) -> list[ObservationalMemory]:
    """All generations, without what differs from one run to the next."""
    found = await memory.get_observational_memory_history(
        thread_id="t", resource_id="ada", limit=None
    )
    return [evolve(item, updated_at=at(0), created_at=at(0), last_reflection_at=None,
                   id="" if item.generation_count else "r") for item in found]  # fmt: skip


@OURS
@pytest.mark.parametrize("name", CHANGES)
async def test_3_9_a_change_whose_reply_was_lost_is_made_once(
    memory: MemoryConvex,
    client: ConvexAdminClient,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    await memory.insert_observational_memory_record(record=BEFORE)
    answer = await CHANGES[name](memory)
    once = await history(memory)
    await memory.clear_observational_memory(thread_id="t", resource_id="ada")
    await memory.insert_observational_memory_record(record=BEFORE)
    with monkeypatch.context() as patched:
        lossy = LostReplies(client, patched)
        told = await CHANGES[name](memory)
    assert lossy.lost == 1
    assert await history(memory) == once
    if name == "swap":
        assert told == answer


@OURS
async def test_3_9_others_may_come_between_the_tries(
    memory: MemoryConvex,
    client: ConvexAdminClient,
    monkeypatch: pytest.MonkeyPatch,
    deployment: LocalDeployment,
) -> None:
    """A chunk became active before it is sent again: it must not be buffered a second time."""
    await stored(memory)
    async with ConvexClient(deployment.url) as convex:
        other = MemoryConvex(client=convex)
        lossy = LostReplies(client, monkeypatch)
        lossy.between = partial(swap, other)
        await memory.update_buffered_observations(id="r", chunk=chunk("one", 2500))
        after = await latest(other)
        assert (after.active_observations, after.buffered_observation_chunks) == ("saw one", ())
        lossy.lost = 0
        lossy.between = partial(
            other.update_active_observations,
            id="r", observations="other", token_count=2, last_observed_at=at(2),
        )  # fmt: skip
        await memory.update_active_observations(
            id="r", observations="mine", token_count=3, last_observed_at=at(1)
        )
        after = await latest(other)
        assert (after.active_observations, after.total_tokens_observed) == ("other", 5)


@OURS
async def test_what_was_changed_is_forgotten_in_time(
    memory: MemoryConvex, client: ConvexAdminClient, deployment: LocalDeployment
) -> None:
    receipts = partial(receipts_of, client)
    for name in ("r", "r2"):
        await stored(memory, name)
    for cycle in "abc":
        await memory.update_buffered_observations(id="r", chunk=chunk(cycle))
    assert await receipts() == 5
    # Where earlier tests have advanced the time, rows are of a later one than the clock's.
    load = {"op": "load", "tableName": "mastra_observational_memory", "keys": {"id": "r2"}}
    ahead = (await client.call_storage(load))["_creationTime"] / 1000 - time.time()
    await deployment.advance(max(0, ahead) + 11 * 60)
    await memory.update_buffered_observations(id="r", chunk=chunk("d"))
    assert await receipts() == 2  # the newest, and that of the other record
    await memory.clear_observational_memory(thread_id="t", resource_id="ada")
    assert await receipts() == 0


async def receipts_of(client: ConvexAdminClient) -> int:
    request = {"op": "queryTable", "tableName": "mastra_observation_receipts"}
    return len(await client.call_storage(request))


@OURS
async def test_what_was_changed_is_forgotten_with_what_the_plain_handler_deletes(
    memory: MemoryConvex, client: ConvexAdminClient
) -> None:
    """As the npm package clears a memory, and all of them."""
    for name in ("r", "r2", "r3"):
        await stored(memory, name)
        await memory.update_buffered_observations(id=name, chunk=chunk("c"))
    assert await receipts_of(client) == 6
    table = {"tableName": "mastra_observational_memory"}
    await client.call_storage({"op": "deleteMany", **table, "ids": ["r", "r2", "r", "?"]})
    assert await receipts_of(client) == 2
    await client.call_storage_until_done({"op": "clearTable", **table})
    assert await receipts_of(client) == 0
    assert await client.call_storage({"op": "queryTable", **table}) == []


@PUBLISHED
@pytest.mark.parametrize("name", ["active", "append", "swap", "buffer", "swap-reflection"])
async def test_3_9_the_published_functions_are_asked_once(
    memory: MemoryConvex,
    client: ConvexAdminClient,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    await memory.insert_observational_memory_record(record=BEFORE)
    mutation = client.convex.mutation
    changes: list[str] = []

    async def lose(path: str, args: Any = None, **options: Any) -> Any:
        answer = await mutation(path, args, **options)
        if args["op"] == "load":
            return answer
        changes.append(args["op"])
        raise MutationOutcomeUnknown(path, "the reply was lost")

    monkeypatch.setattr(client.convex, "mutation", lose)
    with pytest.raises(MutationOutcomeUnknown):
        await CHANGES[name](memory)
    assert len(changes) == 1


def seen(found: ObservationalMemory) -> Counter[str]:
    """How often each cycle's observations are there, active or buffered."""
    active = SAW.findall(found.active_observations)
    return Counter([*active, *(item.cycle_id for item in found.buffered_observation_chunks)])


async def test_two_tasks_buffer_and_one_activates(memory: MemoryConvex) -> None:
    before = await begun(memory)
    cycles = [f"{task}-{number}" for task in range(2) for number in range(15)]
    activated: list[str] = []
    left = 2

    async def buffer(task: int) -> None:
        nonlocal left
        for number in range(15):
            mine = chunk(f"{task}-{number}", 100)
            await memory.update_buffered_observations(id=before.id, chunk=mine)
        left -= 1

    async def activate() -> None:
        while left:
            found = await latest(memory)
            # As Mastra does it: with weights of chunks that were read before.
            weighed = [evolve(c, message_tokens=90) for c in found.buffered_observation_chunks]
            result = await swap(
                memory, id=before.id, message_tokens_threshold=100, current_pending_tokens=200,
                buffered_chunks=weighed,
            )  # fmt: skip
            activated.extend(result.activated_cycle_ids)
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(activate)
        for task in range(2):
            tasks.start_soon(buffer, task)
    found = await latest(memory)
    assert seen(found) == Counter(cycles)
    assert Counter(activated) == Counter(SAW.findall(found.active_observations))
    assert found.observation_token_count == len(activated) > 0


def faults(seed: int, count: int, *, gap: int) -> Iterator[Fault]:
    """Connections that break in requests, before them, and in replies."""
    numbers = random.Random(seed)
    for _ in range(count):
        kind = numbers.choice([Kind.CUT, Kind.RESET, Kind.CUT, Kind.RESET, Kind.DELAY])
        yield Fault(kind=kind, after=numbers.randrange(gap), seconds=0.01)


@pytest.fixture
async def fragile(
    deployment: LocalDeployment, memory: MemoryConvex, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[tuple[FaultProxy, MemoryConvex]]:
    """Memory over connections that break, with nobody waiting between tries."""
    await stored(memory)
    for module in ("aioconvex.mastra._client", "aioconvex._engine"):
        monkeypatch.setattr(f"{module}.delay", lambda *_: 0.0)
    port = int(deployment.url.rpartition(":")[2])
    async with (
        FaultProxy(port, faults(7, 0, gap=1)).running() as proxy,
        ConvexClient(proxy.url) as convex,
        MemoryConvex(client=convex) as fragile,
    ):
        yield proxy, fragile


@OURS
async def test_nothing_is_lost_and_nothing_twice_over_broken_connections(
    fragile: tuple[FaultProxy, MemoryConvex], memory: MemoryConvex
) -> None:
    proxy, ours = fragile
    proxy.faults = faults(3, 60, gap=2500)
    done: list[str] = []
    unknown: list[str] = []
    left = 12

    async def buffer(task: int) -> None:
        nonlocal left
        for number in range(4):
            mine = chunk(f"{task}-{number}", 100)
            try:
                await ours.update_buffered_observations(id="r", chunk=mine)
            except ConvexConnectionError:
                continue
            except OutcomeUnknown:
                unknown.append(mine.cycle_id)
                continue
            done.append(mine.cycle_id)
        left -= 1

    async def activate() -> None:
        while left:
            try:
                await swap(ours, message_tokens_threshold=100, current_pending_tokens=200)
            except (ConvexConnectionError, OutcomeUnknown):
                continue

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(activate)
        for task in range(12):
            tasks.start_soon(buffer, task)
    proxy.calm()
    found = await latest(memory)
    times = seen(found)
    assert set(times.values()) == {1}
    assert set(done) <= times.keys() <= {*done, *unknown}
    assert found.observation_token_count == len(SAW.findall(found.active_observations))
    assert proxy.struck[Kind.CUT] + proxy.struck[Kind.RESET] > 10
