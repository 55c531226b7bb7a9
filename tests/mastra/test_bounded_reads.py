"""What one call on runs and scores reads does not grow with what else is stored (§5.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, NewScore, ScoresConvex, WorkflowsConvex

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("functions", ["ours"])]

TIME = "2024-01-01T00:00:00.000Z"
STATE: dict[str, Any] = {"status": "running", "context": {}}
NAMES: dict[str, Any] = {"workflow_name": "w", "run_id": "r"}
Use = Callable[[ConvexAdminClient], Awaitable[object]]


async def store_others(client: ConvexAdminClient) -> None:
    """Store 60 runs and scores that nobody asks for."""
    runs = [
        {"id": f"v-{n}", "workflow_name": "v", "run_id": f"{n}", "resourceId": "bob"}
        | {"snapshot": "{}", "createdAt": TIME, "updatedAt": TIME}
        for n in range(60)
    ]
    scores = [
        {"id": f"n{n}", "scorerId": "noise", "runId": f"{n}", "scorer": {}, "input": 1}
        | {"output": 2, "score": n, "source": "LIVE", "createdAt": TIME, "updatedAt": TIME}
        for n in range(60)
    ]
    for table, rows in (("mastra_workflow_snapshot", runs), ("mastra_scorers", scores)):
        await client.call_storage({"op": "batchInsert", "tableName": table, "records": rows})


def score(number: int) -> NewScore:
    return NewScore(
        id=f"s{number}",
        scorer_id="tone",
        run_id="r",
        scorer={},
        input=1,
        output=2,
        score=number,
        source="TEST",
        trace_id="t",
        span_id="s",
        entity_id="e",
        entity_type="AGENT",
    )


@pytest.mark.parametrize(
    ("use", "most"),
    [
        (lambda c: WorkflowsConvex(client=c).load_workflow_snapshot(**NAMES), 1),
        (lambda c: WorkflowsConvex(client=c).get_workflow_run_by_id(run_id="r"), 1),
        (lambda c: WorkflowsConvex(client=c).get_workflow_run_by_id(run_id="?"), 0),
        (
            lambda c: WorkflowsConvex(client=c).persist_workflow_snapshot(**NAMES, snapshot=STATE),
            2,
        ),
        (
            lambda c: WorkflowsConvex(client=c).update_workflow_results(
                **NAMES, step_id="s", result=1
            ),
            2,
        ),
        (lambda c: WorkflowsConvex(client=c).update_workflow_state(**NAMES, opts={"a": 1}), 2),
        (lambda c: WorkflowsConvex(client=c).list_workflow_runs(workflow_name="w"), 3),
        (lambda c: WorkflowsConvex(client=c).list_workflow_runs(resource_id="ada"), 3),
        (lambda c: WorkflowsConvex(client=c).delete_workflow_run_by_id(**NAMES), 2),
        (lambda c: ScoresConvex(client=c).get_score_by_id(id="s1"), 1),
        (lambda c: ScoresConvex(client=c).save_score(score(1)), 2),
        (lambda c: ScoresConvex(client=c).list_scores_by_scorer_id(scorer_id="tone"), 3),
        (lambda c: ScoresConvex(client=c).list_scores_by_run_id(run_id="r"), 3),
        (lambda c: ScoresConvex(client=c).list_scores_by_span(trace_id="t", span_id="s"), 3),
        (
            lambda c: ScoresConvex(client=c).list_scores_by_entity_id(
                entity_id="e", entity_type="AGENT"
            ),
            3,
        ),
    ],
)
async def test_5_4_a_call_reads_only_what_it_is_about(
    client: ConvexAdminClient, deployment: LocalDeployment, use: Use, most: int
) -> None:
    await store_others(client)
    workflows, scores = WorkflowsConvex(client=client), ScoresConvex(client=client)
    for number in range(3):
        await workflows.persist_workflow_snapshot(
            workflow_name="w", run_id="r" if number == 0 else f"r{number}", snapshot=STATE,
            resource_id="ada",
        )  # fmt: skip
        await scores.save_score(score(number))
    await use(client)
    [*_, call] = await deployment.recent_calls()
    assert call.documents_read <= most, call
    # §5.1: a read that runs as a mutation is neither cached nor watched, and meets conflicts.
    assert call.kind == ("mutation" if call.documents_written else "query")
