"""Many tasks at once change one schedule, task, installation or key: nothing is lost or done twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import anyio
import pytest

from aioconvex.mastra import (
    BackgroundTask,
    BackgroundTasksConvex,
    ChannelInstallation,
    ChannelsConvex,
    ConvexAdminClient,
    ConvexServerCache,
    Schedule,
    SchedulesConvex,
)

pytestmark = pytest.mark.anyio

OURS = pytest.mark.parametrize("functions", ["ours"])
START = datetime(2024, 1, 1, tzinfo=UTC)


async def test_of_twenty_tasks_that_claim_a_schedule_one_wins(client: ConvexAdminClient) -> None:
    schedules = SchedulesConvex(client=client)
    target = {"type": "workflow", "workflowId": "w"}
    await schedules.create_schedule(
        Schedule(id="s", target=target, cron="* * * * *", next_fire_at=10)
    )
    won: list[str] = []

    async def claim(run_id: str) -> None:
        if await schedules.update_schedule_next_fire(
            id="s",
            expected_next_fire_at=10,
            new_next_fire_at=20,
            last_fire_at=10,
            last_run_id=run_id,
        ):
            won.append(run_id)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(claim, f"run{number}")
    stored = await schedules.get_schedule(id="s")
    assert stored is not None
    assert [stored.last_run_id] == won


@OURS
async def test_of_twenty_that_claim_each_of_ten_tasks_one_wins(client: ConvexAdminClient) -> None:
    tasks = BackgroundTasksConvex(client=client)
    for number in range(10):
        await tasks.create_task(
            BackgroundTask(
                id=f"t{number}",
                tool_name="search",
                tool_call_id="c",
                agent_id="a",
                run_id="r",
                timeout_ms=1000,
            )
        )
    won: Counter[str] = Counter()

    async def claim(task_id: str) -> None:
        if await tasks.update_task(
            task_id=task_id, status="running", expected_status="pending", started_at=START
        ):
            won[task_id] += 1

    async with anyio.create_task_group() as group:
        for number in range(200):
            group.start_soon(claim, f"t{number % 10}")
    assert won == {f"t{number}": 1 for number in range(10)}
    assert await tasks.get_running_count() == 10


@OURS
async def test_4_5_installations_saved_at_once_keep_one_created_at(
    client: ConvexAdminClient,
) -> None:
    channels = ChannelsConvex(client=client)
    kept: list[datetime] = []

    async def save(number: int) -> None:
        saved = await channels.save_installation(
            ChannelInstallation(
                id="i",
                platform="slack",
                agent_id="a",
                data={},
                created_at=START.replace(second=number),
            )
        )
        kept.append(saved.created_at)

    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(save, number)
    assert len(kept) == 10
    assert len(set(kept)) == 1


async def test_fifty_increments_and_pushes_are_fifty(client: ConvexAdminClient) -> None:
    cache = ConvexServerCache(client=client)
    counted: list[int] = []

    async def count() -> None:
        counted.append(await cache.increment("n"))

    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(count)
            tasks.start_soon(cache.list_push, "l", number)
    assert sorted(counted) == list(range(1, 51))
    assert sorted(await cache.list_from_to("l", 0)) == list(range(50))
    assert await cache.list_length("l") == 50


@OURS
async def test_fifty_indexed_pushes_have_the_indexes_of_their_places(
    client: ConvexAdminClient,
) -> None:
    cache = ConvexServerCache(client=client)
    given: dict[int, int] = {}

    async def push(number: int) -> None:
        given[await cache.list_push_indexed("l", "n", {"number": number})] = number

    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(push, number)
    items = await cache.list_from_to("l", 0)
    assert [item["index"] for item in items] == list(range(50))
    assert [item["number"] for item in items] == [given[index] for index in range(50)]
