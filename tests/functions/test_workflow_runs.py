"""Workflow runs: which row is meant, and how snapshots are merged (§4.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.mastra import RUNS, Mastra, Row, at, ids, own, refused, run

pytestmark = pytest.mark.anyio

PENDING = {"__mastra_pending__": True}
SUSPENDED = {"status": "suspended", "suspendPayload": {"why": "ask"}}


async def save(mastra: Mastra, snapshot: object) -> None:
    await mastra.insert(RUNS, run("w", "1", snapshot=json.dumps(snapshot)))


async def snapshot_of(mastra: Mastra) -> Any:
    row = await mastra.query("watchWorkflowRun", workflowName="w", runId="1")
    return json.loads(row["snapshot"])


async def merge_step(
    mastra: Mastra, result: object, request_context: object = None, step: str = "s"
) -> Any:
    text = await mastra.result(
        "mergeWorkflowStepResult",
        RUNS,
        workflowName="w",
        runId="1",
        stepId=step,
        result=json.dumps(result),
        requestContext=json.dumps(request_context or {}),
    )
    return json.loads(text)


async def merge_state(mastra: Mastra, opts: object) -> Any:
    text = await mastra.result(
        "mergeWorkflowState", RUNS, workflowName="w", runId="1", opts=json.dumps(opts)
    )
    return text if text is None else json.loads(text)


async def test_a_step_result_joins_the_context(mastra: Mastra) -> None:
    await save(mastra, {"context": {"input": 1}, "status": "running", "requestContext": {"a": 1}})
    result = {"status": "success", "output": {"$schema": "x", "é": 1}}
    context = {"input": 1, "s": result}
    assert await merge_step(mastra, result, {"b": {"c": 2}}) == context
    assert await snapshot_of(mastra) == {
        "context": context,
        "status": "running",
        "requestContext": {"a": 1, "b": {"c": 2}},
    }
    row = await mastra.query("watchWorkflowRun", workflowName="w", runId="1")
    assert row["createdAt"] == at(0) < row["updatedAt"]


@pytest.mark.parametrize("step", ["toString", "__proto__", "constructor"])
async def test_a_step_may_have_any_name(mastra: Mastra, step: str) -> None:
    await save(mastra, {"context": {}})
    assert await merge_step(mastra, {"output": [1]}, step=step) == {step: {"output": [1]}}
    merged = {step: {"output": [1, 2]}}
    assert await merge_step(mastra, {"output": [None, 2]}, step=step) == merged
    assert (await snapshot_of(mastra))["context"] == merged


@pytest.mark.parametrize(
    ("stored", "new", "merged"),
    [
        pytest.param({"output": 1, "x": 1}, {"output": 2}, {"output": 2}, id="no lists: replaced"),
        pytest.param(
            {"output": [1], "x": 1}, {"output": 2}, {"output": 2}, id="one list: replaced"
        ),
        pytest.param({"output": 1}, {"output": [2]}, {"output": [2]}, id="new list: replaced"),
        pytest.param({"output": [1]}, "text", "text", id="no object: replaced"),
        pytest.param({"output": [1]}, None, None, id="null: replaced"),
        pytest.param(
            {"output": [1, None, 3], "kept": 1, "status": "running"},
            {"output": [None, 2, 30], "status": "success"},
            {"output": [1, 2, 30], "kept": 1, "status": "success"},
            id="slots that are not null overwrite, other fields overlay",
        ),
        pytest.param(
            {"output": [1]}, {"output": [None, None, 3]}, {"output": [1, None, 3]}, id="longer new"
        ),
        pytest.param(
            {"output": [1, 2, 3]}, {"output": [9]}, {"output": [9, 2, 3]}, id="longer stored"
        ),
        pytest.param(
            {"output": [0, False, ""]},
            {"output": [None] * 3},
            {"output": [0, False, ""]},
            id="falsy kept",
        ),
        pytest.param(
            {"output": [1, 1, 1]},
            {"output": [0, False, ""]},
            {"output": [0, False, ""]},
            id="falsy set",
        ),
        pytest.param({"output": []}, {"output": []}, {"output": []}, id="empty"),
        pytest.param(
            {"output": [None, PENDING, SUSPENDED, {"status": "suspended", "suspendedAt": 1}, 5]},
            {"output": [PENDING] * 5},
            {"output": [None, None, None, None, 5]},
            id="markers reset what is not finished",
        ),
        pytest.param(
            {"output": [SUSPENDED, 2], "status": "suspended", "kept": 1},
            {"output": [PENDING, 20], "status": "running", "extra": 1},
            {"output": [None, 2], "status": "suspended", "kept": 1},
            id="with a marker nothing else acts",
        ),
        pytest.param(
            {"output": [1]},
            {"output": [None, PENDING, 3]},
            {"output": [1, None, None]},
            id="marker past the end",
        ),
        pytest.param(
            {"output": [{"status": "suspended"}, {"status": "failed", "suspendPayload": 1}]},
            {"output": [PENDING, PENDING]},
            {"output": [{"status": "suspended"}, {"status": "failed", "suspendPayload": 1}]},
            id="an output that only looks suspended stays",
        ),
        pytest.param(
            {"output": [1]},
            {"output": [{"__mastra_pending__": True, "more": 1}]},
            {"output": [{"__mastra_pending__": True, "more": 1}]},
            id="a marker has no other field",
        ),
        pytest.param(
            {"output": [1]},
            {"output": [{"__mastra_pending__": 1}]},
            {"output": [{"__mastra_pending__": 1}]},
            id="a marker is true",
        ),
    ],
)
async def test_outputs_merge_slot_by_slot(
    mastra: Mastra, stored: object, new: object, merged: object
) -> None:
    await save(mastra, {"context": {"s": stored}})
    assert await merge_step(mastra, new) == {"s": merged}
    assert (await snapshot_of(mastra))["context"] == {"s": merged}


async def test_iterations_that_finish_in_any_order_are_all_kept(mastra: Mastra) -> None:
    await save(mastra, {"context": {}})
    for slot in (3, 0, 2, 1):
        output = [slot * 10 if n == slot else None for n in range(4)]
        await merge_step(mastra, {"status": "success", "output": output})
    context = (await snapshot_of(mastra))["context"]
    assert context == {"s": {"status": "success", "output": [0, 10, 20, 30]}}


async def test_state_merges_one_level_deep(mastra: Mastra) -> None:
    await save(mastra, {"context": {"a": 1}, "status": "running", "value": {"x": 1}})
    merged = {"context": {"a": 1}, "status": "suspended", "value": {"y": 2}}
    assert await merge_state(mastra, {"status": "suspended", "value": {"y": 2}}) == merged
    assert await snapshot_of(mastra) == merged


@pytest.mark.parametrize("expected", ["running", ["suspended", "running"]])
async def test_an_expected_status_lets_the_change_pass(mastra: Mastra, expected: object) -> None:
    await save(mastra, {"context": {}, "status": "running"})
    changed = {"context": {}, "status": "success"}
    assert await merge_state(mastra, {"status": "success", "expectedStatus": expected}) == changed
    assert await snapshot_of(mastra) == changed


@pytest.mark.parametrize("expected", ["suspended", ["success", "failed"], []])
async def test_another_status_keeps_the_change_out(mastra: Mastra, expected: object) -> None:
    await save(mastra, {"context": {}, "status": "running"})
    assert await merge_state(mastra, {"status": "success", "expectedStatus": expected}) is None
    assert await snapshot_of(mastra) == {"context": {}, "status": "running"}


MERGES = [
    ("mergeWorkflowStepResult", {"stepId": "s", "result": "{}", "requestContext": "{}"}),
    ("mergeWorkflowState", {"opts": "{}"}),
]


@pytest.mark.parametrize(("op", "fields"), MERGES)
async def test_an_unknown_run_is_answered(mastra: Mastra, op: str, fields: dict[str, str]) -> None:
    answer = await mastra.handle(op, RUNS, workflowName="w", runId="1", **fields)
    text = "Workflow snapshot not found for runId 1"
    assert answer == {"ok": False, "error": text, "code": "WorkflowRunNotFound"}


@pytest.mark.parametrize(("op", "fields"), MERGES)
async def test_a_snapshot_without_context_is_answered(
    mastra: Mastra, op: str, fields: dict[str, str]
) -> None:
    text = "Workflow snapshot of runId 1 has no context"
    snapshots: list[object] = ["", "no json", "{}", "[]", '{"context":null}', {}, None]
    for snapshot in snapshots:
        await mastra.insert(RUNS, run("w", "1", snapshot=snapshot))
        answer = await mastra.handle(op, RUNS, workflowName="w", runId="1", **fields)
        assert answer == {"ok": False, "error": text, "code": "WorkflowContextMissing"}


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("mergeWorkflowStepResult", {"stepId": "s", "result": "{", "requestContext": "{}"}),
        ("mergeWorkflowStepResult", {"stepId": "s", "result": "1", "requestContext": "[]"}),
        ("mergeWorkflowStepResult", {"result": "{}", "requestContext": "{}"}),
        ("mergeWorkflowStepResult", {"stepId": "s", "result": "{}"}),
        ("mergeWorkflowState", {"opts": "[]"}),
        ("mergeWorkflowState", {"opts": {}}),
    ],
)
async def test_a_malformed_merge_is_refused(
    mastra: Mastra, op: str, fields: dict[str, object]
) -> None:
    await save(mastra, {"context": {}})
    with refused("InvalidRequest"):
        await mastra.handle(op, RUNS, workflowName="w", runId="1", **fields)
    assert await snapshot_of(mastra) == {"context": {}}


async def test_a_snapshot_stored_as_an_object_is_merged_too(mastra: Mastra) -> None:
    await mastra.insert(RUNS, run("w", "1", snapshot={"context": {"a": 1}}))
    assert await merge_step(mastra, 2) == {"a": 1, "s": 2}
    assert (await snapshot_of(mastra))["context"] == {"a": 1, "s": 2}


async def test_runs_of_one_id_do_not_overwrite_each_other(mastra: Mastra) -> None:
    first, second = run("a-b", "c", 1), run("a", "b-c", 2)
    assert first["id"] == second["id"]
    await mastra.insert(RUNS, first, second)
    for stored in (first, second):
        names = {name: stored[name] for name in ("workflow_name", "run_id")}
        assert own(await mastra.result("load", RUNS, keys=names)) == stored
    # What names a run by that id alone cannot mean either.
    requests: list[tuple[str, Row]] = [
        ("load", {"keys": {"id": "a-b-c"}}),
        ("loadMany", {"ids": ["a-b-c"]}),
        ("patch", {"id": "a-b-c", "record": {"snapshot": "{}"}}),
        ("deleteMany", {"ids": ["a-b-c"]}),
    ]
    for op, fields in requests:
        with refused("AmbiguousRunId"):
            await mastra.handle(op, RUNS, **fields)
    assert len(await mastra.rows(RUNS)) == 2


async def test_a_run_is_found_by_its_run_id_alone(mastra: Mastra) -> None:
    await mastra.insert(RUNS, run("w", "1", 5), run("v", "1", 9), run("u", "1", 7))
    assert (await mastra.result("load", RUNS, keys={"run_id": "1"}))["id"] == "v-1"
    assert ids(await mastra.rows(RUNS, run_id="1")) == ["w-1", "u-1", "v-1"]


async def test_a_record_without_id_gets_one(mastra: Mastra) -> None:
    record = {name: value for name, value in run("w", "1").items() if name != "id"}
    await mastra.insert(RUNS, record)
    assert await mastra.rows(RUNS) == [run("w", "1")]
