"""Many tasks change what is stored while connections break: nothing is lost, and nothing done twice."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import ConvexConnectionError, OutcomeUnknown
from aioconvex.local import LocalDeployment
from aioconvex.mastra import (
    BackgroundTask,
    BackgroundTasksConvex,
    MastraError,
    NewScore,
    Schedule,
    SchedulesConvex,
    ScheduleTrigger,
    ScoresConvex,
    WorkflowsConvex,
)
from live.fault_proxy import Fault, FaultProxy, Kind

pytestmark = pytest.mark.anyio

NAMES: dict[str, Any] = {"workflow_name": "w", "run_id": "1"}
SLOTS = 50


def faults(seed: int, count: int, *, gap: int) -> Iterator[Fault]:
    """Connections that break in requests, before them, and in replies."""
    numbers = random.Random(seed)
    for _ in range(count):
        kind = numbers.choice([Kind.CUT, Kind.RESET, Kind.CUT, Kind.RESET, Kind.DELAY])
        yield Fault(kind=kind, after=numbers.randrange(gap), seconds=0.01)


@pytest.fixture
async def proxy(
    deployment: LocalDeployment, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[FaultProxy]:
    """Breaks connections to the deployment, and lets nobody wait between tries."""
    for module in ("aioconvex.mastra._client", "aioconvex._engine"):
        monkeypatch.setattr(f"{module}.delay", lambda *_: 0.0)
    await deployment.reset()
    port = int(deployment.url.rpartition(":")[2])
    async with FaultProxy(port, faults(7, 0, gap=1)).running() as proxy:
        yield proxy


@pytest.fixture
async def workflows(proxy: FaultProxy) -> AsyncGenerator[WorkflowsConvex]:
    async with ConvexClient(proxy.url) as convex, WorkflowsConvex(client=convex) as workflows:
        await workflows.persist_workflow_snapshot(
            **NAMES, snapshot={"status": "running", "context": {}}
        )
        yield workflows


@pytest.mark.parametrize("seed", [1, 2])
async def test_6_results_of_fifty_tasks_survive_broken_connections(
    proxy: FaultProxy, workflows: WorkflowsConvex, seed: int
) -> None:
    proxy.faults = faults(seed, 60, gap=1500)

    async def finish(slot: int) -> None:
        output = [slot if at == slot else None for at in range(SLOTS)]
        result = {"status": "success", "output": output}
        while True:
            try:
                await workflows.update_workflow_results(**NAMES, step_id="s", result=result)
            except (OutcomeUnknown, ConvexConnectionError):
                continue
            return

    async with anyio.create_task_group() as tasks:
        for slot in range(SLOTS):
            tasks.start_soon(finish, slot)
    proxy.calm()
    snapshot = await workflows.load_workflow_snapshot(**NAMES)
    assert snapshot is not None
    assert snapshot["context"]["s"] == {"status": "success", "output": list(range(SLOTS))}
    assert proxy.struck[Kind.CUT] + proxy.struck[Kind.RESET] > 10
    assert (await workflows.list_workflow_runs()).total == 1


@pytest.mark.parametrize("seed", [6, 7])
async def test_6_scores_of_fifty_tasks_survive_broken_connections(
    proxy: FaultProxy, seed: int
) -> None:
    proxy.faults = faults(seed, 60, gap=1500)

    async def save(number: int) -> None:
        score = NewScore(
            id=f"s{number}", scorer_id="tone", run_id="r", scorer={}, input={"$n": number},
            output=None, score=number, source="TEST",
        )  # fmt: skip
        while True:
            try:
                saved = await scores.save_score(score)
            except (OutcomeUnknown, ConvexConnectionError):
                continue
            assert (saved.id, saved.input) == (f"s{number}", {"$n": number})
            return

    async with ConvexClient(proxy.url) as convex, ScoresConvex(client=convex) as scores:
        async with anyio.create_task_group() as tasks:
            for number in range(SLOTS):
                tasks.start_soon(save, number)
        proxy.calm()
        page = await scores.list_scores_by_run_id(run_id="r", per_page="all")
    assert sorted(score.score for score in page.scores) == list(range(SLOTS))
    assert proxy.struck[Kind.CUT] + proxy.struck[Kind.RESET] > 10


@pytest.mark.parametrize("functions", ["ours"])
@pytest.mark.parametrize("seed", [3, 4, 5])
async def test_6_a_guarded_change_is_won_by_one_task_over_broken_connections(
    proxy: FaultProxy, workflows: WorkflowsConvex, seed: int
) -> None:
    won: list[int] = []
    unknown: list[int] = []

    async def claim(names: dict[str, Any], task: int) -> None:
        try:
            state = await workflows.update_workflow_state(
                **names, opts={"status": "success", "by": task}, expected_status="running"
            )
        except (OutcomeUnknown, ConvexConnectionError):
            unknown.append(task)
            return
        if state is not None:
            assert state["by"] == task
            won.append(task)

    contest = 0
    while proxy.struck[Kind.CUT] + proxy.struck[Kind.RESET] < 15:
        contest += 1
        won.clear()
        unknown.clear()
        names: dict[str, Any] = {"workflow_name": "w", "run_id": f"contest {contest}"}
        await workflows.persist_workflow_snapshot(
            **names, snapshot={"status": "running", "context": {}}
        )
        proxy.faults = faults(seed + contest, 16, gap=800)
        async with anyio.create_task_group() as tasks:
            for task in range(20):
                tasks.start_soon(claim, names, task)
        proxy.calm()
        snapshot = await workflows.load_workflow_snapshot(**names)
        assert snapshot is not None
        assert won == [snapshot["by"]] or (not won and snapshot["by"] in unknown)


@pytest.mark.parametrize("seed", [8])
async def test_6_triggers_of_fifty_tasks_survive_broken_connections(
    proxy: FaultProxy, seed: int
) -> None:
    proxy.faults = faults(seed, 60, gap=1500)

    async def record(number: int) -> None:
        trigger = ScheduleTrigger(
            id=f"t{number}", schedule_id="s", scheduled_fire_at=number, actual_fire_at=number,
            outcome="published", metadata={"$n": number},
        )  # fmt: skip
        unsure = False
        while True:
            try:
                await schedules.record_trigger(trigger)
            except (OutcomeUnknown, ConvexConnectionError):
                unsure = True
                continue
            except MastraError as error:
                assert unsure
                assert error.id.endswith("_ALREADY_EXISTS")
            return

    async with ConvexClient(proxy.url) as convex, SchedulesConvex(client=convex) as schedules:
        async with anyio.create_task_group() as tasks:
            for number in range(SLOTS):
                tasks.start_soon(record, number)
        proxy.calm()
        listed = await schedules.list_triggers(schedule_id="s")
    assert [trigger.metadata for trigger in listed] == [
        {"$n": number} for number in reversed(range(SLOTS))
    ]
    assert proxy.struck[Kind.CUT] + proxy.struck[Kind.RESET] > 10


@pytest.mark.parametrize("functions", ["ours"])
@pytest.mark.parametrize("seed", [10])
async def test_6_schedules_and_tasks_are_claimed_once_over_broken_connections(
    proxy: FaultProxy, seed: int
) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    won: list[tuple[str, int]] = []
    unknown: list[tuple[str, int]] = []

    async def claim_schedule(by: int) -> bool:
        return await schedules.update_schedule_next_fire(
            id="s", expected_next_fire_at=1, new_next_fire_at=2, last_fire_at=1, last_run_id=f"{by}"
        )

    async def claim_task(by: int) -> bool:
        started = start + timedelta(seconds=by)
        return await tasks.update_task(
            task_id="t", status="running", started_at=started, expected_status="pending"
        )

    async def claim(what: str, by: int) -> None:
        try:
            if await (claim_task(by) if what == "task" else claim_schedule(by)):
                won.append((what, by))
        except (OutcomeUnknown, ConvexConnectionError):
            unknown.append((what, by))

    async with (
        ConvexClient(proxy.url) as convex,
        SchedulesConvex(client=convex) as schedules,
        BackgroundTasksConvex(client=convex) as tasks,
    ):
        target = {"type": "workflow", "workflowId": "w"}
        while proxy.struck[Kind.CUT] + proxy.struck[Kind.RESET] < 15:
            won.clear()
            unknown.clear()
            await schedules.dangerously_clear_all()
            await schedules.create_schedule(
                Schedule(id="s", target=target, cron="* * * * *", next_fire_at=1)
            )
            await tasks.create_task(
                BackgroundTask(
                    id="t", tool_name="t", tool_call_id="c", agent_id="a", run_id="r", timeout_ms=1
                )
            )
            proxy.faults = faults(seed, 20, gap=800)
            async with anyio.create_task_group() as group:
                for by in range(15):
                    group.start_soon(claim, "schedule", by)
                    group.start_soon(claim, "task", by)
            proxy.calm()
            moved, task = await schedules.get_schedule(id="s"), await tasks.get_task(task_id="t")
            assert moved is not None
            assert task is not None
            assert moved.last_run_id is not None
            assert task.started_at is not None
            for what, by in (
                ("schedule", int(moved.last_run_id)),
                ("task", (task.started_at - start).seconds),
            ):
                mine = [winner for winner in won if winner[0] == what]
                assert mine == [(what, by)] or (not mine and (what, by) in unknown)
