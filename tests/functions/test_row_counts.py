"""Counts of messages, threads and workflow runs (R-50 to R-55)."""

from __future__ import annotations

import pytest

from functions.mastra import MAKERS, MESSAGES, RUNS, THREADS, Mastra, message, run, thread

pytestmark = pytest.mark.anyio

COUNTS = [
    ("countMessages", {"threadId": "t"}),
    ("countThreads", {"resourceId": "ada"}),
    ("countThreads", {}),
    ("countWorkflowRuns", {"workflowName": "w", "resourceId": "ada"}),
    ("countWorkflowRuns", {}),
]


@pytest.mark.parametrize(("name", "args"), COUNTS)
async def test_r53_counts_are_exact_up_to_1000(
    mastra: Mastra, name: str, args: dict[str, str]
) -> None:
    table = {"countMessages": MESSAGES, "countThreads": THREADS, "countWorkflowRuns": RUNS}[name]
    rows = [{**MAKERS[table](f"{n:04}"), "resourceId": "ada"} for n in range(1001)]
    assert await mastra.query(name, **args) == {"count": 0, "isEstimate": False}
    await mastra.insert(table, *rows[:999])
    assert await mastra.query(name, **args) == {"count": 999, "isEstimate": False}
    await mastra.insert(table, rows[999])
    assert await mastra.query(name, **args) == {"count": 1000, "isEstimate": False}
    await mastra.insert(table, rows[1000])
    assert await mastra.query(name, **args) == {"count": 1000, "isEstimate": True}


async def test_r50_to_r52_counts_keep_to_their_filters(mastra: Mastra) -> None:
    await mastra.insert(MESSAGES, message("1"), message("2", thread_id="another"))
    await mastra.insert(THREADS, thread("1"), thread("2", resourceId="bob"))
    await mastra.insert(RUNS, run("w", "1"), run("v", "1"), run("w", "2", resourceId="ada"))
    for name, args, expected in [
        ("countMessages", {"threadId": "t"}, 1),
        ("countThreads", {"resourceId": "bob"}, 1),
        ("countThreads", {}, 2),
        ("countWorkflowRuns", {"workflowName": "w"}, 2),
        ("countWorkflowRuns", {"resourceId": "ada"}, 1),
        ("countWorkflowRuns", {"workflowName": "v", "resourceId": "ada"}, 0),
    ]:
        count = await mastra.query(name, **args)
        assert count == {"count": expected, "isEstimate": False}


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("countMessages", {"threadId": "?"}),
        ("countThreads", {"resourceId": "?"}),
        ("countWorkflowRuns", {"workflowName": "?"}),
        ("countWorkflowRuns", {"resourceId": "?"}),
    ],
)
async def test_r54_an_unknown_id_counts_none(
    mastra: Mastra, name: str, args: dict[str, str]
) -> None:
    await mastra.insert(THREADS, thread("t"))
    assert await mastra.query(name, **args) == {"count": 0, "isEstimate": False}


async def test_more_bytes_than_one_query_reads_are_an_estimate(mastra: Mastra) -> None:
    for n in range(15):
        await mastra.insert(MESSAGES, message(f"{n}", content="x" * 900_000))
    count = await mastra.query("countMessages", threadId="t")
    assert count == {"count": 13, "isEstimate": True}
