"""The npm package's storage and ours on one deployment: each reads what the other wrote.

Once with our functions deployed, and once with only those of the npm package.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from attrs import frozen

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.local._node import find_node
from aioconvex.mastra import (
    ConvexStore,
    MemoryConvex,
    Message,
    MessageUpdate,
    NewScore,
    Resource,
    Score,
    ScoresConvex,
    Thread,
    WorkflowsConvex,
)
from mastra.early_rows import Writer
from mastra.npm import Driver, Npm

pytestmark = pytest.mark.anyio

START = datetime(2024, 2, 29, 23, 59, 59, 120_000, UTC)

Json = dict[str, Any]

# Objects whose keys Convex takes.
PLAIN: dict[str, Json] = {
    "empty": {},
    "flat": {"category": "tech", "rank": 3, "ratio": 0.25, "open": True},
    "null": {"a": None, "b": [None, 1]},
    "deep": {"a": {"b": [{"c": "d"}, [1, [2.5]]]}},
    "non-ascii": {"name": "Zoë 🌍 東京", "rtl": "שלום\u200f", "control": "tab\tnul\u0000"},
    "numbers": {"zero": 0, "big": 2**53, "negative": -1.5e-7, "epoch": 1_700_000_000_000},
}
# Objects with any keys, for what is stored as text.
ANY_KEYS: dict[str, Json] = {
    **PLAIN,
    "dollar": {"$schema": "http://json-schema.org", "a": {"$ref": "#/x", "$integer": "AQ=="}},
    "odd-keys": {"": "empty", "ключ": "value", "_id": 1, "a b": {"é": []}, "constructor": 1},
}

plain = pytest.mark.parametrize("value", PLAIN.values(), ids=PLAIN)
any_keys = pytest.mark.parametrize("value", ANY_KEYS.values(), ids=ANY_KEYS)


@frozen
class Pair:
    """Both sides, and the tables themselves."""

    us: ConvexStore
    npm: Npm
    writer: Writer

    @property
    def memory(self) -> MemoryConvex:
        return self.us.memory

    @property
    def workflows(self) -> WorkflowsConvex:
        return self.us.workflows

    @property
    def scores(self) -> ScoresConvex:
        return self.us.scores


@pytest.fixture(scope="module")
def driver() -> Generator[Driver]:
    """Node, with the npm package loaded."""
    with Driver.running(Path(anyio.run(find_node))) as driver:
        yield driver


@pytest.fixture
def pair(writer: Writer, functions: str, driver: Driver, request: pytest.FixtureRequest) -> Pair:
    """Both sides on one empty deployment."""
    name = "our_writer" if functions == "ours" else "published_writer"
    deployment: LocalDeployment = request.getfixturevalue(name)
    us = ConvexStore(id="interop", client=writer.client)
    return Pair(us, Npm.of(driver, deployment), writer)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"


def thread(id_: str = "t", seconds: float = 0, **fields: Any) -> Thread:
    return Thread(
        **{
            "id": id_,
            "resource_id": "ada",
            "title": "Tea ☕",
            "created_at": after(seconds),
            **fields,
        }
    )


def their_thread(ours: Thread) -> Json:
    """A thread as the npm package takes and gives it."""
    return {
        "id": ours.id,
        "resourceId": ours.resource_id,
        "title": ours.title,
        "metadata": ours.metadata,
        "createdAt": ours.created_at,
        "updatedAt": ours.updated_at,
    }


def message(id_: str, content: Any, seconds: float = 0, **fields: Any) -> Message:
    base = {"thread_id": "t", "resource_id": "ada", "role": "user", "created_at": after(seconds)}
    return Message(**{"id": id_, "content": content, **base, **fields})


def their_message(ours: Message) -> Json:
    return {
        "id": ours.id,
        "threadId": ours.thread_id,
        "resourceId": ours.resource_id,
        "role": ours.role,
        "type": ours.type,
        "content": ours.content,
        "createdAt": ours.created_at,
    }


def text(said: str, **metadata: Any) -> Json:
    """Content of the second format, which the npm package gives back whole."""
    content: Json = {"format": 2, "parts": [{"type": "text", "text": said}]}
    return {**content, "metadata": metadata} if metadata else content


def sent(value: Any) -> Any:
    """What JSON makes of a value: dates become text."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return {key: sent(item) for key, item in value.items()}
    if isinstance(value, list):
        return [sent(item) for item in value]
    return value


def seen(row: Json) -> Json:
    """What the npm package gives, without Convex's own fields, which it leaks."""
    return {key: item for key, item in row.items() if not key.startswith("_")}


def ids(rows: list[Json]) -> list[str]:
    return [row["id"] for row in rows]


async def tables_of(deployment: LocalDeployment) -> dict[str, Json]:
    """Every table's columns and indexes, as the deployment tells them."""
    async with ConvexClient(deployment.url, admin_key=deployment.admin_key) as client:
        schemas = await client.query("_system/frontend/getSchemas:default")
    return {table["tableName"]: table for table in json.loads(schemas["active"])["tables"]}


async def test_our_tables_have_the_columns_and_indexes_of_theirs(
    our_writer: LocalDeployment, published_writer: LocalDeployment
) -> None:
    ours, theirs = await tables_of(our_writer), await tables_of(published_writer)
    assert ours.keys() == theirs.keys()
    for name, table in theirs.items():
        assert ours[name]["documentType"] == table["documentType"], name
        for index in table["indexes"]:
            assert index in ours[name]["indexes"], name


# Threads


@plain
async def test_a_thread_of_theirs_is_ours(pair: Pair, value: Json) -> None:
    ours = thread(metadata=value)
    await pair.npm.memory("saveThread", {"thread": their_thread(ours)})
    assert await pair.memory.get_thread_by_id(thread_id="t") == ours
    assert (await pair.memory.list_threads(resource_id="ada")).threads == [ours]


@plain
async def test_a_thread_of_ours_is_theirs(pair: Pair, value: Json) -> None:
    ours = thread(metadata=value)
    await pair.memory.save_thread(thread=ours)
    assert seen(await pair.npm.memory("getThreadById", {"threadId": "t"})) == sent(
        their_thread(ours)
    )
    listed = await pair.npm.memory("listThreads", {"filter": {"resourceId": "ada"}})
    assert [seen(row) for row in listed["threads"]] == [sent(their_thread(ours))]


@pytest.mark.parametrize("value", [ANY_KEYS["dollar"], ANY_KEYS["odd-keys"]], ids=["$", "odd"])
async def test_metadata_that_theirs_cannot_store_is_theirs_to_read(pair: Pair, value: Json) -> None:
    await pair.memory.save_thread(thread=thread(metadata=value))
    theirs = await pair.npm.memory("getThreadById", {"threadId": "t"})
    assert theirs["metadata"] == value


async def test_each_merges_into_the_others_thread(pair: Pair) -> None:
    await pair.npm.memory("saveThread", {"thread": their_thread(thread(metadata={"a": 1}))})
    ours = await pair.memory.update_thread(id="t", metadata={"b": {"ü": 2}, "c": None})
    assert (ours.title, dict(ours.metadata)) == (
        "Tea ☕",
        {"a": 1, "b": {"ü": 2}, "c": None},
    )
    change = {"id": "t", "title": "Coffee", "metadata": {"b": 3}}
    theirs = await pair.npm.memory("updateThread", change)
    ours_again = await pair.memory.get_thread_by_id(thread_id="t")
    assert ours_again is not None
    assert seen(theirs) == sent(their_thread(ours_again))
    assert dict(ours_again.metadata) == {"a": 1, "b": 3, "c": None}
    assert ours_again.updated_at >= ours.updated_at > ours.created_at


async def test_threads_of_one_time_are_listed_alike(pair: Pair) -> None:
    for n in range(6):
        ours = thread(f"t{n}", n // 3)
        if n % 2:
            await pair.memory.save_thread(thread=ours)
        else:
            await pair.npm.memory("saveThread", {"thread": their_thread(ours)})
    for direction in ("ASC", "DESC"):
        order = {"field": "createdAt", "direction": direction}
        listed = await pair.npm.memory(
            "listThreads", {"filter": {"resourceId": "ada"}, "orderBy": order}
        )
        ours_listed = await pair.memory.list_threads(
            resource_id="ada", order="asc" if direction == "ASC" else "desc"
        )
        assert sorted(ids(listed["threads"])) == sorted(t.id for t in ours_listed.threads)
        assert [t["createdAt"] for t in listed["threads"]] == [
            iso(t.created_at) for t in ours_listed.threads
        ]
        assert listed["total"] == ours_listed.total == 6


async def test_what_one_deletes_is_gone_for_the_other(pair: Pair) -> None:
    for id_ in ("t", "u"):
        await pair.memory.save_thread(thread=thread(id_))
        await pair.memory.save_messages(messages=[message(f"m-{id_}", text("x"), thread_id=id_)])
    await pair.npm.memory("deleteThread", {"threadId": "t"})
    assert await pair.memory.get_thread_by_id(thread_id="t") is None
    assert (await pair.memory.list_messages(thread_id="t")).messages == []
    await pair.memory.delete_thread(thread_id="u")
    assert await pair.npm.memory("getThreadById", {"threadId": "u"}) is None
    assert (await pair.npm.memory("listMessages", {"threadId": "u"}))["messages"] == []


# Messages


@any_keys
async def test_a_message_of_theirs_is_ours(pair: Pair, value: Json) -> None:
    await pair.memory.save_thread(thread=thread())
    ours = message("m", {**text("Grüße 👋"), "extra": value}, role="assistant")
    await pair.npm.memory("saveMessages", {"messages": [their_message(ours)]})
    assert (await pair.memory.list_messages(thread_id="t")).messages == [ours]
    assert await pair.memory.list_messages_by_id(message_ids=["m"]) == [ours]


@any_keys
async def test_a_message_of_ours_is_theirs(pair: Pair, value: Json) -> None:
    await pair.memory.save_thread(thread=thread())
    ours = message("m", text("Grüße 👋", **value), type="v2")
    await pair.memory.save_messages(messages=[ours])
    [theirs] = (await pair.npm.memory("listMessages", {"threadId": "t"}))["messages"]
    assert theirs["content"]["parts"] == ours.content["parts"]
    assert theirs["content"].get("metadata", {}) == value
    assert (theirs["role"], theirs["createdAt"]) == ("user", iso(START))


@pytest.mark.parametrize("content", ["", "plain", '{"a": 1}', "Zoë \U0001f30d"])
async def test_content_that_is_a_text_is_ours(pair: Pair, content: str) -> None:
    await pair.memory.save_thread(thread=thread())
    ours = message("m", content, type="text")
    await pair.npm.memory("saveMessages", {"messages": [their_message(ours)]})
    [read] = (await pair.memory.list_messages(thread_id="t")).messages
    assert read.content == content


async def test_messages_of_one_time_are_paged_alike(pair: Pair) -> None:
    await pair.memory.save_thread(thread=thread())
    for n in range(9):
        ours = message(f"m{n}", text(f"{n}"), n // 3, role="user" if n % 2 else "assistant")
        if n % 2:
            await pair.memory.save_messages(messages=[ours])
        else:
            await pair.npm.memory("saveMessages", {"messages": [their_message(ours)]})
    for page in range(3):
        theirs = await pair.npm.memory(
            "listMessages", {"threadId": "t", "perPage": 4, "page": page}
        )
        listed = await pair.memory.list_messages(thread_id="t", per_page=4, page=page)
        assert ids(theirs["messages"]) == [m.id for m in listed.messages]
        assert (theirs["total"], theirs["hasMore"]) == (listed.total, listed.has_more)
        assert listed.total == 9


async def test_each_changes_the_others_message(pair: Pair) -> None:
    await pair.memory.save_thread(thread=thread())
    await pair.memory.save_messages(messages=[message("a", text("ours", kept=1))])
    await pair.npm.memory("saveMessages", {"messages": [their_message(message("b", text("x"), 1))]})
    change = {"id": "a", "content": {"metadata": {"added": "ü"}}}
    await pair.npm.memory("updateMessages", {"messages": [change]})
    await pair.memory.update_messages(
        messages=[MessageUpdate(id="b", content={"metadata": {"$by": "us"}}, role="assistant")]
    )
    first, second = (await pair.memory.list_messages(thread_id="t")).messages
    assert first.content == text("ours", kept=1, added="ü")
    assert (second.content, second.role) == (text("x", **{"$by": "us"}), "assistant")
    theirs = (await pair.npm.memory("listMessages", {"threadId": "t"}))["messages"]
    assert [row["content"]["metadata"] for row in theirs] == [
        {"kept": 1, "added": "ü"},
        {"$by": "us"},
    ]


async def test_each_deletes_the_others_message(pair: Pair) -> None:
    await pair.memory.save_thread(thread=thread())
    await pair.memory.save_messages(messages=[message("a", text("a")), message("b", text("b"), 1)])
    await pair.npm.memory("deleteMessages", ["a"])
    [left] = (await pair.memory.list_messages(thread_id="t")).messages
    assert left.id == "b"
    await pair.memory.delete_messages(message_ids=["b"])
    assert (await pair.npm.memory("listMessages", {"threadId": "t"}))["total"] == 0


async def test_messages_of_many_threads_of_a_resource_are_found_by_both(pair: Pair) -> None:
    for n in range(2):
        await pair.memory.save_thread(thread=thread(f"t{n}"))
        ours = message(f"m{n}", text("hi"), n, thread_id=f"t{n}")
        await pair.npm.memory("saveMessages", {"messages": [their_message(ours)]})
    theirs = await pair.npm.memory("listMessagesByResourceId", {"resourceId": "ada"})
    listed = await pair.memory.list_messages_by_resource_id(resource_id="ada")
    assert ids(theirs["messages"]) == [m.id for m in listed.messages] == ["m0", "m1"]
    both = await pair.npm.memory("listMessages", {"threadId": ["t0", "t1"]})
    assert ids(both["messages"]) == [
        m.id for m in (await pair.memory.list_messages(thread_id=["t0", "t1"])).messages
    ]


async def test_a_message_moved_by_one_is_there_for_the_other(pair: Pair) -> None:
    for id_ in ("t", "u"):
        await pair.memory.save_thread(thread=thread(id_))
    await pair.memory.save_messages(messages=[message("a", text("a"))])
    await pair.npm.memory("updateMessages", {"messages": [{"id": "a", "threadId": "u"}]})
    assert (await pair.memory.list_messages(thread_id="t")).messages == []
    await pair.memory.update_messages(messages=[MessageUpdate(id="a", thread_id="t")])
    assert ids((await pair.npm.memory("listMessages", {"threadId": "t"}))["messages"]) == ["a"]


# Resources


@plain
async def test_a_resource_of_theirs_is_ours(pair: Pair, value: Json) -> None:
    ours = Resource(id="ada", working_memory="# Ada\n☕", metadata=value, created_at=START)
    theirs = {
        "id": "ada",
        "workingMemory": ours.working_memory,
        "metadata": value,
        "createdAt": START,
        "updatedAt": START,
    }
    await pair.npm.memory("saveResource", {"resource": theirs})
    assert await pair.memory.get_resource_by_id(resource_id="ada") == ours


@plain
async def test_a_resource_of_ours_is_theirs(pair: Pair, value: Json) -> None:
    ours = Resource(id="ada", working_memory="", metadata=value, created_at=START)
    await pair.memory.save_resource(resource=ours)
    theirs = seen(await pair.npm.memory("getResourceById", {"resourceId": "ada"}))
    assert theirs["workingMemory"] == ""
    assert theirs["metadata"] == value
    assert theirs["createdAt"] == iso(START)


async def test_each_updates_the_others_resource(pair: Pair) -> None:
    theirs = {"resourceId": "ada", "workingMemory": "one", "metadata": {"a": 1}}
    await pair.npm.memory("updateResource", theirs)
    ours = await pair.memory.update_resource(resource_id="ada", metadata={"b": "ß"})
    assert (ours.working_memory, dict(ours.metadata)) == ("one", {"a": 1, "b": "ß"})
    await pair.npm.memory("updateResource", {"resourceId": "ada", "workingMemory": "two"})
    read = await pair.memory.get_resource_by_id(resource_id="ada")
    assert read is not None
    assert (read.working_memory, dict(read.metadata)) == ("two", {"a": 1, "b": "ß"})
    assert read.created_at == ours.created_at


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


async def test_metadata_stored_as_text_is_an_object_for_both(pair: Pair) -> None:
    row = {"id": "t", "resourceId": "ada", "title": "", "metadata": '{"$a": [1]}'}
    times = {"createdAt": iso(START), "updatedAt": iso(START)}
    await pair.writer.insert("mastra_threads", {**row, **times})
    ours = await pair.memory.get_thread_by_id(thread_id="t")
    assert ours is not None
    assert ours.metadata == {"$a": [1]}
    theirs = await pair.npm.memory("getThreadById", {"threadId": "t"})
    assert theirs["metadata"] == ours.metadata


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


async def test_content_that_is_no_json_is_text(pair: Pair) -> None:
    await pair.memory.save_thread(thread=thread())
    row = {"id": "m", "thread_id": "t", "content": "Grüße, kein JSON {", "role": "user"}
    await pair.writer.insert(
        "mastra_messages", {**row, "type": "v2", "createdAt": iso(START), "resourceId": "ada"}
    )
    [ours] = (await pair.memory.list_messages(thread_id="t")).messages
    assert ours.content == "Grüße, kein JSON {"
