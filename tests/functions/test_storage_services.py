"""The storage handler on schedules, channels, background tasks and other records (§3.3, §3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from functions.mastra import Mastra, Row, Writer, at, ids, own, refused

pytestmark = pytest.mark.anyio

SCHEDULES = "mastra_schedules"
TRIGGERS = "mastra_schedule_triggers"
TASKS = "mastra_background_tasks"
INSTALLATIONS = "mastra_channel_installations"


def schedule(id_: str, next_fire: float = 0, **columns: object) -> Row:
    times = {"created_at": 1.0, "updated_at": 1.0, "next_fire_at": next_fire}
    row = {"id": id_, "target": "{}", "cron": "* * * * *", "status": "active", **times}
    return {**row, **columns}


def trigger(id_: str, fired: float, **columns: object) -> Row:
    times = {"scheduled_fire_at": fired, "actual_fire_at": fired}
    row = {"id": id_, "schedule_id": "s", "run_id": None, "outcome": "published"}
    return {**row, **times, "trigger_kind": "schedule-fire", **columns}


def task(id_: str, created: float = 0, **columns: object) -> Row:
    nulls = ("thread_id", "resource_id", "result", "error", "suspend_payload")
    times = ("startedAt", "suspendedAt", "completedAt")
    names = {"tool_call_id": "c", "tool_name": "search", "agent_id": "a", "run_id": "r"}
    numbers = {"retry_count": 0.0, "max_retries": 2.0, "timeout_ms": 1000.0}
    row = {
        "id": id_,
        **names,
        "status": "pending",
        "args": "{}",
        **numbers,
        "createdAt": at(created),
    }
    return {**row, **dict.fromkeys((*nulls, *times)), **columns}


async def test_create_schedule_refuses_an_id_that_is_taken(mastra: Mastra) -> None:
    await mastra.result("createSchedule", SCHEDULES, record=schedule("s"))
    with refused("AlreadyExists", 'Schedule with id "s" already exists'):
        await mastra.handle("createSchedule", SCHEDULES, record=schedule("s", cron="0 * * * *"))
    assert await mastra.rows(SCHEDULES) == [schedule("s")]
    with refused("InvalidRecord", "missing an id"):
        await mastra.handle("createSchedule", SCHEDULES, record={})
    with refused("InvalidRecord", "does not take"):
        await mastra.handle("createSchedule", SCHEDULES, record=schedule("t", timezone=3.0))


async def test_due_schedules_are_active_and_come_longest_due_first(mastra: Mastra) -> None:
    for row in (
        schedule("late", 30),
        schedule("now", 20),
        schedule("early", 10),
        schedule("paused", 5, status="paused"),
    ):
        await mastra.result("createSchedule", SCHEDULES, record=row)

    async def due(**limit: object) -> list[str]:
        return ids(await mastra.result("listDueSchedules", SCHEDULES, now=20.0, **limit))

    assert await due() == ["early", "now"]
    assert await due(limit=1.9) == ["early"]
    assert await due(limit=-3.0) == []
    assert await due(limit=float("nan")) == await due(limit=None) == ["early", "now"]


async def test_due_schedules_are_not_cut_at_the_default_of_the_limit(mastra: Mastra) -> None:
    await mastra.insert(SCHEDULES, *(schedule(f"s{n:03}", n) for n in range(120)))
    due = await mastra.result("listDueSchedules", SCHEDULES, now=999.0, limit=1000.0)
    assert len(due) == 120
    assert len(await mastra.result("listDueSchedules", SCHEDULES, now=999.0)) == 100


async def test_of_two_callers_one_moves_a_schedule_on(mastra: Mastra) -> None:
    await mastra.result("createSchedule", SCHEDULES, record=schedule("s", 10))

    async def move(expected: float, id_: str = "s") -> object:
        return await mastra.result(
            "updateScheduleNextFire",
            SCHEDULES,
            id=id_,
            expectedNextFireAt=expected,
            newNextFireAt=20.0,
            lastFireAt=10.0,
            lastRunId="run",
        )

    assert (await move(10), await move(10), await move(10, "?")) == (True, False, False)
    [row] = await mastra.rows(SCHEDULES)
    moved = {"next_fire_at": 20.0, "last_fire_at": 10.0, "last_run_id": "run"}
    assert moved.items() <= row.items()
    assert row["updated_at"] > 1e12
    await mastra.result("updateSchedule", SCHEDULES, id="s", patch={"status": "paused"})
    assert await move(20) is False


async def test_update_schedule_answers_the_row_or_that_there_is_none(mastra: Mastra) -> None:
    await mastra.result("createSchedule", SCHEDULES, record=schedule("s"))
    patch = {"cron": "0 0 * * *", "metadata": None, "id": "other"}
    row = await mastra.result("updateSchedule", SCHEDULES, id="s", patch=patch)
    assert own(row) == schedule("s", cron="0 0 * * *", metadata=None)
    assert await mastra.rows(SCHEDULES) == [own(row)]
    with refused("ScheduleNotFound", "Schedule t not found"):
        await mastra.handle("updateSchedule", SCHEDULES, id="t", patch={})


async def test_unset_owners_are_found_with_and_without_the_column(mastra: Mastra) -> None:
    await mastra.insert(
        SCHEDULES,
        schedule("absent"),
        schedule("null", owner_type=None, owner_id=None),
        schedule("owned", owner_type="agent", owner_id="a"),
    )
    unset = await mastra.rows(SCHEDULES, owner_type=None, owner_id=None)
    assert ids(unset) == ["absent", "null"]
    assert ids(await mastra.rows(SCHEDULES, owner_type="agent", owner_id="a")) == ["owned"]


async def test_triggers_come_newest_first_within_their_bounds(mastra: Mastra) -> None:
    for n in range(5):
        await mastra.result("recordScheduleTrigger", TRIGGERS, record=trigger(f"t{n}", n))
    await mastra.insert(TRIGGERS, trigger("other", 2, schedule_id="u"))
    with refused("AlreadyExists"):
        await mastra.handle("recordScheduleTrigger", TRIGGERS, record=trigger("t0", 9))

    async def found(**bounds: float | None) -> list[str]:
        return ids(await mastra.result("listScheduleTriggers", TRIGGERS, scheduleId="s", **bounds))

    assert await found() == ["t4", "t3", "t2", "t1", "t0"]
    assert await found(fromActualFireAt=1.0, toActualFireAt=4.0) == ["t3", "t2", "t1"]
    assert await found(fromActualFireAt=None, limit=1.0) == ["t4"]


async def test_triggers_are_deleted_in_parts_and_those_of_others_stay(mastra: Mastra) -> None:
    await mastra.insert(TRIGGERS, *(trigger(f"t{n}", n) for n in range(30)))
    await mastra.insert(TRIGGERS, trigger("other", 2, schedule_id="u"))
    delete = "deleteScheduleTriggers"
    assert (await mastra.handle(delete, TRIGGERS, scheduleId="s"))["hasMore"] is True
    assert (await mastra.handle(delete, TRIGGERS, scheduleId="s"))["hasMore"] is False
    assert ids(await mastra.rows(TRIGGERS)) == ["other"]


async def test_installations_are_rows_with_explicit_nulls(mastra: Mastra) -> None:
    row: Row = {"id": "i", "platform": "slack", "agentId": "a", "status": "active", "data": "{}"}
    row |= {"webhookId": None, "error": None, "createdAt": at(0), "updatedAt": at(0)}
    await mastra.insert(INSTALLATIONS, row)
    assert await mastra.rows(INSTALLATIONS, platform="slack", agentId="a") == [row]


async def test_records_of_other_tables_are_replaced_whole(mastra: Mastra) -> None:
    claims = "mastra_workflow_run_owners"
    await mastra.insert(claims, {"id": "a", "owner": "x", "deep": {"k": [1.0, None]}})
    await mastra.insert(claims, {"id": "a", "n": 1.0}, {"id": "b", "n": 2.0}, {"id": "b", "n": 3.0})
    assert await mastra.rows(claims) == [{"id": "a", "n": 1.0}, {"id": "b", "n": 3.0}]
    assert await mastra.result("load", claims, keys={"id": "b"}) == {"id": "b", "n": 3.0}
    assert await mastra.result("load", claims, keys={"n": 1.0}) == {"id": "a", "n": 1.0}
    assert await mastra.result("load", claims, keys={"n": 9.0}) is None
    assert ids(await mastra.result("loadMany", claims, ids=["b", "?", "a"])) == ["b", "a"]
    assert await mastra.result("patch", claims, id="a", record={"m": 2.0, "id": "z"}) is True
    assert await mastra.result("patch", claims, id="?", record={"m": 2.0}) is False
    assert await mastra.rows(claims, m=2.0) == [{"id": "a", "n": 1.0, "m": 2.0}]
    await mastra.result("deleteMany", claims, ids=["a", "?"])
    assert ids(await mastra.rows(claims)) == ["b"]
    for record in ({}, {"id": ""}, {"id": None}):
        with refused("InvalidRecord", "missing an id"):
            await mastra.handle("insert", claims, record=record)


async def test_records_of_other_tables_are_paged_and_cleared_in_parts(mastra: Mastra) -> None:
    await mastra.insert("other", *({"id": f"r{n}"} for n in range(30)))
    await mastra.insert("unrelated", {"id": "x"})
    page = await mastra.handle("queryTable", "other", pageSize=20.0)
    rest = await mastra.handle(
        "queryTable", "other", pageSize=20.0, cursor=page["continuationCursor"]
    )
    assert [r["id"] for r in page["result"] + rest["result"]] == [f"r{n}" for n in range(30)]
    assert (page["hasMore"], rest["hasMore"]) == (True, False)
    assert len(await mastra.result("queryTable", "other", limit=3.0)) == 3
    assert (await mastra.handle("clearTable", "other"))["hasMore"] is True
    assert (await mastra.handle("dropTable", "other"))["hasMore"] is False
    assert await mastra.rows("other") == []
    assert ids(await mastra.rows("unrelated")) == ["x"]


async def early_task(writer: Writer, id_: str, **fields: object) -> Row:
    """A task as early adapters left it: among the documents, in camelCase."""
    record = {"id": id_, "toolName": "search", "agentId": "a", "status": "pending", **fields}
    row = {"table": TASKS, "primaryKey": id_, "record": record}
    await writer.write("mastra_documents", row)
    return record


async def test_early_tasks_are_read_and_listed_beside_rows(writer: Writer) -> None:
    early = await early_task(writer, "old")
    await early_task(writer, "both")
    await writer.insert(TASKS, task("new"), task("both"))
    assert await writer.result("load", TASKS, keys={"id": "old"}) == early
    assert own(await writer.result("load", TASKS, keys={"id": "both"})) == task("both")
    loaded = await writer.result("loadMany", TASKS, ids=["old", "?", "new"])
    assert ids(loaded) == ["old", "new"]
    assert ids(await writer.rows(TASKS)) == ["new", "both", "old"]
    assert ids(await writer.rows(TASKS, agent_id="a", status="pending")) == ["new", "both", "old"]
    assert await writer.rows(TASKS, tool_name="other") == []


async def test_an_early_task_is_patched_where_it_is_in_one_spelling(writer: Writer) -> None:
    await early_task(writer, "old", retryCount=1.0)
    patch = {"retry_count": 2.0, "agent_id": "b"}
    assert await writer.result("patch", TASKS, id="old", record=patch) is True
    record = {"id": "old", "toolName": "search", "status": "pending", **patch}
    assert await writer.rows(TASKS) == [record]
    assert await writer.result("patch", TASKS, id="?", record=patch) is False


async def test_a_row_takes_the_place_of_an_early_task(writer: Writer) -> None:
    await early_task(writer, "t")
    await writer.insert(TASKS, task("t"))
    assert await writer.result("patch", TASKS, id="t", record={"status": "running"}) is True
    await writer.result("deleteMany", TASKS, ids=["t"])
    assert await writer.rows(TASKS) == []
    await early_task(writer, "u")
    await writer.insert(TASKS, task("u"))
    await writer.result("deleteMany", TASKS, ids=["u"])
    assert await writer.rows(TASKS) == []


async def test_clearing_tasks_clears_early_ones_too(writer: Writer) -> None:
    await writer.insert(TASKS, *(task(f"t{n}") for n in range(26)))
    await early_task(writer, "old")
    more: list[Any] = [(await writer.handle("clearTable", TASKS))["hasMore"] for _ in range(3)]
    assert more == [True, True, False]  # rows, the last of them, then the early ones
    assert await writer.rows(TASKS) == []


async def test_a_task_that_does_not_fit_is_refused_and_not_stored(mastra: Mastra) -> None:
    wrongs: list[Row] = [{"status": "lost"}, {"retry_count": "1"}, {"color": "red"}]
    for wrong in wrongs:
        with refused("InvalidRecord"):
            await mastra.handle("insert", TASKS, record=task("t", **wrong))
    assert await mastra.rows(TASKS) == []


@pytest.mark.parametrize("table", ["mastra_threads", TASKS, "other"])
async def test_a_row_above_convexs_limit_is_refused_by_name(mastra: Mastra, table: str) -> None:
    text = "x" * 2**20
    record: Row = task("t", args=text) if table == TASKS else {"id": "t", "title": text}
    if table == "mastra_threads":
        record |= {"resourceId": "ada", "createdAt": at(0), "updatedAt": at(0)}
    with refused("DocumentTooLarge", "1048576"):
        await mastra.handle("insert", table, record=record)
    assert await mastra.rows(table) == []
