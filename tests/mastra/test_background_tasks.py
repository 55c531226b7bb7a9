"""Background tasks (§4.6, §3.5), on both kinds of server functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import httpx
import pytest

from aioconvex.errors import MutationOutcomeUnknown
from aioconvex.local import LocalDeployment
from aioconvex.mastra import BackgroundTask, BackgroundTasksConvex, ConvexAdminClient, MastraError
from mastra.early_rows import Row, Writer
from mastra.losing import Losing, losing_client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

OURS = pytest.mark.parametrize("functions", ["ours"])
PUBLISHED = pytest.mark.parametrize("functions", ["published"])

TABLE = "mastra_background_tasks"
START = datetime(2024, 2, 29, 12, 0, 0, 120_000, UTC)


@pytest.fixture
def tasks(client: ConvexAdminClient) -> BackgroundTasksConvex:
    return BackgroundTasksConvex(client=client)


def task(id_: str = "t", **fields: Any) -> BackgroundTask:
    names = {"tool_name": "search", "tool_call_id": "c", "agent_id": "a", "run_id": "r"}
    return BackgroundTask(**{"id": id_, **names, "timeout_ms": 1000, "created_at": START, **fields})


WHOLE = task(
    thread_id="th",
    resource_id="ada",
    status="failed",
    args={"$q": "ü", "deep": [{"a": None}]},
    result={"ok": [None, 1.5]},
    error={"message": "no", "stack": "at …", "code": 5},
    suspend_payload=["wait", {"$ref": 1}],
    retry_count=1,
    max_retries=3,
    started_at=START + timedelta(seconds=1),
    suspended_at=START + timedelta(seconds=2),
    completed_at=START + timedelta(seconds=3),
)


def at(second: int) -> str:
    return f"2024-01-01T00:00:{second:02}.000Z"


def time(second: int) -> datetime:
    return datetime(2024, 1, 1, 0, 0, second, tzinfo=UTC)


def row_of(id_: str, created: int = 0, **columns: object) -> Row:
    nulls = ("thread_id", "resource_id", "result", "error", "suspend_payload")
    dates = ("startedAt", "suspendedAt", "completedAt")
    names = {"tool_call_id": "c", "tool_name": "search", "agent_id": "a", "run_id": "r"}
    numbers = {"retry_count": 0, "max_retries": 2, "timeout_ms": 1000}
    row = {"id": id_, **names, "status": "pending", "args": "{}", **numbers}
    return {**row, "createdAt": at(created), **dict.fromkeys((*nulls, *dates)), **columns}


def early_of(id_: str, created: int = 0, **fields: object) -> Row:
    """A task among the documents, as early adapters stored it."""
    record = {
        "id": id_,
        "toolName": "search",
        "toolCallId": "c",
        "agentId": "a",
        "runId": "r",
        "status": "pending",
        "args": '{"q":1}',
        "retryCount": 1,
        "maxRetries": 2,
        "timeoutMs": 1000,
        "createdAt": at(created),
    }
    return {"table": TABLE, "primaryKey": id_, "record": {**record, **fields}}


@pytest.mark.parametrize("given", [task(), WHOLE])
async def test_4_6_a_task_is_read_as_it_was_created(
    tasks: BackgroundTasksConvex, given: BackgroundTask
) -> None:
    await tasks.create_task(given)
    assert await tasks.get_task(task_id="t") == given
    assert await tasks.get_task(task_id="?") is None


async def test_4_6_create_replaces_the_task_of_its_id(tasks: BackgroundTasksConvex) -> None:
    await tasks.create_task(WHOLE)
    await tasks.create_task(task(agent_id="b"))
    assert await tasks.get_task(task_id="t") == task(agent_id="b")
    assert (await tasks.list_tasks()).total == 1


async def test_2_10_every_column_is_stored_and_what_is_unset_as_null(writer: Writer) -> None:
    await BackgroundTasksConvex(client=writer.client).create_task(task(args={"$q": "ü"}))
    [row] = await writer.rows(TABLE)
    stored_at = "2024-02-29T12:00:00.120Z"
    columns: Row = {"args": '{"$q":"ü"}', "createdAt": stored_at, "max_retries": 0}
    assert row == row_of("t", **columns)


async def test_4_6_an_update_changes_what_is_given(tasks: BackgroundTasksConvex) -> None:
    await tasks.create_task(WHOLE)
    assert await tasks.update_task(
        task_id="t", status="running", retry_count=2, max_retries=4, timeout_ms=5, result=[]
    )
    changed = attrs.evolve(
        WHOLE, status="running", retry_count=2, max_retries=4, timeout_ms=5, result=[]
    )
    assert await tasks.get_task(task_id="t") == changed
    assert await tasks.update_task(task_id="?", status="running") is False


@pytest.mark.parametrize(
    "name", ["result", "error", "suspend_payload", "started_at", "suspended_at", "completed_at"]
)
async def test_4_6_none_clears_and_what_is_not_passed_stays(
    tasks: BackgroundTasksConvex, name: str
) -> None:
    await tasks.create_task(WHOLE)
    cleared: dict[str, Any] = {name: None}
    assert await tasks.update_task(task_id="t", **cleared)
    assert await tasks.get_task(task_id="t") == attrs.evolve(WHOLE, **cleared)
    given: dict[str, Any] = {name: getattr(WHOLE, name)}
    assert await tasks.update_task(task_id="t", **given)
    assert await tasks.get_task(task_id="t") == WHOLE


async def test_4_6_none_of_what_cannot_be_cleared_and_an_empty_update_make_no_call(
    tasks: BackgroundTasksConvex, deployment: LocalDeployment
) -> None:
    await tasks.create_task(WHOLE)
    calls = len(await deployment.recent_calls())
    assert await tasks.update_task(task_id="t") is True
    assert await tasks.update_task(
        task_id="t", status=None, retry_count=None, max_retries=None, timeout_ms=None
    )
    assert len(await deployment.recent_calls()) == calls
    assert await tasks.get_task(task_id="t") == WHOLE


@OURS
async def test_4_6_and_5_16_a_guarded_update_is_only_made_in_the_expected_status(
    tasks: BackgroundTasksConvex,
) -> None:
    await tasks.create_task(task())
    guard: dict[str, Any] = {"task_id": "t", "expected_status": "pending"}
    assert await tasks.update_task(**guard) is True
    assert await tasks.update_task(**guard, status="running", started_at=START) is True
    assert await tasks.update_task(**guard, status="cancelled") is False
    assert await tasks.update_task(**guard) is False
    assert await tasks.update_task(**{**guard, "task_id": "?"}, status="running") is False
    assert await tasks.get_task(task_id="t") == task(status="running", started_at=START)


@PUBLISHED
async def test_5_16_the_published_functions_ignore_the_guard_so_it_is_refused(
    tasks: BackgroundTasksConvex,
) -> None:
    await tasks.create_task(task())
    with pytest.raises(MastraError, match="expected_status needs") as caught:
        await tasks.update_task(task_id="t", status="running", expected_status="pending")
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_UPDATE_TASK_NOT_SUPPORTED"
    assert await tasks.get_task(task_id="t") == task()


async def listed(writer: Writer) -> BackgroundTasksConvex:
    """Eight tasks, two of them early ones, stored in another order than created."""
    rows = [
        row_of("c", 3, status="running", startedAt=at(9), agent_id="b"),
        row_of("a", 1, status="completed", startedAt=at(2), completedAt=at(8), tool_name="fetch"),
        row_of("f", 6, thread_id="th", resource_id="ada", run_id="r2"),
        row_of("b", 2, status="running", startedAt=at(5), tool_call_id="c2"),
        row_of("e", 5, status="suspended", suspendedAt=at(7), thread_id="th"),
        row_of("g", 6, status="failed", completedAt=at(9), resource_id="ada"),
    ]
    early = [
        early_of("d", 4, status="completed", completedAt=at(7), agentId="b", threadId="th"),
        early_of("h", 9, agentId="z", resourceId="ada", toolName="fetch"),
        early_of("a", 0, status="failed"),  # a row has taken its place
    ]
    await writer.insert(TABLE, *rows)
    await writer.insert("mastra_documents", *early)
    return BackgroundTasksConvex(client=writer.client)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, "abcdefgh"),
        ({"status": "running"}, "bc"),
        ({"status": ["running"]}, "bc"),
        ({"status": ["completed", "failed"]}, "adg"),
        ({"status": []}, ""),
        ({"agent_id": "b"}, "cd"),
        ({"agent_id": "b", "status": "running"}, "c"),
        ({"thread_id": "th"}, "def"),
        ({"resource_id": "ada"}, "fgh"),
        ({"tool_name": "fetch"}, "ah"),
        ({"tool_call_id": "c2"}, "b"),
        ({"run_id": "r2"}, "f"),
        ({"run_id": "r2", "thread_id": "?"}, ""),
        ({"from_date": time(3)}, "cdefgh"),
        ({"to_date": time(3)}, "ab"),
        ({"from_date": time(3), "to_date": time(6)}, "cde"),
        ({"from_date": time(0), "date_filter_by": "started_at"}, "abc"),
        ({"to_date": time(8), "date_filter_by": "completed_at"}, "d"),
        ({"from_date": time(8), "date_filter_by": "completed_at", "resource_id": "ada"}, "g"),
        ({"from_date": time(0), "date_filter_by": "suspended_at"}, "e"),
    ],
)
async def test_4_6_lists_are_of_the_tasks_that_pass_all_filters(
    writer: Writer, filters: dict[str, Any], found: str
) -> None:
    """Tasks without the date that is filtered by drop out; early tasks are listed as others."""
    tasks = await listed(writer)
    page = await tasks.list_tasks(**filters)
    assert [each.id for each in page.tasks] == list(found)
    assert page.total == len(found)


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ({"order_direction": "desc"}, "hfgedcba"),
        ({"order_by": "started_at"}, "fegdhabc"),
        ({"order_by": "started_at", "order_direction": "desc"}, "cbafegdh"),
        ({"order_by": "completed_at"}, "cfbehdag"),
        ({"order_by": "suspended_at", "order_direction": "desc"}, "ecafbgdh"),
    ],
)
async def test_4_6_a_missing_date_to_order_by_counts_as_the_oldest(
    writer: Writer, order: dict[str, Any], found: str
) -> None:
    tasks = await listed(writer)
    page = await tasks.list_tasks(**order)
    assert [each.id for each in page.tasks] == list(found)


@pytest.mark.parametrize(
    ("paging", "found"),
    [
        ({"per_page": 3}, "abc"),
        ({"per_page": 3, "page": 1}, "def"),
        ({"per_page": 3, "page": 2}, "gh"),
        ({"per_page": 3, "page": 3}, ""),
        ({"per_page": 0}, ""),
        ({"per_page": False}, "abcdefgh"),
        ({"per_page": "all"}, "abcdefgh"),
        ({"page": 5}, "abcdefgh"),
        ({"per_page": 2, "status": ["completed", "failed"]}, "ad"),
    ],
)
async def test_4_6_pages_have_the_total_of_the_whole_list(
    writer: Writer, paging: dict[str, Any], found: str
) -> None:
    tasks = await listed(writer)
    page = await tasks.list_tasks(**paging)
    assert [each.id for each in page.tasks] == list(found)
    assert page.total == (3 if "status" in paging else 8)


@OURS
async def test_5_2_a_list_of_more_than_one_call_may_read_is_whole(writer: Writer) -> None:
    tasks = BackgroundTasksConvex(client=writer.client)
    big = '"' + "x" * 900_000 + '"'
    for number in range(15):
        await writer.insert(TABLE, row_of(f"{number:02}", 59 - number, result=big))
    await writer.insert("mastra_documents", early_of("early", 50))
    page = await tasks.list_tasks(per_page=10, page=1)
    everything = [*(f"{n:02}" for n in reversed(range(10, 15))), "early"]
    everything += [f"{n:02}" for n in reversed(range(10))]
    assert [each.id for each in page.tasks] == everything[10:]
    assert page.total == 16
    await tasks.delete_tasks(agent_id="a")
    assert await writer.rows(TABLE) == await writer.rows("mastra_documents") == []


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({"status": ["completed", "failed"]}, "bcefh"),
        ({"agent_id": "b", "status": "running"}, "abdefgh"),
        ({"to_date": time(5)}, "efgh"),
        ({"thread_id": "th"}, "abcgh"),
        ({"status": [], "agent_id": "a"}, "abcdefgh"),
        # The published adapter deletes nothing without a filter; [R] would delete everything.
        ({}, "abcdefgh"),
        ({"status": None}, "abcdefgh"),
        ({"status": []}, "abcdefgh"),
        ({"date_filter_by": "completed_at"}, "abcdefgh"),
    ],
)
async def test_4_6_deleting_is_of_the_tasks_that_pass_and_never_of_all(
    writer: Writer, filters: dict[str, Any], left: str
) -> None:
    tasks = await listed(writer)
    await tasks.delete_tasks(**filters)
    assert [each.id for each in (await tasks.list_tasks()).tasks] == list(left)


@OURS
async def test_5_22_many_tasks_are_deleted_in_bounded_calls(
    writer: Writer,
) -> None:
    tasks = BackgroundTasksConvex(client=writer.client)
    await writer.insert(TABLE, *(row_of(f"t{n}", n % 60) for n in range(600)))
    await writer.insert(TABLE, row_of("other", agent_id="b"))
    await tasks.delete_tasks(agent_id="a", to_date=time(50))
    assert (await tasks.list_tasks(agent_id="a")).total == 100
    assert (await tasks.list_tasks(agent_id="b")).total == 1


@OURS
async def test_3_5_any_number_of_early_tasks_is_listed_and_deleted(writer: Writer) -> None:
    """One call looks into at most 4096 ranges of indexes, and each task takes some."""
    tasks = BackgroundTasksConvex(client=writer.client)
    early = [early_of(f"t{n:04}", n % 60) for n in range(4_100)]
    await writer.insert("mastra_documents", *early, early_of("other", 59, agentId="b"))
    await writer.insert(TABLE, row_of("t4099", 59), row_of("new", 59, agent_id="b"))
    page = await tasks.list_tasks(page=409, per_page=10)
    assert page.total == 4_102  # a row has taken the place of one
    assert {each.created_at for each in page.tasks} == {time(59)}
    assert (await tasks.list_tasks(agent_id="a", to_date=time(10), per_page=0)).total == 690
    await tasks.delete_tasks(agent_id="a", from_date=time(1))
    left = await tasks.list_tasks()
    assert {each.created_at for each in left.tasks if each.agent_id == "a"} == {time(0)}
    assert left.total == 69 + 2


@OURS
async def test_3_5_early_tasks_of_any_size_are_listed_and_deleted(writer: Writer) -> None:
    """Beside rows, and copies that rows have taken the place of."""
    tasks = BackgroundTasksConvex(client=writer.client)
    big = '"' + "x" * 900_000 + '"'
    for n in range(5):
        await writer.insert("mastra_documents", early_of(f"{n:02}", n, result=big))
    for n in range(3, 13):
        await writer.insert(TABLE, row_of(f"{n:02}", n, result=big))
    page = await tasks.list_tasks(per_page=4)
    assert ([each.id for each in page.tasks], page.total) == (["00", "01", "02", "03"], 13)
    await tasks.delete_tasks(agent_id="a")
    assert await writer.rows(TABLE) == await writer.rows("mastra_documents") == []


async def test_4_6_a_task_is_deleted_wherever_it_is(writer: Writer) -> None:
    tasks = await listed(writer)
    for id_ in ("a", "d", "?"):
        await tasks.delete_task(task_id=id_)
        assert await tasks.get_task(task_id=id_) is None
    assert (await tasks.list_tasks()).total == 6


async def test_4_6_running_tasks_are_counted(writer: Writer) -> None:
    tasks = await listed(writer)
    assert await tasks.get_running_count() == 2
    assert await tasks.get_running_count_by_agent(agent_id="b") == 1
    assert await tasks.get_running_count_by_agent(agent_id="?") == 0


async def test_3_5_an_early_task_is_read_in_its_own_spelling(writer: Writer) -> None:
    tasks = BackgroundTasksConvex(client=writer.client)
    early = early_of(
        "t",
        threadId="th",
        resourceId="ada",
        suspendPayload='{"a":1}',
        result='"done"',
        startedAt=at(5),
        # The snake_case key is preferred when it is there, even as null.
        tool_name="newer",
        thread_id=None,
    )
    await writer.insert("mastra_documents", early)
    assert await tasks.get_task(task_id="t") == BackgroundTask(
        id="t",
        tool_name="newer",
        tool_call_id="c",
        agent_id="a",
        run_id="r",
        thread_id=None,
        resource_id="ada",
        args={"q": 1},
        result="done",
        suspend_payload={"a": 1},
        retry_count=1,
        max_retries=2,
        timeout_ms=1000,
        created_at=time(0),
        started_at=time(5),
    )


async def test_3_5_an_early_task_is_changed_where_it_is(writer: Writer) -> None:
    tasks = BackgroundTasksConvex(client=writer.client)
    await writer.insert("mastra_documents", early_of("t", suspendPayload='{"a":1}'))
    assert await tasks.update_task(task_id="t", retry_count=2, suspend_payload=None)
    found = await tasks.get_task(task_id="t")
    assert found is not None
    assert (found.retry_count, found.suspend_payload, found.max_retries) == (2, None, 2)
    [document] = await writer.rows("mastra_documents")
    assert not {"retryCount", "suspendPayload"} & document["record"].keys()


@OURS
async def test_3_5_the_guard_holds_for_early_tasks(writer: Writer) -> None:
    tasks = BackgroundTasksConvex(client=writer.client)
    await writer.insert("mastra_documents", early_of("t"))
    guard: dict[str, Any] = {"task_id": "t", "expected_status": "pending"}
    assert await tasks.update_task(**guard, status="running") is True
    assert await tasks.update_task(**guard, status="running") is False


async def test_a_row_that_is_no_task_is_an_error_that_names_it(writer: Writer) -> None:
    tasks = BackgroundTasksConvex(client=writer.client)
    await writer.insert("mastra_documents", early_of("t", createdAt="soon"))
    with pytest.raises(MastraError, match="task 't' holds 'soon' as createdAt"):
        await tasks.get_task(task_id="t")


async def test_clear_all_leaves_nothing(writer: Writer) -> None:
    tasks = await listed(writer)
    await tasks.dangerously_clear_all()
    assert await writer.rows(TABLE) == await writer.rows("mastra_documents") == []


@OURS
async def test_5_1_reads_are_queries_and_a_page_is_all_that_is_sent(
    writer: Writer, our_writer: LocalDeployment
) -> None:
    tasks = BackgroundTasksConvex(client=writer.client)
    rows = [row_of(f"t{n}", n, agent_id=f"a{n % 4}", run_id=f"r{n}") for n in range(12)]
    await writer.insert(TABLE, *rows)
    for read, most in (
        (tasks.get_task(task_id="t1"), 1),
        (tasks.list_tasks(agent_id="a1", status="pending", per_page=1), 3),
        (tasks.list_tasks(run_id="r3"), 1),
        (tasks.get_running_count(), 0),
    ):
        await read
        [*_, call] = await our_writer.recent_calls()
        assert (call.kind, call.documents_read) == ("query", most)


@OURS
async def test_3_9_a_guarded_update_whose_reply_is_lost_is_read_again(
    deployment: LocalDeployment, client: ConvexAdminClient
) -> None:
    losing, stored = Losing(), BackgroundTasksConvex(client=client)
    await stored.create_task(task())
    async with losing_client(deployment, losing) as lossy:
        tasks = BackgroundTasksConvex(client=lossy)
        losing.requests = 1
        assert await tasks.update_task(
            task_id="t", status="running", started_at=START, expected_status="pending"
        )
        losing.replies = 1
        assert await tasks.update_task(
            task_id="t", status="completed", completed_at=START, expected_status="running"
        )
        assert len(losing.sent) == 3
        # A change of the status alone may be another's.
        losing.replies = 1
        with pytest.raises(MutationOutcomeUnknown):
            await tasks.update_task(task_id="t", status="failed", expected_status="completed")
        losing.replies = 1
        assert await tasks.update_task(task_id="t", retry_count=5, expected_status="failed")
    assert await stored.get_task(task_id="t") == task(
        status="failed", started_at=START, completed_at=START, retry_count=5
    )


class Overtaken(Losing):
    """Lets somebody else come in whenever a reply or a request was lost."""

    def __init__(self, between: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._between = between

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except httpx.ReadError:
            await self._between()
            raise


async def test_3_9_a_task_that_began_while_its_creation_was_unknown_is_not_created_again(
    deployment: LocalDeployment, tasks: BackgroundTasksConvex
) -> None:
    async def begin() -> None:
        assert await tasks.update_task(task_id="t", status="running", started_at=START)

    losing = Overtaken(begin)
    losing.replies = 1
    async with losing_client(deployment, losing) as lossy:
        await BackgroundTasksConvex(client=lossy).create_task(task())
    assert await tasks.get_task(task_id="t") == task(status="running", started_at=START)


@pytest.mark.parametrize(("replies", "requests"), [(1, 0), (0, 1), (0, 2)])
@pytest.mark.parametrize("before", [None, task(agent_id="b"), task(status="running")])
async def test_3_9_a_task_whose_creation_was_lost_is_stored(
    deployment: LocalDeployment,
    tasks: BackgroundTasksConvex,
    before: BackgroundTask | None,
    replies: int,
    requests: int,
) -> None:
    if before is not None:
        await tasks.create_task(before)
    losing, given = Losing(), task(status="failed", error={"message": "no"})
    losing.replies, losing.requests = replies, requests
    async with losing_client(deployment, losing) as lossy:
        creating = BackgroundTasksConvex(client=lossy).create_task(given)
        if requests and before is not None and before.agent_id == given.agent_id:
            # It may as well have been stored, and have been begun again by somebody else.
            with pytest.raises(MutationOutcomeUnknown):
                await creating
            given = before
        else:
            await creating
    assert await tasks.get_task(task_id="t") == given


@OURS
async def test_3_9_of_two_equal_guarded_updates_only_one_is_told_that_it_was_made(
    deployment: LocalDeployment, tasks: BackgroundTasksConvex
) -> None:
    """An error may be another caller's too, word for word."""
    failed: dict[str, Any] = {"status": "timed_out", "error": {"message": "too slow"}}

    async def fail() -> None:
        assert await tasks.update_task(task_id="t", expected_status="running", **failed)

    await tasks.create_task(task(status="running"))
    losing = Overtaken(fail)
    losing.requests = 1
    async with losing_client(deployment, losing) as lossy:
        with pytest.raises(MutationOutcomeUnknown):
            await BackgroundTasksConvex(client=lossy).update_task(
                task_id="t", expected_status="running", **failed
            )


@OURS
async def test_a_result_above_one_mebibyte_is_refused(tasks: BackgroundTasksConvex) -> None:
    await tasks.create_task(task())
    big = {"x": "é" * 600_000}
    for use in (
        tasks.create_task(task("big", args=big)),
        tasks.update_task(task_id="t", result=big),
        tasks.update_task(task_id="t", result=big, expected_status="pending"),
    ):
        with pytest.raises(MastraError, match="at most 1048576") as caught:
            await use
        assert caught.value.details["code"] == "DocumentTooLarge"
    assert (await tasks.list_tasks()).tasks == [task()]


@OURS
@pytest.mark.parametrize("window", [{"skip": -1}, {"skip": 0.5}, {"skip": 0, "take": -1}])
async def test_a_window_that_is_none_is_refused(
    client: ConvexAdminClient, window: dict[str, float]
) -> None:
    args = {"orderBy": "createdAt", "order": "asc", **window}
    with pytest.raises(MastraError, match="must be an integer of at least 0") as caught:
        await client.call("query", "mastra/backgroundTasks:list", args)
    assert caught.value.details["code"] == "InvalidRequest"
