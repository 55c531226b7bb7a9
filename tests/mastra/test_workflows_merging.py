"""Merging step results against a plain reading of the rule (§4.2), and from many tasks at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioconvex.mastra import ConvexAdminClient
from aioconvex.mastra.workflows import WorkflowsConvex

pytestmark = pytest.mark.anyio

PENDING = {"__mastra_pending__": True}
NAMES: dict[str, Any] = {"workflow_name": "w", "run_id": "1"}

suspended = st.fixed_dictionaries(
    {"status": st.just("suspended")},
    optional={"suspendPayload": st.just({"why": "ask"}), "suspendedAt": st.just(5)},
)
slots = st.one_of(
    st.none(),
    st.just(PENDING),
    st.just({**PENDING, "more": 1}),
    st.just({"__mastra_pending__": 1}),
    suspended,
    st.sampled_from([0, 1, False, "", "done", {"status": "success"}, {"$ref": [None]}]),
)
outputs = st.one_of(st.lists(slots, max_size=5), st.lists(slots, max_size=5), slots)
results = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "output": outputs,
            "status": st.sampled_from(["running", "success", "suspended"]),
            "kept": st.integers(0, 3),
        },
    ),
    slots,
)


def is_marker(slot: object) -> bool:
    return isinstance(slot, dict) and list(slot) == ["__mastra_pending__"] and slot[
        "__mastra_pending__"
    ] is True  # fmt: skip


def is_unfinished(slot: object) -> bool:
    if slot is None or is_marker(slot):
        return True
    return (
        isinstance(slot, dict)
        and slot.get("status") == "suspended"
        and ("suspendPayload" in slot or "suspendedAt" in slot)
    )


def merged(stored: Any, new: Any) -> Any:
    """What the reference says, sentence by sentence."""
    both = [r.get("output") if isinstance(r, dict) else None for r in (stored, new)]
    if not all(isinstance(output, list) for output in both):
        return new
    old, fresh = (list(output) for output in both if isinstance(output, list))
    longest = max(len(old), len(fresh))
    old += [None] * (longest - len(old))
    if any(is_marker(slot) for slot in fresh):
        for at, slot in enumerate(fresh):
            if is_marker(slot) and is_unfinished(old[at]):
                old[at] = None
        return {**stored, "output": old}
    for at, slot in enumerate(fresh):
        if slot is not None:
            old[at] = slot
    return {**stored, **new, "output": old}


@pytest.fixture
def workflows(client: ConvexAdminClient) -> WorkflowsConvex:
    return WorkflowsConvex(client=client)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(results, min_size=2, max_size=5))
async def test_4_2_results_merge_as_the_rule_says(
    workflows: WorkflowsConvex, functions: str, history: list[Any]
) -> None:
    if functions == "published":  # which fail on a stored result that is no object
        history = [result for result in history if isinstance(result, dict)]
    await workflows.persist_workflow_snapshot(**NAMES, snapshot={"context": {"other": 1}})
    expected: Any = None
    for index, result in enumerate(history):
        expected = result if index == 0 else merged(expected, result)
        context = await workflows.update_workflow_results(**NAMES, step_id="s", result=result)
        assert context == {"other": 1, "s": expected}
    snapshot = await workflows.load_workflow_snapshot(**NAMES)
    assert snapshot is not None
    assert snapshot["context"] == {"other": 1, **({"s": expected} if history else {})}


async def test_5_18_iterations_that_finish_at_once_are_all_kept(
    workflows: WorkflowsConvex,
) -> None:
    await workflows.persist_workflow_snapshot(**NAMES, snapshot={"context": {}})

    async def finish(slot: int) -> None:
        output = [{"n": slot} if at == slot else None for at in range(50)]
        result = {"status": "success", "output": output}
        context = {f"key{slot}": slot}
        merged = await workflows.update_workflow_results(
            **NAMES, step_id="s", result=result, request_context=context
        )
        assert merged["s"]["output"][slot] == {"n": slot}

    async with anyio.create_task_group() as tasks:
        for slot in range(50):
            tasks.start_soon(finish, slot)
    snapshot = await workflows.load_workflow_snapshot(**NAMES)
    assert snapshot is not None
    assert snapshot["context"]["s"]["output"] == [{"n": slot} for slot in range(50)]
    assert snapshot["requestContext"] == {f"key{slot}": slot for slot in range(50)}


@pytest.mark.parametrize("functions", ["ours"])
async def test_5_18_the_first_created_at_stays_whoever_stores_a_run_at_once(
    workflows: WorkflowsConvex,
) -> None:
    """The published adapter reads it in another transaction (upstream 23118)."""
    seen: set[datetime] = set()

    async def store(number: int) -> None:
        await workflows.persist_workflow_snapshot(
            **NAMES, snapshot={"context": {}, "number": number}
        )
        run = await workflows.get_workflow_run_by_id(run_id="1")
        assert run is not None
        seen.add(run.created_at)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(store, number)
    assert len(seen) == 1
    assert (await workflows.list_workflow_runs()).total == 1
