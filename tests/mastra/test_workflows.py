"""Workflow runs as Python stores and reads them (§4.2), on both kinds of server functions."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, MastraError
from aioconvex.mastra.workflows import WorkflowRun, WorkflowsConvex
from mastra.runs import OURS, PUBLISHED, RUNNING, TABLE, at, ids, persist, run_of

pytestmark = pytest.mark.anyio

ODD_KEYS = {"$schema": "https://json-schema.org", "schlüssel": 1, "": 2, "_id": 3, "a b": 4}


@pytest.fixture
def workflows(client: ConvexAdminClient) -> WorkflowsConvex:
    return WorkflowsConvex(client=client)


def test_4_2_updates_may_be_concurrent() -> None:
    workflows = WorkflowsConvex(deployment_url="https://x.convex.cloud", secret="s")
    assert workflows.supports_concurrent_updates() is True


async def test_r13_r73_r74_runs_are_used_without_a_store(deployment: LocalDeployment) -> None:
    await deployment.reset()
    async with WorkflowsConvex(
        deployment_url=f" {deployment.url}/ ", admin_auth_token=deployment.admin_key
    ) as workflows:
        await workflows.persist_workflow_snapshot(
            workflow_name="w", run_id="1", resource_id="ada", snapshot=RUNNING
        )
        listed = await workflows.list_workflow_runs(workflow_name="w", per_page=20)
        assert [(run.run_id, run.resource_id) for run in listed.runs] == [("1", "ada")]
        assert listed.total == 1


async def test_4_2_persist_stores_a_snapshot_whatever_its_keys(workflows: WorkflowsConvex) -> None:
    """`$`-keys of tool schemas broke every agent with a tool (upstream 16110)."""
    snapshot: dict[str, Any] = {
        **RUNNING,
        "context": {"input": ODD_KEYS, "s": {"output": [1, 2.5, None, True, {"名": ["é", "🎈"]}]}},
        "timestamp": 1_700_000_000_123,
    }
    await workflows.persist_workflow_snapshot(workflow_name="w", run_id="1", snapshot=snapshot)
    loaded = await workflows.load_workflow_snapshot(workflow_name="w", run_id="1")
    assert loaded == snapshot
    assert loaded is not None
    assert isinstance(loaded["timestamp"], int)


async def test_4_2_persist_replaces_the_whole_snapshot(workflows: WorkflowsConvex) -> None:
    await persist(workflows, "w", "1", snapshot={"resumeLabels": {"a": 1}})
    await workflows.persist_workflow_snapshot(
        workflow_name="w", run_id="1", snapshot={"status": "success", "context": {}}
    )
    assert (await run_of(workflows)).snapshot == {"status": "success", "context": {}}
    assert (await workflows.list_workflow_runs()).total == 1


async def test_4_2_persist_dates_a_new_run_now(workflows: WorkflowsConvex) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    await workflows.persist_workflow_snapshot(workflow_name="w", run_id="1", snapshot=RUNNING)
    run = await run_of(workflows)
    after = datetime.now(UTC)
    assert before <= run.created_at <= after
    assert before <= run.updated_at <= after
    assert run.created_at.tzinfo is UTC
    assert run.resource_id is None


async def test_4_2_persist_keeps_what_is_not_given(workflows: WorkflowsConvex) -> None:
    await persist(workflows, "w", "1", resource_id="ada", updated_at=at(0))
    await workflows.persist_workflow_snapshot(workflow_name="w", run_id="1", snapshot=RUNNING)
    run = await run_of(workflows)
    assert (run.created_at, run.resource_id) == (at(0), "ada")
    assert run.updated_at > at(0)


async def test_4_2_persist_takes_explicit_times_and_owner(workflows: WorkflowsConvex) -> None:
    await persist(workflows, "w", "1", 5, resource_id="ada", updated_at=at(6))
    await persist(workflows, "w", "1", 1, resource_id="bob", updated_at=at(2))
    run = await run_of(workflows)
    assert (run.created_at, run.updated_at, run.resource_id) == (at(1), at(2), "bob")


async def test_4_2_persist_takes_times_of_any_zone_to_the_millisecond(
    workflows: WorkflowsConvex,
) -> None:
    time = datetime(2024, 1, 1, 2, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=2)))
    await workflows.persist_workflow_snapshot(
        workflow_name="w", run_id="1", snapshot=RUNNING, created_at=time, updated_at=time
    )
    run = await run_of(workflows)
    assert run.created_at == run.updated_at == at(0.123)


async def test_4_2_load_of_an_unknown_run_is_none(workflows: WorkflowsConvex) -> None:
    await persist(workflows, "w", "1")
    assert await workflows.load_workflow_snapshot(workflow_name="w", run_id="2") is None
    assert await workflows.load_workflow_snapshot(workflow_name="v", run_id="1") is None
    assert await workflows.get_workflow_run_by_id(run_id="2") is None
    assert await workflows.get_workflow_run_by_id(run_id="1", workflow_name="v") is None


async def test_4_2_an_empty_snapshot_is_that_of_a_run_not_begun(
    workflows: WorkflowsConvex, client: ConvexAdminClient
) -> None:
    await persist(workflows, "w", "1")
    request = {"op": "patch", "tableName": TABLE, "id": "w-1", "record": {"snapshot": ""}}
    assert await client.call_storage(request) is True
    snapshot = await workflows.load_workflow_snapshot(workflow_name="w", run_id="1")
    assert snapshot is not None
    assert isinstance(snapshot.pop("timestamp"), int)
    assert snapshot == {
        "context": {},
        "activePaths": [],
        "activeStepsPath": {},
        "suspendedPaths": {},
        "resumeLabels": {},
        "serializedStepGraph": [],
        "value": {},
        "waitingPaths": {},
        "status": "pending",
        "runId": "1",
    }
    assert await ids(workflows, status="pending") == ["w/1"]
    assert await ids(workflows, status="running") == []


@pytest.mark.parametrize("stored", ["no json", "[1]", "null", [1], 5])
async def test_4_2_a_snapshot_that_is_no_object_is_an_error_naming_the_run(
    workflows: WorkflowsConvex, client: ConvexAdminClient, stored: object
) -> None:
    await persist(workflows, "w", "1")
    request = {"op": "patch", "tableName": TABLE, "id": "w-1", "record": {"snapshot": stored}}
    assert await client.call_storage(request) is True
    for read in (
        workflows.load_workflow_snapshot(workflow_name="w", run_id="1"),
        workflows.get_workflow_run_by_id(run_id="1"),
        workflows.list_workflow_runs(),
    ):
        with pytest.raises(MastraError, match="run '1' of workflow 'w'") as caught:
            await read
        assert caught.value.id.endswith("CORRUPT_SNAPSHOT")
    # It has no status, so it is in no list of one.
    assert await ids(workflows, status="running") == []


async def test_3_8_a_snapshot_stored_as_an_object_reads_like_text(
    workflows: WorkflowsConvex, client: ConvexAdminClient
) -> None:
    await persist(workflows, "w", "1")
    stored = {"status": "running", "context": {"s": {"output": [1, 2.5]}}}
    request = {"op": "patch", "tableName": TABLE, "id": "w-1", "record": {"snapshot": stored}}
    assert await client.call_storage(request) is True
    run = await run_of(workflows)
    assert run.snapshot == stored
    assert isinstance(run.snapshot["context"]["s"]["output"][0], int)
    assert await ids(workflows, status="running") == ["w/1"]


async def test_4_2_results_join_the_context_and_the_request_context(
    workflows: WorkflowsConvex,
) -> None:
    context = {"requestContext": {"a": {"x": 1}, "b": 2}}
    await persist(workflows, "w", "1", snapshot=context)
    result = {"status": "success", "output": ODD_KEYS}
    merged = await workflows.update_workflow_results(
        workflow_name="w",
        run_id="1",
        step_id="s",
        result=result,
        request_context={"a": {"y": 1}, "c": 3},
    )
    assert merged == {"s": result}
    run = await run_of(workflows)
    assert run.snapshot == {
        **RUNNING,
        "context": {"s": result},
        "requestContext": {"a": {"y": 1}, "b": 2, "c": 3},
    }
    assert run.created_at == at(0) < run.updated_at


async def test_4_2_results_of_an_unknown_run_are_empty(workflows: WorkflowsConvex) -> None:
    """The published adapter raises here; Mastra's own storage answers `{}`."""
    merged = await workflows.update_workflow_results(
        workflow_name="w", run_id="1", step_id="s", result=1
    )
    assert merged == {}
    assert (await workflows.list_workflow_runs()).total == 0


async def test_4_2_a_snapshot_without_context_is_an_error(
    workflows: WorkflowsConvex,
) -> None:
    await workflows.persist_workflow_snapshot(
        workflow_name="w", run_id="1", snapshot={"status": "running"}
    )
    for update in (
        workflows.update_workflow_results(workflow_name="w", run_id="1", step_id="s", result=1),
        workflows.update_workflow_state(workflow_name="w", run_id="1", opts={"status": "x"}),
    ):
        with pytest.raises(MastraError, match="no context") as caught:
            await update
        assert caught.value.id == "MASTRA_STORAGE_CONVEX_UPDATE_WORKFLOW_CONTEXT_MISSING"
    assert (await run_of(workflows)).snapshot == {"status": "running"}


async def test_4_2_state_is_overlaid_one_level_deep(workflows: WorkflowsConvex) -> None:
    await persist(workflows, "w", "1", snapshot={"value": {"x": 1}})
    opts = {"status": "suspended", "value": {"$y": 2}}
    merged = await workflows.update_workflow_state(workflow_name="w", run_id="1", opts=opts)
    assert merged == {**RUNNING, **opts}
    assert (await run_of(workflows)).snapshot == merged


async def test_4_2_state_of_an_unknown_run_is_none(workflows: WorkflowsConvex) -> None:
    opts = {"status": "success"}
    assert await workflows.update_workflow_state(workflow_name="w", run_id="1", opts=opts) is None
    assert (await workflows.list_workflow_runs()).total == 0


@OURS
@pytest.mark.parametrize("expected", ["running", ["suspended", "running"], ("running",)])
async def test_4_2_an_expected_status_lets_a_change_pass(
    workflows: WorkflowsConvex, expected: Any
) -> None:
    await persist(workflows, "w", "1")
    merged = await workflows.update_workflow_state(
        workflow_name="w", run_id="1", opts={"status": "success"}, expected_status=expected
    )
    # §5.16: the published handler ignores the guard and stores it.
    assert merged == {**RUNNING, "status": "success"}
    assert (await run_of(workflows)).snapshot == merged


@OURS
@pytest.mark.parametrize("expected", ["suspended", ["success", "failed"], []])
async def test_4_2_another_status_keeps_a_change_out(
    workflows: WorkflowsConvex, expected: Any
) -> None:
    await persist(workflows, "w", "1", updated_at=at(0))
    merged = await workflows.update_workflow_state(
        workflow_name="w", run_id="1", opts={"status": "success"}, expected_status=expected
    )
    assert merged is None
    run = await run_of(workflows)
    assert (run.snapshot, run.updated_at) == (RUNNING, at(0))


@PUBLISHED
async def test_5_16_a_guard_that_would_be_ignored_is_refused(workflows: WorkflowsConvex) -> None:
    await persist(workflows, "w", "1")
    with pytest.raises(MastraError, match="mastra init") as caught:
        await workflows.update_workflow_state(
            workflow_name="w", run_id="1", opts={"status": "success"}, expected_status="running"
        )
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_UPDATE_WORKFLOW_STATE_NOT_SUPPORTED"
    assert (await run_of(workflows)).snapshot == RUNNING


async def test_4_2_and_5_21_a_run_has_all_its_fields_and_no_others(
    workflows: WorkflowsConvex,
) -> None:
    await persist(workflows, "w", "1", 1, resource_id="ada", updated_at=at(2))
    run = WorkflowRun(
        workflow_name="w",
        run_id="1",
        snapshot=RUNNING,
        created_at=at(1),
        updated_at=at(2),
        resource_id="ada",
    )
    assert await run_of(workflows) == run
    assert (await workflows.list_workflow_runs()).runs == [run]


async def test_4_2_get_without_a_workflow_is_the_newest_run_of_this_id(
    workflows: WorkflowsConvex,
) -> None:
    for name, created in (("w", 5), ("v", 9), ("u", 7)):
        await persist(workflows, name, "1", created)
    run = await workflows.get_workflow_run_by_id(run_id="1")
    assert run is not None
    assert run.workflow_name == "v"
    assert (await run_of(workflows, "u")).created_at == at(7)


async def test_4_2_delete_is_silent_about_an_unknown_run(workflows: WorkflowsConvex) -> None:
    await persist(workflows, "w", "1")
    await persist(workflows, "w", "2")
    await workflows.delete_workflow_run_by_id(run_id="1", workflow_name="v")
    await workflows.delete_workflow_run_by_id(run_id="1", workflow_name="w")
    await workflows.delete_workflow_run_by_id(run_id="1", workflow_name="w")
    assert await ids(workflows) == ["w/2"]


async def test_4_2_clear_all_leaves_nothing(workflows: WorkflowsConvex) -> None:
    for n in range(30):
        await persist(workflows, "w", str(n))
    await workflows.dangerously_clear_all()
    assert (await workflows.list_workflow_runs()).total == 0


@OURS
async def test_5_18_runs_of_one_record_id_are_told_apart(workflows: WorkflowsConvex) -> None:
    await persist(workflows, "a-b", "c", 1)
    await persist(workflows, "a", "b-c", 2)
    await workflows.update_workflow_state(workflow_name="a", run_id="b-c", opts={"status": "x"})
    assert (await run_of(workflows, "a-b", "c")).snapshot == RUNNING
    assert (await run_of(workflows, "a", "b-c")).snapshot == {**RUNNING, "status": "x"}
    assert await ids(workflows) == ["a/b-c", "a-b/c"]
    await workflows.delete_workflow_run_by_id(workflow_name="a-b", run_id="c")
    assert await ids(workflows) == ["a/b-c"]


@PUBLISHED
async def test_5_18_a_run_that_would_overwrite_another_is_refused(
    workflows: WorkflowsConvex,
) -> None:
    await persist(workflows, "a-b", "c", 1)
    with pytest.raises(MastraError, match="already is") as caught:
        await persist(workflows, "a", "b-c", 2)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_PERSIST_WORKFLOW_SNAPSHOT_ID_COLLISION"
    assert await ids(workflows) == ["a-b/c"]


async def test_6_a_merge_into_more_than_a_document_holds_changes_nothing(
    workflows: WorkflowsConvex,
) -> None:
    half = {"output": "x" * 600_000}
    await persist(workflows, "w", "1")
    for step in ("a", "b"):
        merging = workflows.update_workflow_results(
            workflow_name="w", run_id="1", step_id=step, result=half
        )
        with nullcontext() if step == "a" else pytest.raises(MastraError):
            await merging
    assert (await run_of(workflows)).snapshot["context"] == {"a": half}
