"""Steps of one run whose iterations run in Python and in TypeScript, and what else they share."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, NewScore, ScoresConvex, WorkflowsConvex
from mastra.npm import Driver, Npm

pytestmark = pytest.mark.anyio

OURS = pytest.mark.parametrize("functions", ["ours"])

NAMES: dict[str, Any] = {"workflow_name": "brew", "run_id": "1"}
THEIRS: dict[str, Any] = {"workflowName": "brew", "runId": "1"}
PENDING = {"__mastra_pending__": True}
SUSPENDED = {"status": "suspended", "suspendPayload": {"frage": "Milch?"}, "suspendedAt": 1}


@pytest.fixture
def npm(driver: Driver, deployment: LocalDeployment) -> Npm:
    return Npm.of(driver, deployment)


@pytest.fixture
async def workflows(client: ConvexAdminClient) -> WorkflowsConvex:
    workflows = WorkflowsConvex(client=client)
    await workflows.persist_workflow_snapshot(
        **NAMES, snapshot={"status": "running", "context": {}}
    )
    return workflows


async def ours(workflows: WorkflowsConvex, output: list[Any], **fields: Any) -> Any:
    result = {"status": "running", **fields, "output": output}
    context = await workflows.update_workflow_results(**NAMES, step_id="each", result=result)
    return context["each"]


async def theirs(npm: Npm, output: list[Any], **fields: Any) -> Any:
    result = {"status": "running", **fields, "output": output}
    step = {**THEIRS, "stepId": "each", "result": result, "requestContext": {}}
    return (await npm.workflows("updateWorkflowResults", step))["each"]


async def test_markers_of_theirs_reset_what_we_suspended(
    workflows: WorkflowsConvex, npm: Npm
) -> None:
    await ours(workflows, [SUSPENDED, "Tee", SUSPENDED, None])
    reset = await theirs(npm, [PENDING, PENDING, "ignored", PENDING, PENDING])
    assert reset["output"] == [None, "Tee", SUSPENDED, None, None]
    assert (await ours(workflows, ["thé", None]))["output"] == ["thé", "Tee", SUSPENDED, None, None]


async def test_markers_of_ours_reset_what_they_suspended(
    workflows: WorkflowsConvex, npm: Npm
) -> None:
    await theirs(npm, [SUSPENDED, {"$ref": "茶"}, PENDING])
    reset = await ours(workflows, [PENDING, PENDING, PENDING], status="success")
    assert (reset["output"], reset["status"]) == ([None, {"$ref": "茶"}, None], "running")
    done = await theirs(npm, [0, None, False], status="success")
    assert (done["output"], done["status"]) == ([0, {"$ref": "茶"}, False], "success")


async def test_iterations_in_both_languages_at_once_are_all_kept(
    workflows: WorkflowsConvex, npm: Npm
) -> None:
    slots = 30

    def filled(slot: int) -> list[Any]:
        return [{"slot": slot} if at == slot else None for at in range(slots)]

    async def all_of_theirs() -> None:
        for slot in range(0, slots, 2):
            await theirs(npm, filled(slot))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(all_of_theirs)
        for slot in range(1, slots, 2):
            tasks.start_soon(ours, workflows, filled(slot))
    snapshot = await npm.workflows("loadWorkflowSnapshot", THEIRS)
    assert snapshot["context"]["each"]["output"] == [{"slot": slot} for slot in range(slots)]
    assert await workflows.load_workflow_snapshot(**NAMES) == snapshot


@OURS
async def test_a_guard_of_ours_holds_against_a_change_of_theirs(
    workflows: WorkflowsConvex, npm: Npm
) -> None:
    await npm.workflows("updateWorkflowState", {**THEIRS, "opts": {"status": "canceled"}})
    state = await workflows.update_workflow_state(
        **NAMES, opts={"status": "success"}, expected_status=["running", "suspended"]
    )
    assert state is None
    assert (await npm.workflows("loadWorkflowSnapshot", THEIRS))["status"] == "canceled"


@OURS
async def test_5_18_a_run_of_theirs_does_not_overwrite_ours_of_the_same_id(
    workflows: WorkflowsConvex, npm: Npm
) -> None:
    snapshot = {"status": "running", "context": {"by": "us"}}
    await workflows.persist_workflow_snapshot(workflow_name="a-b", run_id="c", snapshot=snapshot)
    other = {"status": "running", "context": {"by": "npm"}}
    await npm.workflows(
        "persistWorkflowSnapshot", {"workflowName": "a", "runId": "b-c", "snapshot": other}
    )
    names = {"workflowName": "a-b", "runId": "c"}
    assert await npm.workflows("loadWorkflowSnapshot", names) == snapshot
    loaded = await workflows.load_workflow_snapshot(workflow_name="a", run_id="b-c")
    assert loaded == other


@OURS
async def test_a_run_of_theirs_is_watched(workflows: WorkflowsConvex, npm: Npm) -> None:
    with anyio.fail_after(10):
        async with workflows.watch_workflow_run(workflow_name="brew", run_id="2") as live:
            assert await anext(live) is None
            snapshot = {"status": "running", "context": {"$k": "é"}}
            await npm.workflows(
                "persistWorkflowSnapshot",
                {"workflowName": "brew", "runId": "2", "snapshot": snapshot},
            )
            run = await anext(live)
            assert run is not None
            assert run.snapshot == snapshot


async def test_a_column_that_theirs_could_not_store_is_text_they_can_parse(
    client: ConvexAdminClient, npm: Npm
) -> None:
    scores = ScoresConvex(client=client)
    score = NewScore(
        id="s", scorer_id="tone", run_id="1", scorer={"id": "tone"}, input={"$ref": "é"},
        output='{"json": "text"}', score=1, source="TEST",
    )  # fmt: skip
    await scores.save_score(score)
    read = await npm.scores("getScoreById", {"id": "s"})
    assert (read["scorer"], read["output"]) == ({"id": "tone"}, '{"json": "text"}')
    assert read["input"].strip() == '{"$ref":"é"}'
