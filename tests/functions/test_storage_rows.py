"""The storage handler on threads, messages, resources and workflow runs (§3.2, §3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from functions.mastra import (
    MAKERS,
    MESSAGES,
    RESOURCES,
    RUNS,
    THREADS,
    Mastra,
    Row,
    at,
    ids,
    message,
    own,
    refused,
    resource,
    run,
    thread,
)

pytestmark = pytest.mark.anyio

# One change of a row of each table.
CHANGES: dict[str, Row] = {
    THREADS: {"title": "New"},
    MESSAGES: {"content": '{"text":"new"}'},
    RESOURCES: {"workingMemory": "new"},
    RUNS: {"snapshot": '{"context":{"new":1}}'},
}
each_table = pytest.mark.parametrize("table", CHANGES)


@each_table
async def test_insert_adds_and_then_patches(mastra: Mastra, table: str) -> None:
    make, change = MAKERS[table], CHANGES[table]
    assert await mastra.handle("insert", table, record=make("w-1")) == {"ok": True}
    # Columns that the second record leaves out keep their values.
    named = {k: v for k, v in make("w-1").items() if k in {"id", "workflow_name", "run_id"}}
    await mastra.result("insert", table, record={**named, **change})
    assert await mastra.rows(table) == [{**make("w-1"), **change}]


@each_table
async def test_batch_insert_merges_records_of_one_id(mastra: Mastra, table: str) -> None:
    make, change = MAKERS[table], CHANGES[table]
    records = [make("w-1"), make("w-2"), {**make("w-1"), **change}]
    assert await mastra.handle("batchInsert", table, records=records) == {"ok": True}
    rows = {row["id"]: row for row in await mastra.rows(table)}
    assert rows == {"w-1": {**make("w-1"), **change}, "w-2": make("w-2")}


@each_table
async def test_patch_says_whether_the_row_exists(mastra: Mastra, table: str) -> None:
    make, change = MAKERS[table], CHANGES[table]
    assert await mastra.result("patch", table, id="w-1", record=change) is False
    await mastra.insert(table, make("w-1"))
    assert await mastra.result("patch", table, id="w-1", record={**change, "id": "x"}) is True
    assert await mastra.rows(table) == [{**make("w-1"), **change}]


@each_table
async def test_load_finds_by_id_and_by_other_keys(mastra: Mastra, table: str) -> None:
    make, change = MAKERS[table], CHANGES[table]
    await mastra.insert(table, make("w-1"), {**make("w-2"), **change})
    assert own(await mastra.result("load", table, keys={"id": "w-1"})) == make("w-1")
    assert ids([await mastra.result("load", table, keys=change)]) == ["w-2"]
    for keys in ({"id": "?"}, {"id": "w-1", **change}, {"createdAt": "?"}):
        assert await mastra.result("load", table, keys=keys) is None


@each_table
async def test_load_many_keeps_the_order_of_the_request(mastra: Mastra, table: str) -> None:
    make = MAKERS[table]
    await mastra.insert(table, *(make(f"w-{n}") for n in range(4)))
    wanted = ["w-3", "?", "w-1", "w-3", "w-0"]
    assert ids(await mastra.result("loadMany", table, ids=wanted)) == ["w-3", "w-1", "w-0"]
    assert await mastra.result("loadMany", table, ids=[]) == []
    with refused("InvalidRequest"):
        await mastra.handle("loadMany", table, ids=[f"{n}" for n in range(11)])


@pytest.mark.parametrize("table", [THREADS, "other"])
async def test_more_than_one_function_can_look_up_is_refused(mastra: Mastra, table: str) -> None:
    ids_ = [f"{n}" for n in range(4001)]
    with refused("InvalidRequest", "at most 4000 ids, not 4001"):
        await mastra.handle("deleteMany", table, ids=ids_)
    with refused("InvalidRequest", "at most 4000 records, not 4001"):
        await mastra.handle("batchInsert", table, records=[{"id": id_} for id_ in ids_])
    await mastra.result("deleteMany", table, ids=ids_[:4000])


@each_table
async def test_delete_many_ignores_unknown_ids(mastra: Mastra, table: str) -> None:
    make = MAKERS[table]
    await mastra.insert(table, *(make(f"w-{n}") for n in range(3)))
    answer = await mastra.handle("deleteMany", table, ids=["w-0", "?", "w-2", "w-0"])
    assert answer == {"ok": True}
    assert ids(await mastra.rows(table)) == ["w-1"]


@each_table
@pytest.mark.parametrize("op", ["clearTable", "dropTable"])
async def test_clearing_removes_25_rows_a_call(mastra: Mastra, op: str, table: str) -> None:
    make = MAKERS[table]
    await mastra.insert(table, *(make(f"w-{n}") for n in range(50)))
    assert await mastra.handle(op, table) == {"ok": True, "hasMore": True}
    assert len(await mastra.rows(table)) == 25
    assert await mastra.handle(op, table) == {"ok": True, "hasMore": False}
    assert await mastra.rows(table) == []
    assert await mastra.handle(op, table) == {"ok": True, "hasMore": False}


@each_table
async def test_a_batch_with_one_bad_record_stores_nothing(mastra: Mastra, table: str) -> None:
    make, change = MAKERS[table], CHANGES[table]
    await mastra.insert(table, make("w-1"))
    for bad in ({**make("w-9"), "createdAt": None}, {"createdAt": at(0)}):
        with refused("InvalidRecord"):
            await mastra.handle(
                "batchInsert", table, records=[{**make("w-1"), **change}, make("w-2"), bad]
            )
        assert await mastra.rows(table) == [make("w-1")]


@pytest.mark.parametrize(
    ("table", "record", "text"),
    [
        (THREADS, {"resourceId": "ada"}, "missing an id"),
        (THREADS, {**thread(""), "id": 3}, "missing an id"),
        (THREADS, thread(""), "missing an id"),
        (THREADS, thread("t", title=None), "mastra_threads.title cannot be null"),
        (THREADS, thread("t", title=3), "mastra_threads.title does not take a number"),
        (THREADS, thread("t", color="red"), 'no column "color"'),
        (THREADS, {"id": "t", "title": ""}, 'needs "resourceId"'),
        (MESSAGES, message("m", content={"text": "hi"}), "does not take an object"),
        (MESSAGES, message("m", resourceId=None), "resourceId cannot be null"),
        (RESOURCES, resource("r", workingMemory=None), "workingMemory cannot be null"),
        (RESOURCES, resource("r", workingMemory=["x"]), "does not take a list"),
        (RUNS, {"id": "w-1", "run_id": "1"}, "needs workflow_name and run_id"),
    ],
)
async def test_a_record_that_does_not_fit_is_refused_by_name(
    mastra: Mastra, table: str, record: Row, text: str
) -> None:
    with refused("InvalidRecord", text):
        await mastra.handle("insert", table, record=record)


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("insert", {}),
        ("insert", {"record": "row"}),
        ("batchInsert", {"records": {"id": "t"}}),
        ("batchInsert", {"records": [None]}),
        ("patch", {"record": {}}),
        ("patch", {"id": "t", "record": []}),
        ("load", {"keys": {}}),
        ("load", {}),
        ("loadMany", {"ids": "t"}),
        ("loadMany", {"ids": [1]}),
        ("deleteMany", {}),
        ("queryTable", {"filters": [{"field": "id"}]}),
        ("queryTable", {"filters": [{"value": "t"}]}),
        ("queryTable", {"filters": {"id": "t"}}),
        ("queryTable", {"limit": -1}),
        ("queryTable", {"limit": 1.5}),
        ("queryTable", {"pageSize": 0}),
        ("queryTable", {"pageSize": 5, "limit": 5}),
        ("queryTable", {"cursor": "x"}),
        ("updateThread", {"id": "t"}),
        ("updateThread", {"id": "t", "updatedAt": at(1), "title": None}),
        ("updateThread", {"id": "t", "updatedAt": at(1), "metadata": "x"}),
    ],
)
async def test_a_malformed_request_is_refused(
    mastra: Mastra, op: str, fields: dict[str, Any]
) -> None:
    await mastra.insert(THREADS, thread("t"))
    with refused("InvalidRequest"):
        await mastra.handle(op, THREADS, **fields)
    assert await mastra.rows(THREADS) == [thread("t")]


@pytest.mark.parametrize(
    ("op", "table"),
    [
        ("fly", THREADS),
        ("toString", THREADS),
        ("updateThread", MESSAGES),
        ("updateResource", THREADS),
        ("mergeWorkflowState", THREADS),
        ("createSchedule", "mastra_schedule_triggers"),
        ("omGetLatest", MESSAGES),
        ("omGetLatest", "mastra_schedules"),
        ("fly", "constructor"),
    ],
)
async def test_an_operation_that_a_table_lacks_is_answered(
    mastra: Mastra, op: str, table: str
) -> None:
    answer = await mastra.handle(op, table, record={"id": "x"}, id="x")
    text = f"Unsupported operation {op} on table {table}"
    assert answer == {"ok": False, "error": text, "code": "UnsupportedOperation"}


async def test_query_table_filters_with_and_without_an_index(mastra: Mastra) -> None:
    await mastra.insert(
        MESSAGES,
        message("b", 2, role="assistant"),
        message("a", 1, resourceId="ada"),
        message("c", 3, resourceId="ada"),
        message("x", 0, thread_id="u", resourceId="ada"),
    )

    async def found(**equal: object) -> str:
        return "".join(ids(await mastra.rows(MESSAGES, **equal)))

    assert await found(thread_id="t") == "abc"
    assert await found(thread_id="t", resourceId="ada") == "ac"
    assert await found(resourceId="ada") == "xac"
    assert await found(role="assistant") == "b"
    assert await found(id="c") == "c"
    assert await found(thread_id="t", createdAt=at(2)) == "b"
    assert await found(thread_id="t", role="nobody") == ""
    assert await found(resourceId=None) == "b"
    assert await found(nothing="x") == ""
    assert await found() == "bacx"


async def test_query_table_cuts_to_the_limit_after_filtering(mastra: Mastra) -> None:
    rows = [message(f"{n:02}", n, role="user" if n % 9 else "tool") for n in range(30)]
    await mastra.insert(MESSAGES, *rows)
    filters = [{"field": "thread_id", "value": "t"}, {"field": "role", "value": "tool"}]
    for limit, expected in [(0, []), (2, ["00", "09"]), (9, ["00", "09", "18", "27"])]:
        answer = await mastra.handle("queryTable", MESSAGES, filters=filters, limit=limit)
        assert ids(answer["result"]) == expected
        assert answer["hasMore"] is False


async def test_query_table_reads_page_by_page(mastra: Mastra) -> None:
    await mastra.insert(MESSAGES, *(message(f"{n:02}", n, role=f"{n % 2}") for n in range(30)))
    filters = [{"field": "thread_id", "value": "t"}, {"field": "role", "value": "1"}]
    cursor, more, seen = None, True, []
    while more:
        answer = await mastra.handle(
            "queryTable", MESSAGES, filters=filters, pageSize=7, cursor=cursor
        )
        seen += ids(answer["result"])
        more, cursor = answer["hasMore"], answer["continuationCursor"]
        assert more == (cursor is not None)
    assert seen == [f"{n:02}" for n in range(1, 30, 2)]


async def test_query_table_says_when_it_could_not_read_all(mastra: Mastra) -> None:
    for n in range(15):
        await mastra.insert(MESSAGES, message(f"{n}", n, content="x" * 900_000))
    answer = await mastra.handle("queryTable", MESSAGES)
    assert answer["hasMore"] is True
    assert 10 < len(answer["result"]) < 15


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ({"index": "by_workflow", "workflowName": "w"}, ["w-1", "w-2"]),
        ({"index": "by_workflow_run", "workflowName": "w", "runId": "2"}, ["w-2"]),
    ],
)
async def test_an_index_hint_restricts_the_rows(
    mastra: Mastra, hint: Row, expected: list[str]
) -> None:
    await mastra.insert(RUNS, run("w", "1", 1), run("w", "2", 2), run("v", "2", 3))
    assert ids(await mastra.result("queryTable", RUNS, indexHint=hint)) == expected
    filters = [{"field": "run_id", "value": "1"}]
    answer = await mastra.result("queryTable", RUNS, indexHint=hint, filters=filters)
    assert ids(answer) == [id_ for id_ in expected if id_ == "w-1"]


async def test_update_thread_merges_metadata_one_level_deep(mastra: Mastra) -> None:
    await mastra.insert(THREADS, thread("t", metadata={"a": 1, "deep": {"x": 1, "y": 2}}))
    fields = {"id": "t", "title": "New", "updatedAt": at(9)}
    row = await mastra.result(
        "updateThread", THREADS, **fields, metadata={"b": 2, "deep": {"x": 3}}
    )
    merged = {"a": 1, "b": 2, "deep": {"x": 3}}
    assert own(row) == thread("t", title="New", updatedAt=at(9), metadata=merged)
    assert own(await mastra.query("watchThread", threadId="t")) == own(row)


async def test_update_thread_keeps_what_it_is_not_given(mastra: Mastra) -> None:
    await mastra.insert(THREADS, thread("t", metadata={"a": 1}))
    row = await mastra.result("updateThread", THREADS, id="t", updatedAt=at(9))
    assert own(row) == thread("t", metadata={"a": 1}, updatedAt=at(9))
    assert await mastra.result("updateThread", THREADS, id="?", updatedAt=at(9)) is None


@pytest.mark.parametrize(
    ("stored", "merged"),
    [
        ('{"a":1}', {"a": 1, "b": 2}),
        ("no json", {"b": 2}),
        ([1], {"b": 2}),
        (None, {"b": 2}),
    ],
)
async def test_metadata_that_is_no_object_counts_as_empty_unless_it_is_json(
    mastra: Mastra, stored: object, merged: Row
) -> None:
    await mastra.insert(THREADS, thread("t", metadata=stored))
    fields = {"id": "t", "metadata": {"b": 2}, "updatedAt": at(1)}
    assert (await mastra.result("updateThread", THREADS, **fields))["metadata"] == merged


async def test_update_resource_creates_and_then_merges(mastra: Mastra) -> None:
    async def update(**fields: object) -> Row:
        times = {"createdAt": at(5), "updatedAt": at(6)}
        fields = {"resourceId": "ada", **times, **fields}
        return own(await mastra.result("updateResource", RESOURCES, **fields))

    created = {"id": "ada", "createdAt": at(5), "updatedAt": at(6), "metadata": {}}
    assert await update() == created
    assert await update(metadata={"a": 1, "b": {"x": 1}}, workingMemory="tea") == {
        **created,
        "metadata": {"a": 1, "b": {"x": 1}},
        "workingMemory": "tea",
    }
    later = await update(metadata={"b": {}}, workingMemory="", createdAt=at(7), updatedAt=at(8))
    assert later == {
        **created,
        "metadata": {"a": 1, "b": {}},
        "workingMemory": "",
        "updatedAt": at(8),
    }
    assert await mastra.rows(RESOURCES) == [later]
    with refused("InvalidRequest"):
        await update(workingMemory=None)


@each_table
async def test_a_row_may_be_written_back_as_it_was_read(mastra: Mastra, table: str) -> None:
    make, change = MAKERS[table], CHANGES[table]
    await mastra.insert(table, make("w-1"))
    row = await mastra.result("load", table, keys={"id": "w-1"})
    assert "_creationTime" in row
    await mastra.result("insert", table, record={**row, **change})
    assert await mastra.rows(table) == [{**make("w-1"), **change}]
    assert await mastra.result("patch", table, id="w-1", record={**row, **change}) is True
