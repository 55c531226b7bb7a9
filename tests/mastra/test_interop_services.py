"""The npm package and ours share schedules, channels, background tasks and the cache, both ways."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from aioconvex._codec import camel
from aioconvex.local import LocalDeployment
from aioconvex.mastra import (
    BackgroundTask,
    ChannelConfig,
    ChannelInstallation,
    ConvexServerCache,
    Schedule,
    ScheduleTrigger,
)
from mastra.npm import NpmError
from mastra.pair import ANY_KEYS, START, Json, Pair, after, any_keys, ids, plain, sent

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

UNDEFINED = {"$undefined": True}


def theirs(ours: Any) -> Json:
    """One of our objects as the npm package takes it: what is None it leaves out."""
    fields = attrs.asdict(ours, recurse=False)
    return {camel(name): value for name, value in fields.items() if value is not None}


def seen(ours: Any) -> Any:
    """One of our objects as the npm package gives it."""
    return sent(theirs(ours))


def schedule(id_: str = "s", fire: int = 10, **fields: Any) -> Schedule:
    target = {"type": "workflow", "workflowId": "brew", "inputData": ANY_KEYS}
    base = {"id": id_, "target": target, "cron": "0 8 * * *", "created_at": fire, **fields}
    return Schedule(next_fire_at=fire, **base)


WHOLE_SCHEDULE = schedule(
    target={"type": "agent", "agentId": "waiter", "prompt": "Tea?", "own": {"$x": None}},
    timezone="Europe/Berlin",
    status="paused",
    last_fire_at=1,
    last_run_id="run",
    metadata=ANY_KEYS,
    owner_type="agent",
    owner_id="waiter",
)
schedules = pytest.mark.parametrize("given", [schedule(), WHOLE_SCHEDULE], ids=["least", "whole"])


@schedules
async def test_a_schedule_of_ours_is_theirs(pair: Pair, given: Schedule) -> None:
    await pair.us.schedules.create_schedule(given)
    assert await pair.npm.call("schedules", "getSchedule", given.id) == seen(given)
    with pytest.raises(NpmError):
        await pair.npm.call("schedules", "createSchedule", theirs(given))


@schedules
async def test_a_schedule_of_theirs_is_ours(pair: Pair, given: Schedule) -> None:
    await pair.npm.call("schedules", "createSchedule", theirs(given))
    assert await pair.us.schedules.get_schedule(id=given.id) == given
    assert await pair.us.schedules.list_schedules() == [given]


async def test_what_one_side_clears_of_a_schedule_is_unset_on_the_other(pair: Pair) -> None:
    await pair.us.schedules.create_schedule(WHOLE_SCHEDULE)
    patch = {"timezone": UNDEFINED, "ownerId": UNDEFINED, "cron": "5 * * * *"}
    await pair.npm.call("schedules", "updateSchedule", "s", patch)
    ours = await pair.us.schedules.get_schedule(id="s")
    assert ours is not None
    assert (ours.timezone, ours.owner_id, ours.cron) == (None, None, "5 * * * *")
    assert ours.metadata == ANY_KEYS
    changed = await pair.us.schedules.update_schedule(id="s", metadata=None, owner_type=None)
    assert await pair.npm.call("schedules", "getSchedule", "s") == seen(changed)
    unset = await pair.npm.call("schedules", "listSchedules", {"ownerType": None})
    assert ids(unset) == ["s"]


async def test_a_schedule_is_claimed_by_one_side(pair: Pair) -> None:
    await pair.us.schedules.create_schedule(schedule())
    claim: Any = {"last_fire_at": 10, "last_run_id": "run", "id": "s"}
    move = ("schedules", "updateScheduleNextFire", "s")
    assert await pair.npm.call(*move, 10, 20, 10, "theirs") is True
    ours = pair.us.schedules.update_schedule_next_fire
    assert await ours(expected_next_fire_at=10, new_next_fire_at=20, **claim) is False
    assert await ours(expected_next_fire_at=20, new_next_fire_at=30, **claim) is True
    assert await pair.npm.call(*move, 20, 30, 20, "theirs") is False
    [due] = await pair.npm.call("schedules", "listDueSchedules", 30)
    assert (due["nextFireAt"], due["lastRunId"]) == (30, "run")


async def test_both_sides_see_the_same_schedules_as_due(pair: Pair) -> None:
    for number in range(6):
        given = schedule(f"s{number}", number, status="paused" if number == 2 else "active")
        if number % 2:
            await pair.us.schedules.create_schedule(given)
        else:
            await pair.npm.call("schedules", "createSchedule", theirs(given))
    for limit in (None, 2):
        ours = await pair.us.schedules.list_due_schedules(now=4, limit=limit)
        their = await pair.npm.call("schedules", "listDueSchedules", 4, limit or 100)
        assert [seen(each) for each in ours] == their
        assert len(ours) == (limit or 4)


async def test_triggers_of_one_side_are_the_others_and_go_with_the_schedule(pair: Pair) -> None:
    await pair.us.schedules.create_schedule(schedule())
    times: Any = {"scheduled_fire_at": 1, "schedule_id": "s", "outcome": "published"}
    first = ScheduleTrigger(id="t1", actual_fire_at=1, run_id="run", metadata=ANY_KEYS, **times)
    second = ScheduleTrigger(id="t2", actual_fire_at=2, run_id="r2", error="no", **times)
    await pair.us.schedules.record_trigger(first)
    await pair.npm.call("schedules", "recordTrigger", theirs(second))
    assert await pair.us.schedules.list_triggers(schedule_id="s") == [second, first]
    listed = await pair.npm.call("schedules", "listTriggers", "s", {"toActualFireAt": 2})
    assert listed == [seen(first)]
    await pair.us.schedules.delete_schedule(id="s")
    assert await pair.npm.call("schedules", "listTriggers", "s") == []
    assert await pair.npm.call("schedules", "getSchedule", "s") is None


def installation(id_: str = "i", **fields: Any) -> ChannelInstallation:
    base = {"platform": "slack", "agent_id": "a", "data": ANY_KEYS, "created_at": START}
    return ChannelInstallation(**{"id": id_, **base, **fields})


async def test_an_installation_is_saved_and_found_by_both(pair: Pair) -> None:
    ours = await pair.us.channels.save_installation(
        installation(webhook_id="w", config_hash="#", error="no", status="error")
    )
    assert await pair.npm.call("channels", "getInstallation", "i") == seen(ours)
    newer = installation(status="active", created_at=after(9), webhook_id="w")
    await pair.npm.call("channels", "saveInstallation", theirs(newer))
    found = await pair.us.channels.get_installation(id="i")
    assert found is not None
    assert found == attrs.evolve(newer, created_at=START, updated_at=found.updated_at)
    assert await pair.us.channels.get_installation_by_webhook_id(webhook_id="w") == found
    await pair.us.channels.delete_installation(id="i")
    assert await pair.npm.call("channels", "getInstallation", "i") is None


async def test_both_sides_choose_the_same_installation(pair: Pair) -> None:
    for number, status in enumerate(("error", "pending", "active", "active", "pending")):
        created = after(number)
        given = installation(f"i{number}", status=status, webhook_id="w", created_at=created)
        if number % 2:
            await pair.us.channels.save_installation(given)
        else:
            await pair.npm.call("channels", "saveInstallation", theirs(given))
        ours = await pair.us.channels.get_installation_by_agent(platform="slack", agent_id="a")
        their = await pair.npm.call("channels", "getInstallationByAgent", "slack", "a")
        assert seen(ours)["status"] == their["status"]
    listed = await pair.us.channels.list_installations(platform="slack")
    their = await pair.npm.call("channels", "listInstallations", "slack")
    assert [seen(each) for each in listed] == their


async def test_settings_of_a_platform_are_both_sides(pair: Pair) -> None:
    config = ChannelConfig(platform="slack", data=ANY_KEYS, updated_at=START)
    await pair.us.channels.save_config(config)
    assert await pair.npm.call("channels", "getConfig", "slack") == seen(config)
    newer = ChannelConfig(platform="slack", data={"n": 1}, updated_at=after(5))
    await pair.npm.call("channels", "saveConfig", theirs(newer))
    assert await pair.us.channels.get_config(platform="slack") == newer
    await pair.npm.call("channels", "deleteConfig", "slack")
    assert await pair.us.channels.get_config(platform="slack") is None


def task(id_: str = "t", **fields: Any) -> BackgroundTask:
    names = {"tool_name": "search", "tool_call_id": "c", "agent_id": "a", "run_id": "r"}
    base = {"id": id_, **names, "timeout_ms": 1000, "created_at": START, **fields}
    return BackgroundTask(**base)


WHOLE_TASK = task(
    thread_id="th",
    resource_id="ada",
    status="failed",
    args=ANY_KEYS,
    result=[ANY_KEYS],
    error={"message": "no", "stack": "at …"},
    suspend_payload="wait",
    retry_count=1,
    max_retries=3,
    started_at=after(1),
    suspended_at=after(2),
    completed_at=after(3),
)
tasks = pytest.mark.parametrize("given", [task(), WHOLE_TASK], ids=["least", "whole"])


@tasks
async def test_a_task_of_ours_is_theirs(pair: Pair, given: BackgroundTask) -> None:
    await pair.us.background_tasks.create_task(given)
    assert await pair.npm.call("backgroundTasks", "getTask", "t") == seen(given)


@tasks
async def test_a_task_of_theirs_is_ours(pair: Pair, given: BackgroundTask) -> None:
    await pair.npm.call("backgroundTasks", "createTask", theirs(given))
    assert await pair.us.background_tasks.get_task(task_id="t") == given


async def test_what_one_side_changes_of_a_task_the_other_sees(pair: Pair) -> None:
    ours = pair.us.background_tasks
    await ours.create_task(WHOLE_TASK)
    cleared = {"result": UNDEFINED, "suspendedAt": UNDEFINED, "status": "running"}
    await pair.npm.call("backgroundTasks", "updateTask", "t", cleared)
    changed = attrs.evolve(WHOLE_TASK, result=None, suspended_at=None, status="running")
    assert await ours.get_task(task_id="t") == changed
    assert await ours.update_task(task_id="t", error=None, completed_at=after(9), retry_count=2)
    changed = attrs.evolve(changed, error=None, completed_at=after(9), retry_count=2)
    assert await pair.npm.call("backgroundTasks", "getTask", "t") == seen(changed)


async def test_both_sides_list_count_and_delete_the_same_tasks(pair: Pair) -> None:
    ours = pair.us.background_tasks
    for number in range(8):
        given = task(
            f"t{number}",
            agent_id=f"a{number % 2}",
            status=("pending", "running", "completed")[number % 3],
            thread_id="th" if number > 4 else None,
            started_at=after(9 - number) if number % 2 else None,
            created_at=after(number * 3 % 8),
        )
        if number % 3:
            await ours.create_task(given)
        else:
            await pair.npm.call("backgroundTasks", "createTask", theirs(given))
    filters: list[Json] = [
        {},
        {"status": "running"},
        {"status": ["pending", "completed"], "order_direction": "desc"},
        {"agent_id": "a1", "from_date": after(2), "to_date": after(6)},
        {"thread_id": "th", "order_by": "started_at"},
        {"to_date": after(5), "date_filter_by": "started_at", "order_by": "started_at"},
        {"per_page": 3, "page": 1},
        {"per_page": 3, "order_by": "started_at", "order_direction": "desc"},
    ]
    for wanted in filters:
        listed = await ours.list_tasks(**wanted)
        their = await pair.npm.call("backgroundTasks", "listTasks", in_typescript(wanted))
        assert ids(their["tasks"]) == [each.id for each in listed.tasks], wanted
        assert their["total"] == listed.total
    assert await ours.get_running_count() == await pair.npm.call(
        "backgroundTasks", "getRunningCount"
    )
    await ours.delete_tasks(agent_id="a0", status=["pending"])
    await pair.npm.call("backgroundTasks", "deleteTasks", {"threadId": "th"})
    their = await pair.npm.call("backgroundTasks", "listTasks", {})
    left = await ours.list_tasks()
    assert sorted(ids(their["tasks"])) == sorted(each.id for each in left.tasks)
    assert left.total == their["total"] == 4


def in_typescript(filters: Json) -> Json:
    dates = {"order_by", "date_filter_by"}
    return {
        camel(name): camel(value) if name in dates else value for name, value in filters.items()
    }


@pytest.fixture
def cache(pair: Pair) -> ConvexServerCache:
    return ConvexServerCache(client=pair.writer.client)


async def npm(pair: Pair, method: str, *args: object) -> Any:
    return await pair.npm.call("cache", method, *args)


@plain
async def test_a_value_in_the_cache_is_both_sides(
    pair: Pair, cache: ConvexServerCache, value: Json
) -> None:
    await cache.set("ours", value)
    assert await npm(pair, "get", "ours") == value
    await npm(pair, "set", "theirs", value)
    assert await cache.get("theirs") == value


@any_keys
async def test_what_convex_refuses_is_json_text_to_them(
    pair: Pair, cache: ConvexServerCache, value: Json
) -> None:
    await cache.set("k", {"any": value, "$id": 1})
    await cache.list_push("l", {"any": value, "$id": 1})
    for text in (await npm(pair, "get", "k"), *(await npm(pair, "listFromTo", "l", 0))):
        assert isinstance(text, str)
        assert '"$id":1' in text
    assert await cache.get("k") == {"any": value, "$id": 1}


async def test_lists_of_both_sides_are_one(pair: Pair, cache: ConvexServerCache) -> None:
    for number in range(6):
        if number % 2:
            await npm(pair, "listPush", "l", {"n": number})
        else:
            await cache.list_push("l", {"n": number})
    for start, end in ((0, -1), (1, 3), (-2, -1), (4, 99), (5, 2), (-99, 0)):
        ours = await cache.list_from_to("l", start, end)
        assert ours == await npm(pair, "listFromTo", "l", start, end)
    assert [item["n"] for item in await cache.list_from_to("l", 0)] == list(range(6))
    assert await cache.list_length("l") == await npm(pair, "listLength", "l") == 6
    assert await npm(pair, "get", "l") is None


async def test_a_counter_goes_on_on_the_other_side(pair: Pair, cache: ConvexServerCache) -> None:
    assert await cache.increment("n") == 1
    assert await npm(pair, "increment", "n") == 2
    assert await cache.increment("n") == 3


async def test_indexed_pushes_of_both_sides_have_different_indexes(
    pair: Pair, cache: ConvexServerCache
) -> None:
    taken = [
        await cache.list_push_indexed("l", "n", {"by": "us"}),
        await npm(pair, "listPushIndexed", "l", "n", {"by": "them"}),
        await cache.list_push_indexed("l", "n", {"by": "us"}),
    ]
    assert taken == [0, 1, 2]
    items = [{"by": by, "index": n} for n, by in enumerate(("us", "them", "us"))]
    assert await npm(pair, "listFromTo", "l", 0) == items == await cache.list_from_to("l", 0)


async def test_what_one_side_deletes_or_clears_is_gone_for_the_other(
    pair: Pair, cache: ConvexServerCache
) -> None:
    for number in range(60):
        await cache.list_push("l", number)
    await npm(pair, "delete", "l")
    assert await cache.list_from_to("l", 0) == []
    await npm(pair, "set", "v", 1)
    await cache.delete("v")
    assert await npm(pair, "get", "v") is None
    for clear in (cache.clear, lambda: npm(pair, "clear")):
        await cache.set("v", 1)
        await npm(pair, "listPush", "l", 1)
        await clear()
        assert await cache.get("v") is None
        assert await npm(pair, "listLength", "l") == 0
    assert await pair.writer.rows("mastra_cache_list_items") == []


async def test_both_sides_refuse_a_key_of_another_kind(
    pair: Pair, cache: ConvexServerCache
) -> None:
    await cache.set("v", "text")
    await npm(pair, "listPush", "l", 1)
    for method, *args in (
        ("listPush", "v", 1),
        ("listLength", "v"),
        ("increment", "v"),
        ("increment", "l"),
    ):
        with pytest.raises(NpmError, match="exists but is not a"):
            await npm(pair, method, *args)
    await npm(pair, "set", "l", "now a value")
    assert await cache.get("l") == "now a value"


async def test_keys_expire_for_both_sides_when_either_says(
    pair: Pair, cache: ConvexServerCache, functions: str, request: pytest.FixtureRequest
) -> None:
    name = "our_writer" if functions == "ours" else "published_writer"
    deployment: LocalDeployment = request.getfixturevalue(name)
    await cache.set("ours", 1, ttl_ms=50_000)
    await npm(pair, "set", "theirs", 2, 50_000)
    await npm(pair, "set", "kept", 3, 0)
    await deployment.advance(40)
    assert (await npm(pair, "get", "ours"), await cache.get("theirs")) == (1, 2)
    await deployment.advance(20)
    assert (await npm(pair, "get", "ours"), await cache.get("theirs")) == (None, None)
    assert await cache.get("kept") == 3
