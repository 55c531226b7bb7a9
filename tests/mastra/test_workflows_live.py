"""Workflow runs watched, paged and counted (R-33 to R-55)."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from aioconvex.errors import ArgumentError
from aioconvex.mastra import ConvexAdminClient, MastraError, WorkflowRun, WorkflowsConvex
from mastra.runs import OURS, PUBLISHED, RUNNING, at, persist

pytestmark = pytest.mark.anyio


@pytest.fixture
def workflows(client: ConvexAdminClient) -> WorkflowsConvex:
    return WorkflowsConvex(client=client)


def ids(runs: list[WorkflowRun]) -> list[str]:
    return [f"{run.workflow_name}/{run.run_id}" for run in runs]


@OURS
async def test_r33_a_watched_run_comes_with_every_change(workflows: WorkflowsConvex) -> None:
    with anyio.fail_after(10):
        async with workflows.watch_workflow_run(workflow_name="w", run_id="1") as live:
            assert await anext(live) is None
            await persist(workflows, "w", "1", resource_id="ada", snapshot={"value": {"$k": "é"}})
            run = await anext(live)
            assert run is not None
            # decoded, with the names and types of every other read.
            assert run == await workflows.get_workflow_run_by_id(run_id="1")
            assert run.snapshot == {**RUNNING, "value": {"$k": "é"}}
            await workflows.update_workflow_state(
                workflow_name="w", run_id="1", opts={"status": "success"}
            )
            run = await anext(live)
            assert run is not None
            assert run.snapshot["status"] == "success"
            await workflows.delete_workflow_run_by_id(workflow_name="w", run_id="1")
            assert await anext(live) is None


@OURS
async def test_r34_and_r45_watched_runs_are_the_newest_that_pass_both_filters(
    workflows: WorkflowsConvex,
) -> None:
    await persist(workflows, "w", "1", 1, resource_id="ada")
    await persist(workflows, "w", "2", 2, resource_id="bob")
    await persist(workflows, "v", "3", 3, resource_id="ada")
    with anyio.fail_after(10):
        async with workflows.watch_workflow_runs(
            workflow_name="w", resource_id="ada", limit=2
        ) as live:
            assert ids(await anext(live)) == ["w/1"]
            await persist(workflows, "w", "4", 9, resource_id="ada")
            assert ids(await anext(live)) == ["w/4", "w/1"]
            await persist(workflows, "w", "5", 5, resource_id="ada")
            assert ids(await anext(live)) == ["w/4", "w/5"]


@OURS
async def test_r39_a_watched_list_can_be_read_once(workflows: WorkflowsConvex) -> None:
    await persist(workflows, "w", "1", 1)
    await persist(workflows, "v", "2", 2)
    assert ids(await workflows.watch_workflow_runs().once()) == ["v/2", "w/1"]
    run = await workflows.watch_workflow_run(workflow_name="w", run_id="1").once()
    assert run is not None
    assert run.created_at == at(1)


@OURS
async def test_r42_to_r46_pages_visit_each_run_once_newest_first(
    workflows: WorkflowsConvex,
) -> None:
    for n in range(7):
        await persist(workflows, "w", str(n), n // 3, resource_id="ada")
    await persist(workflows, "v", "x", 1, resource_id="ada")
    everything = ["w/6", "w/5", "w/4", "w/3", "w/2", "w/1", "w/0"]
    first = await workflows.paginated_workflow_runs(workflow_name="w", limit=3)
    assert (ids(first.items), first.has_more) == (everything[:3], True)
    # A newer run does not move those that are still to come.
    await persist(workflows, "w", "new", 99)
    rest = workflows.paginated_workflow_runs(workflow_name="w", cursor=first.next_cursor, limit=3)
    assert ids([run async for run in rest]) == everything[3:]
    both = workflows.paginated_workflow_runs(workflow_name="w", resource_id="ada")
    assert ids([run async for run in both]) == everything
    last = await workflows.paginated_workflow_runs(workflow_name="v")
    assert (ids(last.items), last.next_cursor, last.has_more) == (["v/x"], None, False)


@OURS
async def test_r43_a_cursor_of_another_list_is_refused(workflows: WorkflowsConvex) -> None:
    for n in range(3):
        await persist(workflows, "w", str(n))
    page = await workflows.paginated_workflow_runs(limit=1)
    with pytest.raises(MastraError) as caught:
        await workflows.paginated_workflow_runs(workflow_name="w", cursor=page.next_cursor)
    assert caught.value.details["code"] == "InvalidCursor"


@OURS
async def test_r52_to_r55_counts_are_exact_to_a_thousand(
    workflows: WorkflowsConvex, client: ConvexAdminClient
) -> None:
    count = await workflows.count_workflow_runs(workflow_name="?")
    assert (count.count, count.is_estimate) == (0, False)
    time = "2024-01-01T00:00:00.000Z"
    rows = [
        {"id": f"w-{n}", "workflow_name": "w", "run_id": f"{n}", "snapshot": "{}"}
        | {"resourceId": f"r{n % 2}", "createdAt": time, "updatedAt": time}
        for n in range(1000)
    ]
    request = {"op": "batchInsert", "tableName": "mastra_workflow_snapshot"}
    await client.call_storage({**request, "records": rows})
    count = await workflows.count_workflow_runs()
    assert (count.count, count.is_estimate) == (1000, False)
    assert isinstance(count.count, int)
    count = await workflows.count_workflow_runs(workflow_name="w", resource_id="r1")
    assert (count.count, count.is_estimate) == (500, False)
    await persist(workflows, "w", "one more")
    count = await workflows.count_workflow_runs(workflow_name="w")
    assert (count.count, count.is_estimate) == (1000, True)


@PUBLISHED
async def test_r06_what_needs_the_queries_says_so(workflows: WorkflowsConvex) -> None:
    await persist(workflows, "w", "1")
    with pytest.raises(MastraError, match="mastra init"):
        workflows.watch_workflow_run(workflow_name="w", run_id="1")
    with pytest.raises(MastraError, match="mastra init"):
        workflows.watch_workflow_runs()
    with pytest.raises(MastraError, match="mastra init"):
        await workflows.paginated_workflow_runs()
    with pytest.raises(MastraError, match="mastra init"):
        await workflows.count_workflow_runs()


@OURS
async def test_wrong_arguments_are_refused_at_once(workflows: WorkflowsConvex) -> None:
    for limit in (0, -1, 1.5, True, "5"):
        wrong: Any = limit
        with pytest.raises(ArgumentError, match="limit"):
            workflows.watch_workflow_runs(limit=wrong)
        with pytest.raises(ArgumentError, match="limit"):
            workflows.paginated_workflow_runs(limit=wrong)
    with pytest.raises(ArgumentError, match="run_id"):
        workflows.watch_workflow_run(workflow_name="w", run_id="")
    with pytest.raises(ArgumentError, match="resource_id"):
        await workflows.count_workflow_runs(resource_id="")
