"""Runs as early adapters left them: rows without id, and runs stored twice (§5.18)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aioconvex.mastra import MastraError
from aioconvex.mastra.workflows import WorkflowsConvex
from mastra.early_rows import Row, Writer

pytestmark = pytest.mark.anyio

OURS = pytest.mark.parametrize("functions", ["ours"])
PUBLISHED = pytest.mark.parametrize("functions", ["published"])

TABLE = "mastra_workflow_snapshots"
NAMES: dict[str, Any] = {"workflow_name": "w-x", "run_id": "1-2"}
START = datetime(2024, 1, 1, tzinfo=UTC)
RUNNING: dict[str, Any] = {"status": "running", "context": {}}


@pytest.fixture
def workflows(writer: Writer) -> WorkflowsConvex:
    return WorkflowsConvex(client=writer.client)


def row(created: int, **columns: object) -> Row:
    """A row without id; early rows held the snapshot itself."""
    time = f"2024-01-01T00:00:{created:02}.000Z"
    return {**NAMES, "snapshot": RUNNING, "createdAt": time, "updatedAt": time, **columns}


async def test_a_run_without_id_is_read(workflows: WorkflowsConvex, writer: Writer) -> None:
    await writer.insert(TABLE, row(0, resourceId="ada"))
    assert await workflows.load_workflow_snapshot(**NAMES) == RUNNING
    run = await workflows.get_workflow_run_by_id(run_id="1-2")
    assert run is not None
    assert (run.workflow_name, run.resource_id) == ("w-x", "ada")
    assert (await workflows.list_workflow_runs(resource_id="ada")).runs == [run]


async def test_a_run_without_id_is_updated_not_doubled(
    workflows: WorkflowsConvex, writer: Writer
) -> None:
    """The published adapter stores a second row, after which look-ups of the run fail."""
    await writer.insert(TABLE, row(0, resourceId="ada"))
    await workflows.persist_workflow_snapshot(**NAMES, snapshot={**RUNNING, "value": {"$x": 1}})
    assert await workflows.load_workflow_snapshot(**NAMES) == {**RUNNING, "value": {"$x": 1}}
    [stored] = await writer.rows(TABLE)
    assert (stored["createdAt"], stored["resourceId"]) == ("2024-01-01T00:00:00.000Z", "ada")
    assert stored["updatedAt"] > stored["createdAt"]


async def test_a_run_without_id_is_merged_into(workflows: WorkflowsConvex, writer: Writer) -> None:
    await writer.insert(TABLE, row(0))
    merged = await workflows.update_workflow_results(**NAMES, step_id="s", result=1)
    assert merged == {"s": 1}
    state = await workflows.update_workflow_state(**NAMES, opts={"status": "success"})
    assert state is not None
    assert (state["status"], state["context"]) == ("success", {"s": 1})
    assert len(await writer.rows(TABLE)) == 1


@OURS
async def test_a_run_without_id_gets_one(workflows: WorkflowsConvex, writer: Writer) -> None:
    await writer.insert(TABLE, row(0, snapshot={**RUNNING, "old": 1}))
    time = START + timedelta(seconds=9)
    await workflows.persist_workflow_snapshot(
        **NAMES, snapshot=RUNNING, resource_id="bob", created_at=time, updated_at=time
    )
    assert await workflows.load_workflow_snapshot(**NAMES) == RUNNING
    [stored] = await writer.rows(TABLE)
    assert (stored["id"], stored["resourceId"]) == ("w-x-1-2", "bob")


@OURS
async def test_a_run_without_id_is_deleted(workflows: WorkflowsConvex, writer: Writer) -> None:
    await writer.insert(TABLE, row(0))
    await workflows.delete_workflow_run_by_id(**NAMES)
    assert await writer.rows(TABLE) == []


async def test_a_run_stored_twice_is_one_run(workflows: WorkflowsConvex, writer: Writer) -> None:
    live = row(5, id="w-x-1-2", snapshot='{"status":"success","context":{}}')
    await writer.insert(TABLE, row(0), live, row(3, run_id="other"))
    listed = await workflows.list_workflow_runs()
    assert [run.run_id for run in listed.runs] == ["1-2", "other"]
    assert listed.total == 2
    snapshot = await workflows.load_workflow_snapshot(**NAMES)
    assert snapshot == listed.runs[0].snapshot == {"status": "success", "context": {}}


@OURS
async def test_a_run_stored_twice_is_one_row_when_it_is_stored_again(
    workflows: WorkflowsConvex, writer: Writer
) -> None:
    await writer.insert(TABLE, row(0), row(5, id="w-x-1-2"))
    await workflows.persist_workflow_snapshot(**NAMES, snapshot={**RUNNING, "status": "success"})
    [stored] = await writer.rows(TABLE)
    assert stored["createdAt"] == "2024-01-01T00:00:05.000Z"


@OURS
async def test_a_run_stored_twice_is_deleted_as_a_whole(
    workflows: WorkflowsConvex, writer: Writer
) -> None:
    await writer.insert(TABLE, row(0), row(5, id="w-x-1-2"))
    await workflows.delete_workflow_run_by_id(**NAMES)
    assert await writer.rows(TABLE) == []


@PUBLISHED
async def test_a_run_stored_twice_is_stored_again_in_its_live_row(
    workflows: WorkflowsConvex, writer: Writer
) -> None:
    await writer.insert(TABLE, row(0), row(5, id="w-x-1-2"))
    await workflows.persist_workflow_snapshot(**NAMES, snapshot={**RUNNING, "status": "success"})
    assert len(await writer.rows(TABLE)) == 2
    snapshot = await workflows.load_workflow_snapshot(**NAMES)
    assert snapshot == {**RUNNING, "status": "success"}
    with pytest.raises(MastraError, match="has no id"):
        await workflows.delete_workflow_run_by_id(**NAMES)
    assert len(await writer.rows(TABLE)) == 2


@PUBLISHED
async def test_what_the_published_functions_cannot_do_to_a_row_without_id_says_so(
    workflows: WorkflowsConvex, writer: Writer
) -> None:
    await writer.insert(TABLE, row(0, snapshot={**RUNNING, "old": 1}))
    dated = {**RUNNING, "old": 2}
    for change in (
        workflows.persist_workflow_snapshot(**NAMES, snapshot=RUNNING),
        workflows.persist_workflow_snapshot(**NAMES, snapshot=dated, created_at=START),
        workflows.delete_workflow_run_by_id(**NAMES),
    ):
        with pytest.raises(MastraError, match="has no id") as caught:
            await change
        assert caught.value.id.endswith("NOT_SUPPORTED")
        assert "aioconvex mastra init" in str(caught.value)
    assert await writer.rows(TABLE) == [row(0, snapshot={**RUNNING, "old": 1})]
