"""Deleting goes on in as many calls as it takes, however large the rows are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aioconvex.mastra import (
    BackgroundTask,
    BackgroundTasksConvex,
    ConvexAdminClient,
    MemoryConvex,
    SchedulesConvex,
    ScheduleTrigger,
)
from mastra.memory import at, message, thread
from mastra.observations import chunk, stored, swap

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("functions", ["ours"]),
    pytest.mark.parametrize("anyio_backend", ["asyncio"]),
]

# One call reads 16 MiB, and what it deletes it reads once more.
ROWS = 10
LARGE = "x" * 900_000

Use = Callable[[ConvexAdminClient, int], Awaitable[object]]
Clear = Callable[[ConvexAdminClient], Awaitable[object]]


def other(client: ConvexAdminClient, number: int) -> Awaitable[Any]:
    record = {"id": f"o{number}", "text": LARGE}
    return client.call_storage({"op": "insert", "tableName": "other", "record": record})


def task(client: ConvexAdminClient, number: int) -> Awaitable[None]:
    names: dict[str, Any] = {
        "tool_name": "search",
        "tool_call_id": "c",
        "agent_id": "a",
        "run_id": "r",
    }
    large = BackgroundTask(id=f"t{number}", **names, timeout_ms=1, args={"text": LARGE})
    return BackgroundTasksConvex(client=client).create_task(large)


def trigger(client: ConvexAdminClient, number: int) -> Awaitable[ScheduleTrigger]:
    fired: dict[str, Any] = {"scheduled_fire_at": number, "actual_fire_at": number}
    large = ScheduleTrigger(schedule_id="s", outcome="failed", error=LARGE, **fired)
    return SchedulesConvex(client=client).record_trigger(large)


async def observed(client: ConvexAdminClient, number: int) -> None:
    """A generation, and the receipt of an activation, which holds as much once more."""
    memory, id_ = MemoryConvex(client=client), f"g{number}"
    await stored(memory, id_, generation_count=number)
    large = chunk("c", 3000, observations=LARGE[: len(LARGE) // 2])
    await memory.update_buffered_observations(id=id_, chunk=large)
    await swap(memory, id=id_, last_observed_at=at(0))


def cleared(table: str) -> Clear:
    return lambda c: c.call_storage_until_done({"op": "clearTable", "tableName": table})


@pytest.mark.parametrize(
    ("table", "fill", "clear"),
    [
        pytest.param("other", other, cleared("other"), id="documents"),
        pytest.param(
            "mastra_background_tasks", task, cleared("mastra_background_tasks"), id="tasks"
        ),
        pytest.param(
            "mastra_schedule_triggers",
            trigger,
            lambda c: SchedulesConvex(client=c).delete_schedule(id="s"),
            id="triggers",
        ),
        pytest.param(
            "mastra_observation_receipts",
            observed,
            lambda c: MemoryConvex(client=c).clear_observational_memory(
                thread_id="t", resource_id="ada"
            ),
            id="generations",
        ),
    ],
)
async def test_large_rows_are_deleted_in_parts(
    client: ConvexAdminClient, table: str, fill: Use, clear: Clear
) -> None:
    async def rows() -> int:
        window = {"pageSize": 1, "cursor": None}
        return len(await client.call_storage({"op": "queryTable", "tableName": table, **window}))

    for number in range(ROWS):
        await fill(client, number)
    assert await rows() == 1
    await clear(client)
    assert await rows() == 0
    found = await MemoryConvex(client=client).get_observational_memory_history(
        thread_id="t", resource_id="ada"
    )
    assert found == []


async def test_messages_of_large_threads_are_deleted_in_parts(client: ConvexAdminClient) -> None:
    """The threads are read and written too."""
    memory = MemoryConvex(client=client)
    numbers = range(5)
    for n in numbers:
        await memory.save_thread(thread=thread(f"t{n}", metadata={"text": LARGE}))
        await memory.save_messages(messages=[message(f"m{n}", thread_id=f"t{n}", content=LARGE)])
    await memory.delete_messages(message_ids=[f"m{n}" for n in numbers])
    for n in numbers:
        assert (await memory.list_messages(thread_id=f"t{n}")).messages == []
        found = await memory.get_thread_by_id(thread_id=f"t{n}")
        assert found is not None
        assert found.updated_at > found.created_at
