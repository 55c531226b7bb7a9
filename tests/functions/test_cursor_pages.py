"""Cursor pages of messages, threads and workflow runs (R-40 to R-45)."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any

import pytest

from aioconvex.errors import ArgumentValidationError
from functions.mastra import (
    MAKERS,
    MESSAGES,
    RUNS,
    THREADS,
    Mastra,
    Writer,
    at,
    ids,
    message,
    refused,
    run,
    thread,
)

pytestmark = pytest.mark.anyio

PAGINATED = [
    ("paginatedMessages", {"threadId": "t"}),
    ("paginatedThreads", {"resourceId": "ada"}),
    ("paginatedWorkflowRuns", {}),
]
ORDERED = PAGINATED[:2]


async def walk(mastra: Mastra, name: str, **args: object) -> list[list[str]]:
    return [ids(page) async for page in mastra.pages(name, **args)]


async def store(mastra: Mastra, name: str, count: int) -> list[str]:
    """Store rows of one `createdAt` in several transactions; their ids as inserted."""
    table = {
        "paginatedMessages": MESSAGES,
        "paginatedThreads": THREADS,
        "paginatedWorkflowRuns": RUNS,
    }[name]
    rows = [MAKERS[table](f"{n:04}") for n in range(count)]
    for start in range(0, count, 100):
        await mastra.insert(table, *rows[start : start + 100])
    return ids(rows)


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("paginatedMessages", {"threadId": "t"}, [["a", "b"], ["c"]]),
        ("paginatedMessages", {"threadId": "t", "order": "desc"}, [["c", "b"], ["a"]]),
        ("paginatedThreads", {"resourceId": "ada"}, [["c", "b"], ["a"]]),
        ("paginatedThreads", {"resourceId": "ada", "order": "asc"}, [["a", "b"], ["c"]]),
        ("paginatedWorkflowRuns", {"workflowName": "w"}, [["w-3", "w-2"], ["w-1"]]),
    ],
)
async def test_r40_to_r43_pages_follow_created_at(
    mastra: Mastra, name: str, args: dict[str, str], expected: list[list[str]]
) -> None:
    await mastra.insert(MESSAGES, message("b", 2), message("a", 1), message("c", 3))
    await mastra.insert(MESSAGES, message("x", 2, thread_id="another"))
    await mastra.insert(THREADS, thread("b", 2), thread("a", 1), thread("c", 3))
    await mastra.insert(THREADS, thread("x", 2, resourceId="bob"))
    await mastra.insert(
        RUNS, run("w", "2", 2), run("w", "1", 1), run("w", "3", 3), run("v", "1", 2)
    )
    assert await walk(mastra, name, **args, limit=2) == expected


@pytest.mark.parametrize(("name", "args"), PAGINATED)
async def test_the_default_page_has_50_rows(
    mastra: Mastra, name: str, args: dict[str, str]
) -> None:
    await store(mastra, name, 51)
    assert [len(page) for page in await walk(mastra, name, **args)] == [50, 1]


@pytest.mark.parametrize(("name", "args"), PAGINATED)
async def test_r43_a_full_last_page_is_the_last(
    mastra: Mastra, name: str, args: dict[str, str]
) -> None:
    assert await walk(mastra, name, **args) == [[]]
    await store(mastra, name, 4)
    assert [len(page) for page in await walk(mastra, name, **args, limit=2)] == [2, 2]
    page = await mastra.query(name, **args, limit=4)
    assert page["hasMore"] is False
    assert "nextCursor" not in page


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(("name", "args"), ORDERED)
async def test_r44_ties_are_visited_once_at_every_page_size(
    mastra: Mastra, name: str, args: dict[str, str], order: str
) -> None:
    stored = await store(mastra, name, 300)
    expected = stored if order == "asc" else stored[::-1]
    for size in (7, 100, 299, 300, 301):
        pages = await walk(mastra, name, **args, order=order, limit=size)
        assert list(chain.from_iterable(pages)) == expected
        assert {len(page) for page in pages[:-1]} <= {size}


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_r44_ties_are_visited_once_one_row_a_page(mastra: Mastra, order: str) -> None:
    stored = await store(mastra, "paginatedMessages", 40)
    pages = await walk(mastra, "paginatedMessages", threadId="t", order=order, limit=1)
    assert pages == [[id_] for id_ in (stored if order == "asc" else stored[::-1])]


async def test_r44_tied_runs_are_visited_once(mastra: Mastra) -> None:
    stored = await store(mastra, "paginatedWorkflowRuns", 300)
    for size in (7, 100):
        pages = await walk(mastra, "paginatedWorkflowRuns", workflowName="w", limit=size)
        assert list(chain.from_iterable(pages)) == stored[::-1]


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_r44_rows_of_one_creation_time_are_visited_once(writer: Writer, order: str) -> None:
    names = [f"{n:02}" for n in range(20)]
    rows = [
        {"_id": id_, "_creationTime": n // 7, "createdAt": at(n // 12)}
        for n, id_ in enumerate(names)
    ]
    expected = names if order == "asc" else names[::-1]
    for limit in range(1, 22):
        args = {"rows": rows, "order": order, "limit": limit}
        pages = await writer.client.query("ties:walk", args)
        assert pages == [expected[start : start + limit] for start in range(0, 20, limit)]


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_r44_a_walk_is_stable_while_rows_are_inserted(mastra: Mastra, order: str) -> None:
    await mastra.insert(MESSAGES, *(message(f"{n:03}") for n in range(300)))
    seen: list[str] = []
    inserted = 0
    async for page in mastra.pages("paginatedMessages", threadId="t", order=order, limit=20):
        seen += ids(page)
        if inserted < 10:
            # One joins the tie, one is newer still.
            rows = [message(f"new-{inserted}"), message(f"later-{inserted}", 60)]
            await mastra.insert(MESSAGES, *rows)
            inserted += 1
    assert len(seen) == len(set(seen))
    old = [id_ for id_ in seen if id_.isdecimal()]
    assert old == sorted(old, reverse=order == "desc")
    assert len(old) == 300
    # Forwards the walk comes by what was inserted, backwards it is past it.
    assert len(seen) == (320 if order == "asc" else 300)


async def test_a_walk_goes_on_after_its_last_row_was_deleted(mastra: Mastra) -> None:
    await mastra.insert(MESSAGES, *(message(f"{n}") for n in range(6)))
    seen: list[str] = []
    async for page in mastra.pages("paginatedMessages", threadId="t", limit=2):
        seen += ids(page)
        await mastra.result("deleteMany", MESSAGES, ids=[seen[-1]])
    assert seen == list("012345")


@pytest.mark.parametrize(("name", "args"), PAGINATED)
async def test_r44_a_limit_above_1000_is_cut_and_has_more_stays_right(
    mastra: Mastra, name: str, args: dict[str, str]
) -> None:
    await store(mastra, name, 1001)
    pages = await walk(mastra, name, **args, limit=5000)
    assert [len(page) for page in pages] == [1000, 1]


async def test_pages_of_large_rows_are_shorter(mastra: Mastra) -> None:
    for n in range(15):
        await mastra.insert(MESSAGES, message(f"{n:02}", content="x" * 900_000))
    pages = await walk(mastra, "paginatedMessages", threadId="t")
    assert [len(page) for page in pages] == [13, 2]


async def test_r45_pages_of_runs_pass_both_filters(mastra: Mastra) -> None:
    await mastra.insert(
        RUNS,
        *(run("w", f"{n}", n, resourceId="ada" if n % 2 else "bob") for n in range(6)),
        run("v", "1", 1, resourceId="ada"),
    )
    for args, expected in [
        ({"workflowName": "w", "resourceId": "ada"}, [["w-5", "w-3"], ["w-1"]]),
        ({"resourceId": "ada", "workflowName": "v"}, [["v-1"]]),
        ({"resourceId": "bob"}, [["w-4", "w-2"], ["w-0"]]),
    ]:
        assert await walk(mastra, "paginatedWorkflowRuns", **args, limit=2) == expected


async def cursor_of(mastra: Mastra, name: str, **args: Any) -> str:
    cursor: str = (await mastra.query(name, **args, limit=1))["nextCursor"]
    return cursor


@pytest.mark.parametrize(("name", "args"), PAGINATED)
async def test_a_malformed_cursor_is_refused(
    mastra: Mastra, name: str, args: dict[str, str]
) -> None:
    for cursor in ("", ".", "x", "1abc.", "2.%", "\N{SNOWMAN}", "null", "[]"):
        with refused("InvalidCursor"):
            await mastra.query(name, **args, cursor=cursor)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("paginatedMessages", {"threadId": "another"}),
        ("paginatedMessages", {"threadId": "t", "order": "desc"}),
        ("paginatedThreads", {"resourceId": "t"}),
        ("paginatedWorkflowRuns", {"workflowName": "t"}),
    ],
)
async def test_a_cursor_of_another_list_is_refused(
    mastra: Mastra, name: str, args: dict[str, str]
) -> None:
    await mastra.insert(MESSAGES, message("a"), message("b"))
    foreign = await cursor_of(mastra, "paginatedMessages", threadId="t")
    with refused("InvalidCursor"):
        await mastra.query(name, **args, cursor=foreign)


async def test_every_change_of_a_cursor_is_noticed(mastra: Mastra) -> None:
    await mastra.insert(MESSAGES, message("a"), message("b"))
    cursor = await cursor_of(mastra, "paginatedMessages", threadId="t")
    for end in range(len(cursor)):
        with refused("InvalidCursor"):
            await mastra.query("paginatedMessages", threadId="t", cursor=cursor[:end])


@pytest.mark.parametrize(("name", "args"), PAGINATED)
async def test_a_page_size_is_a_positive_integer(
    mastra: Mastra, name: str, args: dict[str, str]
) -> None:
    for limit in (0, -1, 1.5, math.nan):
        with refused("InvalidLimit"):
            await mastra.query(name, **args, limit=limit)


@pytest.mark.parametrize(("name", "args"), ORDERED)
async def test_an_order_is_asc_or_desc(mastra: Mastra, name: str, args: dict[str, str]) -> None:
    with pytest.raises(ArgumentValidationError):
        await mastra.query(name, **args, order="DESC")
