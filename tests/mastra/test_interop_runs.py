"""Workflow runs and scores: the npm package reads what we wrote, and we what it wrote.

Once with our functions deployed, and once with only those of the npm package.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.mastra import NewScore, Score
from mastra.pair import START, Json, Pair, after, any_keys, ids, iso, plain

pytestmark = pytest.mark.anyio

# Workflow runs

RUN: Json = {"workflow_name": "brew", "run_id": "1"}
THEIR_RUN: Json = {"workflowName": "brew", "runId": "1"}


def snapshot(**fields: Any) -> Json:
    return {"runId": "1", "status": "running", "context": {"input": {}}, "value": {}, **fields}


@any_keys
async def test_a_run_of_theirs_is_ours(pair: Pair, value: Json) -> None:
    stored = snapshot(value=value)
    saved = {**THEIR_RUN, "resourceId": "ada", "snapshot": stored}
    await pair.npm.workflows("persistWorkflowSnapshot", saved)
    assert await pair.workflows.load_workflow_snapshot(**RUN) == stored
    run = await pair.workflows.get_workflow_run_by_id(**RUN)
    assert run is not None
    assert (run.snapshot, run.resource_id) == (stored, "ada")


@any_keys
async def test_a_run_of_ours_is_theirs(pair: Pair, value: Json) -> None:
    stored = snapshot(value=value)
    await pair.workflows.persist_workflow_snapshot(
        **RUN, snapshot=stored, resource_id="ada", created_at=START
    )
    assert await pair.npm.workflows("loadWorkflowSnapshot", THEIR_RUN) == stored
    run = await pair.npm.workflows("getWorkflowRunById", THEIR_RUN)
    assert run["createdAt"] == iso(START)
    assert run["resourceId"] == "ada"


async def test_both_store_results_of_one_runs_steps(pair: Pair) -> None:
    await pair.npm.workflows("persistWorkflowSnapshot", {**THEIR_RUN, "snapshot": snapshot()})
    each: Json = {"status": "running", "output": [None, None]}
    await pair.workflows.update_workflow_results(**RUN, step_id="each", result=each)
    theirs = {**THEIR_RUN, "stepId": "each", "requestContext": {"$by": "npm"}}
    theirs["result"] = {**each, "output": ["tea", None]}
    await pair.npm.workflows("updateWorkflowResults", theirs)
    merged = await pair.workflows.update_workflow_results(
        **RUN,
        step_id="each",
        result={**each, "output": [None, {"ü": None}]},
        request_context={"by": "us"},
    )
    assert merged["each"]["output"] == ["tea", {"ü": None}]
    read = await pair.npm.workflows("loadWorkflowSnapshot", THEIR_RUN)
    assert read["context"] == {"input": {}, **merged}
    assert read["requestContext"] == {"$by": "npm", "by": "us"}


async def test_each_changes_the_state_of_the_others_run(pair: Pair) -> None:
    await pair.workflows.persist_workflow_snapshot(**RUN, snapshot=snapshot())
    opts: Json = {"status": "suspended", "suspendedPaths": {"a": [0]}}
    await pair.npm.workflows("updateWorkflowState", {**THEIR_RUN, "opts": opts})
    state = await pair.workflows.update_workflow_state(**RUN, opts={"status": "success"})
    assert state == snapshot(status="success", suspendedPaths={"a": [0]})
    assert await pair.npm.workflows("loadWorkflowSnapshot", THEIR_RUN) == state


async def test_runs_are_listed_alike_newest_first(pair: Pair) -> None:
    for n in range(4):
        names: Json = {"workflow_name": "brew", "run_id": f"r{n}"}
        if n % 2:
            await pair.workflows.persist_workflow_snapshot(
                **names, snapshot=snapshot(status="success"), resource_id="ada", created_at=after(n)
            )
        else:
            saved = {"workflowName": "brew", "runId": f"r{n}", "snapshot": snapshot()}
            await pair.npm.workflows("persistWorkflowSnapshot", {**saved, "createdAt": after(n)})
    theirs = await pair.npm.workflows("listWorkflowRuns", {"workflowName": "brew"})
    listed = await pair.workflows.list_workflow_runs(workflow_name="brew")
    assert [run["runId"] for run in theirs["runs"]] == ["r3", "r2", "r1", "r0"]
    assert [run.run_id for run in listed.runs] == ["r3", "r2", "r1", "r0"]
    assert theirs["total"] == listed.total == 4
    done = await pair.npm.workflows("listWorkflowRuns", {"status": "success", "resourceId": "ada"})
    ours_done = await pair.workflows.list_workflow_runs(status="success", resource_id="ada")
    assert [run["runId"] for run in done["runs"]] == [run.run_id for run in ours_done.runs]


async def test_a_run_deleted_by_one_is_gone_for_the_other(pair: Pair) -> None:
    await pair.workflows.persist_workflow_snapshot(**RUN, snapshot=snapshot())
    await pair.npm.workflows("deleteWorkflowRunById", THEIR_RUN)
    assert await pair.workflows.get_workflow_run_by_id(**RUN) is None
    await pair.npm.workflows("persistWorkflowSnapshot", {**THEIR_RUN, "snapshot": snapshot()})
    await pair.workflows.delete_workflow_run_by_id(**RUN)
    assert await pair.npm.workflows("loadWorkflowSnapshot", THEIR_RUN) is None


# Scores


def their_score(value: Any, **fields: Any) -> Json:
    return {
        "scorerId": "helpful",
        "runId": "1",
        "scorer": {"name": "Hilfreich ✓"},
        "input": value,
        "output": [value],
        "score": 0.75,
        "source": "LIVE",
        "entityId": "agent",
        "entityType": "AGENT",
        "entity": {"id": "agent"},
        **fields,
    }


def our_score(value: Any) -> NewScore:
    return NewScore(
        scorer_id="helpful",
        run_id="1",
        scorer={"name": "Hilfreich ✓"},
        input=value,
        output=[value],
        score=0.75,
        source="LIVE",
        entity_id="agent",
        entity_type="AGENT",
        entity={"id": "agent"},
    )


@plain
async def test_a_score_of_theirs_is_ours(pair: Pair, value: Json) -> None:
    saved = (await pair.npm.scores("saveScore", their_score(value, reason="gut")))["score"]
    ours = await pair.scores.get_score_by_id(id=saved["id"])
    assert ours is not None
    assert (ours.scorer, ours.input, ours.output) == ({"name": "Hilfreich ✓"}, value, [value])
    assert (ours.score, ours.reason, ours.entity) == (0.75, "gut", {"id": "agent"})
    assert iso(ours.created_at) == saved["createdAt"]


@plain
async def test_a_score_of_ours_is_theirs(pair: Pair, value: Json) -> None:
    ours: Score = await pair.scores.save_score(our_score(value))
    theirs = await pair.npm.scores("getScoreById", {"id": ours.id})
    assert their_score(value).items() <= theirs.items()
    assert theirs["createdAt"] == iso(ours.created_at)


async def test_scores_are_listed_by_both(pair: Pair) -> None:
    first = (await pair.npm.scores("saveScore", their_score(1)))["score"]["id"]
    second = (await pair.scores.save_score(our_score(2))).id
    pages = {"pagination": {"page": 0, "perPage": 10}}
    for theirs, ours in (
        (
            await pair.npm.scores("listScoresByScorerId", {"scorerId": "helpful", **pages}),
            await pair.scores.list_scores_by_scorer_id(scorer_id="helpful"),
        ),
        (
            await pair.npm.scores("listScoresByRunId", {"runId": "1", **pages}),
            await pair.scores.list_scores_by_run_id(run_id="1"),
        ),
        (
            await pair.npm.scores(
                "listScoresByEntityId", {"entityId": "agent", "entityType": "AGENT", **pages}
            ),
            await pair.scores.list_scores_by_entity_id(entity_id="agent", entity_type="AGENT"),
        ),
    ):
        assert set(ids(theirs["scores"])) == {score.id for score in ours.scores}
        assert {first, second} == {score.id for score in ours.scores}
        assert theirs["pagination"]["total"] == ours.total == 2


# Rows of early releases (§3.8)


async def test_a_snapshot_stored_as_an_object_is_one_for_both(pair: Pair) -> None:
    row = {"id": "brew-1", **RUN, "snapshot": snapshot(status="success")}
    times = {"createdAt": iso(START), "updatedAt": iso(START)}
    await pair.writer.insert("mastra_workflow_snapshots", {**row, **times})
    assert await pair.workflows.load_workflow_snapshot(**RUN) == snapshot(status="success")
    assert await pair.npm.workflows("loadWorkflowSnapshot", THEIR_RUN) == snapshot(status="success")
    listed = await pair.workflows.list_workflow_runs(status="success")
    theirs = await pair.npm.workflows("listWorkflowRuns", {"status": "success"})
    assert [run.run_id for run in listed.runs] == [run["runId"] for run in theirs["runs"]] == ["1"]


async def test_a_run_without_id_is_one_for_both_after_we_saved_it(pair: Pair) -> None:
    row = {**RUN, "snapshot": snapshot(), "createdAt": iso(START), "updatedAt": iso(START)}
    await pair.writer.insert("mastra_workflow_snapshots", row)
    assert await pair.npm.workflows("loadWorkflowSnapshot", THEIR_RUN) == snapshot()
    await pair.workflows.persist_workflow_snapshot(**RUN, snapshot=snapshot(status="success"))
    assert len(await pair.writer.rows("mastra_workflow_snapshots")) == 1
    theirs = await pair.npm.workflows("loadWorkflowSnapshot", THEIR_RUN)
    assert theirs == snapshot(status="success")


async def tables_of(deployment: LocalDeployment) -> dict[str, Json]:
    """Every table's columns and indexes, as the deployment tells them."""
    async with ConvexClient(deployment.url, admin_key=deployment.admin_key) as client:
        schemas = await client.query("_system/frontend/getSchemas:default")
    return {table["tableName"]: table for table in json.loads(schemas["active"])["tables"]}


async def test_our_tables_have_the_columns_and_indexes_of_theirs(
    our_writer: LocalDeployment, published_writer: LocalDeployment
) -> None:
    ours, theirs = await tables_of(our_writer), await tables_of(published_writer)
    assert ours.keys() - theirs.keys() == {"mastra_vector_versions"}  # counts our own writes
    assert theirs.keys() <= ours.keys()
    for name, table in theirs.items():
        assert ours[name]["documentType"] == table["documentType"], name
        for index in table["indexes"]:
            assert index in ours[name]["indexes"], name
