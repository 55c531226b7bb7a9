"""Lists of runs against a plain reading of the rule: filter, sort, cut (§4.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioconvex.mastra import ConvexAdminClient, WorkflowsConvex
from mastra.runs import OURS, TABLE, at, ids, persist

pytestmark = pytest.mark.anyio

maybe = st.sampled_from
stored_runs = st.lists(
    st.fixed_dictionaries(
        {
            "workflow": maybe(["w", "v"]),
            "resource": maybe([None, "ada", "bob"]),
            "status": maybe(["running", "success"]),
            "second": st.integers(0, 5),  # few, so that many runs share one
        }
    ),
    max_size=25,
)
questions = st.lists(
    st.fixed_dictionaries(
        {
            "workflow_name": maybe([None, "w", "v"]),
            "resource_id": maybe([None, "ada", "bob"]),
            "status": maybe([None, "running"]),
            "from_date": maybe([None, 1, 3]),
            "to_date": maybe([None, 2, 4]),
            "per_page": maybe([None, 0, 1, 2, 5, False]),
            "page": st.integers(0, 3),
        }
    ),
    min_size=1,
    max_size=4,
)


def answer(runs: list[dict[str, Any]], question: dict[str, Any]) -> tuple[list[str], int]:
    """The ids of the page, and the total."""
    passing = [
        run
        for run in runs
        if question["workflow_name"] in {None, run["workflow"]}
        and question["resource_id"] in {None, run["resource"]}
        and question["status"] in {None, run["status"]}
        and run["second"] >= (question["from_date"] or 0)
        and run["second"] <= (question["to_date"] or 9)
    ]
    # Of one time, the one that was stored last comes first.
    passing.sort(key=lambda run: (run["second"], run["n"]), reverse=True)
    size, page = question["per_page"], question["page"]
    cut = passing if size is None or size is False else passing[page * size :][:size]
    return [str(run["n"]) for run in cut], len(passing)


def row(run: dict[str, Any]) -> dict[str, Any]:
    time = f"2024-01-01T00:00:0{run['second']}.000Z"
    columns = {"workflow_name": run["workflow"], "run_id": str(run["n"])}
    owner = {} if run["resource"] is None else {"resourceId": run["resource"]}
    snapshot = json.dumps({"status": run["status"], "context": {}})
    names = {"id": f"{run['workflow']}-{run['n']}", **columns, **owner}
    return {**names, "snapshot": snapshot, "createdAt": time, "updatedAt": time}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(runs=stored_runs, asked=questions)
async def test_4_2_lists_are_filtered_sorted_and_cut(
    client: ConvexAdminClient, runs: list[dict[str, Any]], asked: list[dict[str, Any]]
) -> None:
    workflows = WorkflowsConvex(client=client)
    await workflows.dangerously_clear_all()
    runs = [{**run, "n": n} for n, run in enumerate(runs)]
    request = {"op": "batchInsert", "tableName": TABLE, "records": [row(run) for run in runs]}
    await client.call_storage(request)
    for question in asked:
        dates = {name: question[name] for name in ("from_date", "to_date")}
        options = {**question, **{k: None if n is None else at(n) for k, n in dates.items()}}
        if question["per_page"] is None:
            del options["page"]
        listed = await workflows.list_workflow_runs(**options)
        assert ([run.run_id for run in listed.runs], listed.total) == answer(runs, question)


@pytest.fixture
def workflows(client: ConvexAdminClient) -> WorkflowsConvex:
    return WorkflowsConvex(client=client)


async def seven_runs(workflows: WorkflowsConvex) -> None:
    await persist(workflows, "w", "1", 1, resource_id="ada")
    await persist(workflows, "w", "2", 2, resource_id="bob", snapshot={"status": "success"})
    await persist(workflows, "v", "3", 3, resource_id="ada", snapshot={"status": "success"})
    await persist(workflows, "w", "4", 5, resource_id="ada", snapshot={"status": "success"})
    await persist(workflows, "w", "5", 4, resource_id="ada")
    await persist(workflows, "w", "6", 6)
    await persist(workflows, "v", "7", 0)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["w/6", "w/4", "w/5", "v/3", "w/2", "w/1", "v/7"]),
        ({"workflow_name": "w"}, ["w/6", "w/4", "w/5", "w/2", "w/1"]),
        ({"resource_id": "ada"}, ["w/4", "w/5", "v/3", "w/1"]),
        ({"status": "success"}, ["w/4", "v/3", "w/2"]),
        ({"status": "paused"}, []),
        ({"from_date": at(3)}, ["w/6", "w/4", "w/5", "v/3"]),
        ({"to_date": at(3)}, ["v/3", "w/2", "w/1", "v/7"]),
        ({"from_date": at(2), "to_date": at(4)}, ["w/5", "v/3", "w/2"]),
        ({"from_date": at(4), "to_date": at(2)}, []),
        ({"workflow_name": "w", "resource_id": "ada"}, ["w/4", "w/5", "w/1"]),
        ({"workflow_name": "w", "resource_id": "ada", "status": "running"}, ["w/5", "w/1"]),
        (
            {"workflow_name": "w", "resource_id": "ada", "from_date": at(2), "status": "success"},
            ["w/4"],
        ),
        ({"workflow_name": "unknown"}, []),
    ],
)
async def test_4_2_list_filters_are_all_applied_newest_first(
    workflows: WorkflowsConvex, filters: dict[str, Any], found: list[str]
) -> None:
    await seven_runs(workflows)
    assert await ids(workflows, **filters) == found
    listed = await workflows.list_workflow_runs(**filters, per_page=1, page=0)
    assert listed.total == len(found)


async def test_4_2_list_of_one_createdat_is_in_order_of_insertion(
    workflows: WorkflowsConvex,
) -> None:
    for n in range(6):
        await persist(workflows, "w", str(n))
    pages = [await ids(workflows, per_page=2, page=page) for page in range(4)]
    assert pages == [["w/5", "w/4"], ["w/3", "w/2"], ["w/1", "w/0"], []]


@pytest.mark.parametrize(
    ("paging", "found"),
    [
        ({"per_page": 3, "page": 0}, ["w/6", "w/4", "w/5"]),
        ({"per_page": 3, "page": 2}, ["v/7"]),
        ({"per_page": 3, "page": 3}, []),
        # per_page alone is a page, not ignored.
        ({"per_page": 2}, ["w/6", "w/4"]),
        ({"per_page": 0}, []),
        ({"page": 0}, ["w/6", "w/4", "w/5", "v/3", "w/2", "w/1", "v/7"]),
        ({"per_page": False}, ["w/6", "w/4", "w/5", "v/3", "w/2", "w/1", "v/7"]),
        ({"per_page": "all", "page": 0}, ["w/6", "w/4", "w/5", "v/3", "w/2", "w/1", "v/7"]),
        ({"per_page": 100, "page": 0}, ["w/6", "w/4", "w/5", "v/3", "w/2", "w/1", "v/7"]),
    ],
)
async def test_4_2_list_pages_and_r74_a_lone_per_page(
    workflows: WorkflowsConvex, paging: dict[str, Any], found: list[str]
) -> None:
    await seven_runs(workflows)
    assert await ids(workflows, **paging) == found
    assert (await workflows.list_workflow_runs(**paging)).total == 7


async def test_4_2_list_by_thread_finds_the_memory_a_run_carries(
    workflows: WorkflowsConvex,
) -> None:
    memory = {"memoryInfo": {"threadId": "t"}}
    suspended = {"suspendPayload": {"__streamState": {"messageList": memory}}}
    await persist(workflows, "w", "1", 1, snapshot={"context": {"input": {"x": 1}}})
    await persist(workflows, "w", "2", 2, snapshot={"context": {"s": suspended, "z": 1}})
    await persist(
        workflows, "w", "3", 3, snapshot={"context": {"input": {"messageListState": memory}}}
    )
    await persist(workflows, "w", "4", 4, snapshot={"context": {"input": memory}})
    assert await ids(workflows, thread_id="t") == ["w/3", "w/2"]
    assert await ids(workflows, thread_id="t", status="running", per_page=1) == ["w/3"]
    assert await ids(workflows, thread_id="u") == []


@OURS
async def test_5_2_lists_and_totals_do_not_end_at_a_number_of_rows(
    workflows: WorkflowsConvex, client: ConvexAdminClient
) -> None:
    """One call reads at most 4000 rows; the published list ends at 10,000 of them."""
    row = {"workflow_name": "w", "snapshot": "{}", "updatedAt": "2024-01-01T00:00:00.000Z"}
    for start in range(0, 4500, 900):
        records = [
            {**row, "id": f"w-{n}", "run_id": f"{n}", "createdAt": _text(n)}
            for n in range(start, start + 900)
        ]
        await client.call_storage({"op": "batchInsert", "tableName": TABLE, "records": records})
    listed = await workflows.list_workflow_runs(workflow_name="w", per_page=3, page=1_400)
    assert listed.total == 4500
    assert [run.run_id for run in listed.runs] == ["299", "298", "297"]
    assert len((await workflows.list_workflow_runs()).runs) == 4500


def _text(n: int) -> str:
    return at(n).isoformat(timespec="milliseconds").replace("+00:00", "Z")
