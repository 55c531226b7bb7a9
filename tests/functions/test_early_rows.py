"""Rows as early adapters left them: runs without id, runs stored twice."""

from __future__ import annotations

import json

import pytest

from functions.mastra import RUNS, Row, Writer, at, own, refused, run

pytestmark = pytest.mark.anyio

STORED = "mastra_workflow_snapshots"


def without_id(workflow: str, run_id: str, created: float = 0) -> Row:
    return {k: v for k, v in run(workflow, run_id, created).items() if k != "id"}


async def test_a_run_without_id_is_updated_not_doubled(writer: Writer) -> None:
    await writer.write(STORED, without_id("w", "1"))
    saved = run("w", "1", snapshot='{"context":{"a":1}}', updatedAt=at(5))
    await writer.insert(RUNS, saved)
    assert await writer.rows(RUNS) == [saved]
    assert await writer.query("countWorkflowRuns") == {"count": 1, "isEstimate": False}


async def test_a_run_without_id_goes_by_its_id(writer: Writer) -> None:
    early = without_id("w-x", "1-2")
    await writer.write(STORED, early)
    assert own(await writer.result("load", RUNS, keys={"id": "w-x-1-2"})) == early
    assert await writer.result("load", RUNS, keys={"id": "w-x-1"}) is None
    assert await writer.result("patch", RUNS, id="w-x-1-2", record={"updatedAt": at(9)}) is True
    assert await writer.rows(RUNS) == [{**early, "updatedAt": at(9)}]
    await writer.result("deleteMany", RUNS, ids=["w-x-1-2"])
    assert await writer.rows(RUNS) == []


async def test_merges_reach_a_run_without_id(writer: Writer) -> None:
    await writer.write(STORED, without_id("w", "1"))
    names = {"workflowName": "w", "runId": "1"}
    merged = await writer.result("mergeWorkflowState", RUNS, **names, opts='{"status":"success"}')
    assert json.loads(merged) == {"context": {}, "status": "success"}


async def test_the_later_of_two_rows_of_a_run_is_the_live_one(writer: Writer) -> None:
    live = run("w", "1", 1)
    await writer.write(STORED, without_id("w", "1"), live)
    names = {"workflow_name": "w", "run_id": "1"}
    assert own(await writer.query("watchWorkflowRun", workflowName="w", runId="1")) == live
    assert own(await writer.result("load", RUNS, keys=names)) == live
    await writer.insert(RUNS, {**live, "updatedAt": at(7)})
    assert await writer.rows(RUNS, **names) == [without_id("w", "1"), {**live, "updatedAt": at(7)}]
    # Deleting the run leaves none of it.
    await writer.result("deleteMany", RUNS, ids=["w-1"])
    assert await writer.rows(RUNS) == []


async def test_a_run_stored_twice_is_one_run_in_every_list(writer: Writer) -> None:
    live = run("w", "1", 1)
    await writer.write(STORED, without_id("w", "1"), live, without_id("w", "2", 2))
    assert [row["run_id"] for row in await writer.query("watchWorkflowRuns")] == ["2", "1"]
    assert await writer.query("countWorkflowRuns") == {"count": 2, "isEstimate": False}
    pages = [page async for page in writer.pages("paginatedWorkflowRuns", limit=1)]
    assert [[row["run_id"] for row in page] for page in pages] == [["2"], ["1"], []]


async def test_a_run_without_id_makes_its_id_ambiguous_too(writer: Writer) -> None:
    await writer.write(STORED, without_id("a", "b-c"))
    await writer.insert(RUNS, run("a-b", "c"))
    with refused("AmbiguousRunId"):
        await writer.handle("deleteMany", RUNS, ids=["a-b-c"])
    assert len(await writer.rows(RUNS)) == 2
