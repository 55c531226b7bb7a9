"""Runs behave as in Mastra's own in-memory storage, which says what its domains mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioconvex._codec import camel
from aioconvex.mastra import ConvexAdminClient, WorkflowRun, WorkflowRunList, WorkflowsConvex
from mastra.npm import Driver, Npm

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("functions", ["ours"])]

START = datetime(2024, 1, 1, tzinfo=UTC)
Json = dict[str, Any]

references = count()

pending = {"__mastra_pending__": True}
slot = st.sampled_from(
    [None, pending, {**pending, "x": 1}, {"status": "suspended", "suspendPayload": 1}, 0, "done"]
)
result = st.fixed_dictionaries(
    {}, optional={"output": st.lists(slot, max_size=4), "status": st.sampled_from(["a", "b"])}
)
context = st.sampled_from([{}, {"k": 1}, {"k": {"$n": 2}}])
status = st.sampled_from(["running", "success", "suspended"])
owner = st.sampled_from(["ada", "bob"])
names = {"workflow_name": st.sampled_from(["w", "v"]), "run_id": st.sampled_from(["1", "2"])}


def call(method: str, **args: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Json]]:
    """Draw a call; what may be left out is in `optional`."""
    return st.tuples(st.just(method), st.fixed_dictionaries(args))


def snapshot_of(status_: str) -> Json:
    return {"status": status_, "context": {}, "value": {"é": 1}}


calls = st.one_of(
    call(
        "persist_workflow_snapshot",
        **names,
        snapshot=status.map(snapshot_of),
        resource_id=st.none() | owner,
    ),
    call(
        "update_workflow_results",
        **names,
        step_id=st.sampled_from(["s", "t"]),
        result=result,
        request_context=context,
    ),
    call(
        "update_workflow_state",
        **names,
        opts=status.map(lambda value: {"status": value}),
        expected_status=st.sampled_from([None, "running", ["success", "suspended"]]),
    ),
    call(
        "list_workflow_runs",
        workflow_name=st.none() | names["workflow_name"],
        resource_id=st.none() | owner,
        status=st.none() | status,
        per_page=st.sampled_from([0, 1, 2, 9, False]),
        page=st.integers(0, 2),
    ),
    call("load_workflow_snapshot", **names),
    call("get_workflow_run_by_id", run_id=names["run_id"], workflow_name=st.none() | st.just("w")),
    call("delete_workflow_run_by_id", **names),
)
histories = st.lists(calls, min_size=3, max_size=12)


def in_typescript(args: Json) -> Json:
    """Arguments as Mastra spells them; its guard is one of the options."""
    theirs = {camel(name): value for name, value in args.items()}
    guard = theirs.pop("expectedStatus", None)
    if guard is not None:
        theirs["opts"] = {**theirs["opts"], "expectedStatus": guard}
    return theirs


def plain(answer: Any) -> Any:
    """An answer without the times that the clock gave it, in TypeScript's words."""
    if isinstance(answer, WorkflowRunList):
        return {"total": answer.total, "runs": [plain(run) for run in answer.runs]}
    if isinstance(answer, WorkflowRun):
        return plain(
            {camel(k): v for k, v in attrs.asdict(answer, recurse=False).items() if v is not None}
        )
    if isinstance(answer, dict) and "runs" in answer:
        return {**answer, "runs": [plain(run) for run in answer["runs"]]}
    if isinstance(answer, dict) and "runId" in answer:
        # One of its methods also gives the names of columns.
        left_out = {"createdAt", "updatedAt", "workflow_name", "run_id"}
        return {name: value for name, value in answer.items() if name not in left_out}
    return answer


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories)
async def test_4_2_every_call_answers_as_in_mastras_own_storage(
    client: ConvexAdminClient, driver: Driver, history: list[tuple[str, Json]]
) -> None:
    workflows = WorkflowsConvex(client=client)
    await workflows.dangerously_clear_all()
    reference = Npm(driver, f"memory:{next(references)}", "")
    for number, (method, drawn) in enumerate(history):
        args = {name: value for name, value in drawn.items() if value is not None}
        if method == "persist_workflow_snapshot":
            # Of one time, the order is nobody's; so no two runs have one.
            args["created_at"] = START + timedelta(seconds=number * 37 % 101)
        if args.get("per_page") is False:
            args["page"] = 0  # all are on one page
        ours = await getattr(workflows, method)(**args)
        theirs = await reference.workflows(camel(method), in_typescript(args))
        assert plain(ours) == plain(theirs), method
