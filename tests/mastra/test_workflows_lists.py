"""Lists of runs against a plain reading of the rule: filter, sort, cut (§4.2)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioconvex.mastra import ConvexAdminClient, WorkflowsConvex

pytestmark = pytest.mark.anyio

START = datetime(2024, 1, 1, tzinfo=UTC)
TABLE = "mastra_workflow_snapshot"

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


def at(second: int | None) -> datetime | None:
    return None if second is None else START + timedelta(seconds=second)


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
        options = {**question, "from_date": at(question["from_date"])}
        options["to_date"] = at(question["to_date"])
        if question["per_page"] is None:
            del options["page"]
        listed = await workflows.list_workflow_runs(**options)
        assert ([run.run_id for run in listed.runs], listed.total) == answer(runs, question)
