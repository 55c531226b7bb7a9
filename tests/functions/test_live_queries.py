"""The queries that user interfaces watch (R-30 to R-38)."""

from __future__ import annotations

import math

import pytest

from aioconvex.errors import ArgumentValidationError
from functions.mastra import (
    MAKERS,
    MESSAGES,
    RESOURCES,
    RUNS,
    THREADS,
    Mastra,
    ids,
    message,
    own,
    refused,
    resource,
    run,
    thread,
)

pytestmark = pytest.mark.anyio

LISTS = [
    ("watchMessages", {"threadId": "t"}),
    ("watchThreadsByResource", {"resourceId": "ada"}),
    ("watchWorkflowRuns", {}),
]
ORDERED = LISTS[:2]


async def test_r30_watch_thread_is_the_stored_row(mastra: Mastra) -> None:
    stored = thread("t", metadata={"tags": ["a"], "deep": {"n": 1.5}})
    await mastra.insert(THREADS, stored, thread("other"))
    row = await mastra.query("watchThread", threadId="t")
    assert own(row) == stored
    assert {"_id", "_creationTime"} < row.keys()


async def test_r33_watch_workflow_run_takes_both_names(mastra: Mastra) -> None:
    await mastra.insert(RUNS, run("w", "1"), run("w", "2"), run("v", "1"))
    row = await mastra.query("watchWorkflowRun", workflowName="w", runId="2")
    assert own(row) == run("w", "2")


async def test_r35_watch_resource_is_the_stored_row(mastra: Mastra) -> None:
    stored = resource("ada", workingMemory="likes tea", metadata={"plan": "pro"})
    await mastra.insert(RESOURCES, stored)
    assert own(await mastra.query("watchResource", resourceId="ada")) == stored


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("watchThread", {"threadId": "?"}),
        ("watchWorkflowRun", {"workflowName": "?", "runId": "?"}),
        ("watchResource", {"resourceId": "?"}),
    ],
)
async def test_an_unknown_id_is_null(mastra: Mastra, name: str, args: dict[str, str]) -> None:
    assert await mastra.query(name, **args) is None


@pytest.mark.parametrize(("name", "args"), LISTS)
async def test_a_list_of_nothing_is_empty(mastra: Mastra, name: str, args: dict[str, str]) -> None:
    assert await mastra.query(name, **args) == []


async def test_r31_watch_messages_follows_created_at(mastra: Mastra) -> None:
    # Back-dated: inserted last, but the oldest.
    await mastra.insert(MESSAGES, message("b", 2), message("c", 3), message("a", 1))
    await mastra.insert(MESSAGES, message("x", 0, thread_id="another"))
    assert ids(await mastra.query("watchMessages", threadId="t")) == ["a", "b", "c"]
    newest = await mastra.query("watchMessages", threadId="t", order="desc", limit=2)
    assert ids(newest) == ["c", "b"]


async def test_r32_watch_threads_starts_with_the_newest(mastra: Mastra) -> None:
    await mastra.insert(THREADS, thread("b", 2), thread("c", 3), thread("a", 1))
    await mastra.insert(THREADS, thread("x", 9, resourceId="bob"))
    assert ids(await mastra.query("watchThreadsByResource", resourceId="ada")) == ["c", "b", "a"]
    oldest = await mastra.query("watchThreadsByResource", resourceId="ada", order="asc", limit=1)
    assert ids(oldest) == ["a"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["v-4", "w-3", "w-2", "w-1"]),
        ({"workflowName": "w"}, ["w-3", "w-2", "w-1"]),
        ({"resourceId": "ada"}, ["v-4", "w-3", "w-1"]),
        ({"workflowName": "w", "resourceId": "ada"}, ["w-3", "w-1"]),
        ({"workflowName": "v", "resourceId": "bob"}, []),
    ],
)
async def test_r34_r45_runs_pass_both_filters_newest_first(
    mastra: Mastra, filters: dict[str, str], expected: list[str]
) -> None:
    await mastra.insert(
        RUNS,
        run("w", "3", 3, resourceId="ada"),
        run("w", "1", 1, resourceId="ada"),
        run("w", "2", 2, resourceId="bob"),
        run("v", "4", 4, resourceId="ada"),
    )
    assert ids(await mastra.query("watchWorkflowRuns", **filters)) == expected
    assert ids(await mastra.query("watchWorkflowRuns", **filters, limit=1)) == expected[:1]
    count = await mastra.query("countWorkflowRuns", **filters)
    assert count == {"count": len(expected), "isEstimate": False}


@pytest.mark.parametrize(("order", "expected"), [("asc", "abc"), ("desc", "cba")])
async def test_r38_ties_are_in_order_of_insertion(
    mastra: Mastra, order: str, expected: str
) -> None:
    for id_ in "abc":
        await mastra.insert(MESSAGES, message(id_))
    rows = await mastra.query("watchMessages", threadId="t", order=order)
    assert "".join(ids(rows)) == expected


@pytest.mark.parametrize(
    ("name", "args", "table", "default"),
    [
        ("watchMessages", {"threadId": "t"}, MESSAGES, 100),
        ("watchThreadsByResource", {"resourceId": "ada"}, THREADS, 50),
        ("watchWorkflowRuns", {}, RUNS, 50),
    ],
)
async def test_r36_limits_have_a_default_and_end_at_1000(
    mastra: Mastra, name: str, args: dict[str, str], table: str, default: int
) -> None:
    await mastra.insert(table, *(MAKERS[table](f"{n:04}") for n in range(1001)))
    assert len(await mastra.query(name, **args)) == default
    assert len(await mastra.query(name, **args, limit=2000)) == 1000


@pytest.mark.parametrize(("name", "args"), LISTS)
async def test_a_limit_is_a_positive_integer(
    mastra: Mastra, name: str, args: dict[str, str]
) -> None:
    for limit in (0, -1, 1.5, math.nan, math.inf):
        with refused("InvalidLimit"):
            await mastra.query(name, **args, limit=limit)


@pytest.mark.parametrize(("name", "args"), ORDERED)
async def test_an_order_is_asc_or_desc(mastra: Mastra, name: str, args: dict[str, str]) -> None:
    for order in ("ASC", "newest", ""):
        with pytest.raises(ArgumentValidationError):
            await mastra.query(name, **args, order=order)


async def test_a_list_beyond_the_read_limit_is_refused_not_cut(mastra: Mastra) -> None:
    for n in range(15):
        await mastra.insert(MESSAGES, message(f"{n}", n, content="x" * 900_000))
    assert len(await mastra.query("watchMessages", threadId="t", limit=13)) == 13
    with refused("TooManyBytes"):
        await mastra.query("watchMessages", threadId="t")
