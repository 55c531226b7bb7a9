"""Schedules and their triggers (§4.4), on both kinds of server functions."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from aioconvex.errors import MutationOutcomeUnknown
from aioconvex.local import LocalDeployment
from aioconvex.mastra import (
    ConvexAdminClient,
    MastraError,
    Schedule,
    SchedulesConvex,
    ScheduleTrigger,
)
from aioconvex.mastra._epoch import now_ms
from mastra.early_rows import Row, Writer
from mastra.losing import Losing, losing_client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

OURS = pytest.mark.parametrize("functions", ["ours"])

SCHEDULES = "mastra_schedules"
TRIGGERS = "mastra_schedule_triggers"
WORKFLOW = {"type": "workflow", "workflowId": "brew", "inputData": {"$x": "ü"}, "own": [1]}
AGENT = {"type": "agent", "agentId": "waiter", "prompt": "Tea?", "threadId": "t"}


@pytest.fixture
def schedules(client: ConvexAdminClient) -> SchedulesConvex:
    return SchedulesConvex(client=client)


def schedule(id_: str = "s", fire: int = 10, **fields: Any) -> Schedule:
    times = {"next_fire_at": fire, "created_at": 1, **fields}
    return Schedule(**{"id": id_, "target": WORKFLOW, "cron": "* * * * *", **times})


def trigger(id_: str = "t", fired: int = 1, **fields: Any) -> ScheduleTrigger:
    times = {"scheduled_fire_at": fired, "actual_fire_at": fired}
    return ScheduleTrigger(
        **{"id": id_, "schedule_id": "s", "outcome": "published", **times, **fields}
    )


WHOLE = schedule(
    timezone="Europe/Berlin",
    status="paused",
    last_fire_at=5,
    last_run_id="run",
    updated_at=7,
    metadata={"$k": {"é": 1}},
    owner_type="agent",
    owner_id="waiter",
)


def row_of(id_: str, created: float = 1, **columns: object) -> Row:
    times = {"created_at": created, "updated_at": created, "next_fire_at": 10.0}
    row = {"id": id_, "target": '{"type":"workflow","workflowId":"w"}', "cron": "* * * * *"}
    return {**row, "status": "active", **times, **columns}


def ids(found: list[Any]) -> list[str]:
    return [each.id for each in found]


@pytest.mark.parametrize("given", [schedule(), WHOLE, schedule(target=AGENT)])
async def test_4_4_a_schedule_is_read_as_it_was_created(
    schedules: SchedulesConvex, given: Schedule
) -> None:
    assert await schedules.create_schedule(given) == given
    stored = await schedules.get_schedule(id="s")
    assert stored == given
    assert stored is not None
    times = (stored.next_fire_at, stored.created_at, stored.updated_at)
    assert all(type(time) is int for time in times)
    assert await schedules.get_schedule(id="?") is None


async def test_4_4_what_is_not_given_of_a_new_schedule() -> None:
    before = now_ms()
    new = Schedule(target=AGENT, cron="0 8 * * *", next_fire_at=5)
    assert len(new.id) == 36
    assert before <= new.created_at == new.updated_at <= now_ms()
    assert (new.status, new.timezone, new.metadata) == ("active", None, None)
    assert (new.owner_type, new.owner_id, new.last_fire_at) == (None, None, None)


async def test_4_4_the_column_of_a_workflow_is_null_for_agents(writer: Writer) -> None:
    schedules = SchedulesConvex(client=writer.client)
    await schedules.create_schedule(schedule("w"))
    await schedules.create_schedule(schedule("a", target=AGENT))
    rows = {row["id"]: row for row in await writer.rows(SCHEDULES)}
    assert (rows["w"]["workflow_id"], rows["a"]["workflow_id"]) == ("brew", None)
    # §3.8: what is unset is an explicit null.
    unset = ("timezone", "last_fire_at", "last_run_id", "metadata", "owner_type", "owner_id")
    assert {rows["w"][name] for name in unset} == {None}
    await schedules.update_schedule(id="w", target=AGENT)
    assert {row["workflow_id"] for row in await writer.rows(SCHEDULES)} == {None}


async def test_4_4_an_id_that_is_taken_is_an_error(schedules: SchedulesConvex) -> None:
    await schedules.create_schedule(schedule())
    for again in (schedule(), schedule(cron="0 0 * * *")):
        with pytest.raises(MastraError, match="'s' is taken") as caught:
            await schedules.create_schedule(again)
        assert caught.value.id == "MASTRA_STORAGE_CONVEX_CREATE_SCHEDULE_ALREADY_EXISTS"
        assert caught.value.category == "USER"
    assert await schedules.get_schedule(id="s") == schedule()


async def test_4_4_an_unusable_target_is_an_error_and_a_heartbeat_an_agent(
    writer: Writer,
) -> None:
    schedules = SchedulesConvex(client=writer.client)
    heartbeat = '{"type":"heartbeat","agentId":"a","prompt":"p","more":{"x":1}}'
    await writer.insert(
        SCHEDULES,
        row_of("broken", target="{no json"),
        row_of("typeless", target='{"workflowId":"w"}'),
        row_of("heart", target=heartbeat, next_fire_at=5.0),
    )
    for broken in ("broken", "typeless"):
        with pytest.raises(MastraError, match=f"target of schedule '{broken}' is unusable"):
            await schedules.get_schedule(id=broken)
    found = await schedules.get_schedule(id="heart")
    assert found is not None
    assert found.target == {"type": "agent", "agentId": "a", "prompt": "p", "more": {"x": 1}}


async def many(writer: Writer) -> SchedulesConvex:
    rows = [
        row_of("c", 3, owner_type="agent", owner_id="a", workflow_id="w"),
        row_of("a", 1, owner_type=None, owner_id=None, status="paused", workflow_id=None),
        row_of("b", 2, workflow_id="w"),
        row_of("d", 3, owner_type="agent", owner_id="b", workflow_id="v"),
        row_of("e", 4, owner_type="team", workflow_id="w", status="paused"),
    ]
    await writer.insert(SCHEDULES, *rows)
    return SchedulesConvex(client=writer.client)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, "abcde"),
        ({"status": "active"}, "bcd"),
        ({"workflow_id": "w"}, "bce"),
        ({"workflow_id": "w", "status": "active"}, "bc"),
        ({"owner_type": "agent"}, "cd"),
        ({"owner_type": "agent", "owner_id": "b"}, "d"),
        ({"owner_id": "a"}, "c"),
        ({"owner_type": None}, "ab"),
        ({"owner_id": None}, "abe"),
        ({"owner_type": "team", "owner_id": None}, "e"),
        ({"owner_type": None, "owner_id": None, "status": "active"}, "b"),
        ({"owner_id": "?"}, ""),
    ],
)
async def test_4_4_and_5_20_lists_are_oldest_first_and_none_means_without_owner(
    writer: Writer, filters: dict[str, Any], found: str
) -> None:
    """Rows that lack the column count as unset, which the published adapter misses."""
    schedules = await many(writer)
    assert ids(await schedules.list_schedules(**filters)) == list(found)


async def test_4_4_due_are_active_schedules_whose_time_has_come(
    schedules: SchedulesConvex,
) -> None:
    for each in (
        schedule("late", 30),
        schedule("now", 20),
        schedule("early", 10),
        schedule("paused", 5, status="paused"),
    ):
        await schedules.create_schedule(each)
    assert ids(await schedules.list_due_schedules(now=20)) == ["early", "now"]
    assert ids(await schedules.list_due_schedules(now=20, limit=1)) == ["early"]
    assert await schedules.list_due_schedules(now=20, limit=0) == []
    assert await schedules.list_due_schedules(now=9) == []


async def test_4_4_and_5_20_lists_are_not_cut_at_a_hundred(writer: Writer) -> None:
    schedules = SchedulesConvex(client=writer.client)
    numbers = range(150)
    await writer.insert(SCHEDULES, *(row_of(f"s{n}", n, next_fire_at=n) for n in numbers))
    rows = [
        {"id": f"t{n}", "schedule_id": "s", "run_id": None, "outcome": "published"}
        | {"scheduled_fire_at": n, "actual_fire_at": n, "trigger_kind": "schedule-fire"}
        for n in numbers
    ]
    await writer.insert(TRIGGERS, *rows)
    assert ids(await schedules.list_due_schedules(now=999)) == [f"s{n}" for n in numbers]
    found = await schedules.list_triggers(schedule_id="s")
    assert ids(found) == [f"t{n}" for n in reversed(numbers)]
    assert len(await schedules.list_triggers(schedule_id="s", limit=120)) == 120
    assert len(await schedules.list_triggers(schedule_id="s", limit=10**400)) > 120


@OURS
async def test_5_2_lists_of_more_than_one_call_may_read_are_whole(writer: Writer) -> None:
    schedules = SchedulesConvex(client=writer.client)
    long = '{"x":"' + "x" * 900_000 + '"}'
    for n in range(15):
        await writer.insert(SCHEDULES, row_of(f"s{n:02}", n, metadata=long, next_fire_at=n))
    everything = [f"s{n:02}" for n in range(15)]
    assert ids(await schedules.list_schedules()) == everything
    assert ids(await schedules.list_due_schedules(now=99)) == everything
    assert ids(await schedules.list_due_schedules(now=99, limit=14)) == everything[:14]


async def test_4_4_an_update_changes_what_is_given(schedules: SchedulesConvex) -> None:
    await schedules.create_schedule(WHOLE)
    before = now_ms()
    changed = await schedules.update_schedule(
        id="s", cron="0 0 * * *", status="active", next_fire_at=99, target=AGENT
    )
    assert before <= changed.updated_at <= now_ms()
    assert changed == attrs.evolve(
        WHOLE,
        cron="0 0 * * *",
        status="active",
        next_fire_at=99,
        target=AGENT,
        updated_at=changed.updated_at,
    )
    assert await schedules.get_schedule(id="s") == changed


@pytest.mark.parametrize("name", ["timezone", "metadata", "owner_type", "owner_id"])
async def test_4_4_none_clears_and_what_is_not_passed_stays(
    schedules: SchedulesConvex, name: str
) -> None:
    await schedules.create_schedule(WHOLE)
    cleared: dict[str, Any] = {name: None}
    changed = await schedules.update_schedule(id="s", **cleared)
    assert changed == attrs.evolve(WHOLE, updated_at=changed.updated_at, **cleared)
    given: dict[str, Any] = {name: {"n": 1} if name == "metadata" else "UTC"}
    again = await schedules.update_schedule(id="s", **given)
    assert again == attrs.evolve(WHOLE, updated_at=again.updated_at, **given)


async def test_4_4_an_empty_update_returns_the_row_unchanged(schedules: SchedulesConvex) -> None:
    await schedules.create_schedule(WHOLE)
    assert await schedules.update_schedule(id="s") == WHOLE


async def test_4_4_an_update_of_no_schedule_is_an_error(schedules: SchedulesConvex) -> None:
    changes: list[dict[str, Any]] = [{}, {"cron": "0 0 * * *"}]
    for change in changes:
        with pytest.raises(MastraError, match="no schedule 's'") as caught:
            await schedules.update_schedule(id="s", **change)
        assert caught.value.id == "MASTRA_STORAGE_CONVEX_UPDATE_SCHEDULE_NOT_FOUND"


CLAIM: dict[str, Any] = {
    "id": "s",
    "expected_next_fire_at": 10,
    "new_next_fire_at": 20,
    "last_fire_at": 10,
    "last_run_id": "run",
}


async def test_4_4_next_fire_moves_an_active_schedule_that_is_where_expected(
    schedules: SchedulesConvex,
) -> None:
    await schedules.create_schedule(schedule())
    assert (
        await schedules.update_schedule_next_fire(**{**CLAIM, "expected_next_fire_at": 9}) is False
    )
    assert await schedules.update_schedule_next_fire(**CLAIM) is True
    moved = await schedules.get_schedule(id="s")
    assert moved is not None
    assert moved.updated_at > 1
    assert moved == schedule(
        fire=20, last_fire_at=10, last_run_id="run", updated_at=moved.updated_at
    )
    assert await schedules.update_schedule_next_fire(**CLAIM) is False
    assert await schedules.update_schedule_next_fire(**{**CLAIM, "id": "?"}) is False
    await schedules.update_schedule(id="s", status="paused", next_fire_at=10)
    assert await schedules.update_schedule_next_fire(**CLAIM) is False


async def test_4_4_delete_takes_the_triggers_along(writer: Writer) -> None:
    schedules = SchedulesConvex(client=writer.client)
    for id_ in ("s", "other"):
        await schedules.create_schedule(schedule(id_))
        for number in range(30):
            await schedules.record_trigger(trigger(f"{id_}{number}", schedule_id=id_))
    await schedules.delete_schedule(id="s")
    await schedules.delete_schedule(id="unknown")
    assert [row["id"] for row in await writer.rows(SCHEDULES)] == ["other"]
    assert {row["schedule_id"] for row in await writer.rows(TRIGGERS)} == {"other"}
    await schedules.dangerously_clear_all()
    assert await writer.rows(SCHEDULES) == await writer.rows(TRIGGERS) == []


async def test_4_4_a_trigger_is_read_as_it_was_recorded(schedules: SchedulesConvex) -> None:
    least = ScheduleTrigger(
        schedule_id="s", scheduled_fire_at=1, actual_fire_at=2, outcome="published"
    )
    assert (len(least.id), least.trigger_kind, least.run_id) == (36, "schedule-fire", None)
    whole = trigger(
        run_id="run",
        outcome="failed",
        error="",
        trigger_kind="queue-drain",
        parent_trigger_id=least.id,
        metadata={"$k": [1]},
    )
    for given in (least, whole):
        assert await schedules.record_trigger(given) == given
    assert await schedules.list_triggers(schedule_id="s") == [least, whole]
    with pytest.raises(MastraError) as caught:
        await schedules.record_trigger(whole)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_RECORD_SCHEDULE_TRIGGER_ALREADY_EXISTS"


async def test_4_4_triggers_are_listed_newest_first_within_their_bounds(
    schedules: SchedulesConvex,
) -> None:
    for number in range(5):
        await schedules.record_trigger(trigger(f"t{number}", number))
    await schedules.record_trigger(trigger("other", schedule_id="u"))

    async def found(**bounds: int) -> str:
        listed = await schedules.list_triggers(schedule_id="s", **bounds)
        return "".join(each.id[-1] for each in listed)

    assert await found() == "43210"
    assert await found(from_actual_fire_at=1, to_actual_fire_at=4) == "321"
    assert await found(from_actual_fire_at=1, limit=2) == "43"
    assert await found(limit=0) == ""


@OURS
async def test_5_1_reads_are_queries_that_read_what_they_are_about(
    client: ConvexAdminClient, deployment: LocalDeployment
) -> None:
    schedules = SchedulesConvex(client=client)
    for number in range(10):
        owner = {"owner_type": "agent", "owner_id": f"a{number % 5}"}
        await schedules.create_schedule(schedule(f"s{number}", number, **owner))
        await schedules.record_trigger(trigger(f"t{number}", number, schedule_id=f"s{number % 2}"))
    for read, most in (
        (schedules.get_schedule(id="s1"), 1),
        (schedules.list_schedules(owner_type="agent", owner_id="a1"), 2),
        (schedules.list_due_schedules(now=3), 4),
        (schedules.list_due_schedules(now=9, limit=2), 2),
        (schedules.list_triggers(schedule_id="s0", limit=3), 3),
    ):
        await read
        [*_, call] = await deployment.recent_calls()
        assert (call.kind, call.documents_read) == ("query", most)


@OURS
async def test_3_9_what_surely_was_created_is_not_an_error(
    deployment: LocalDeployment, client: ConvexAdminClient
) -> None:
    """A second try would be told that the id is taken: so it is read and compared."""
    losing, stored = Losing(), SchedulesConvex(client=client)
    async with losing_client(deployment, losing) as lossy:
        schedules = SchedulesConvex(client=lossy)
        losing.replies = 1
        await schedules.create_schedule(WHOLE)
        losing.replies = 1
        await schedules.record_trigger(trigger())
        assert len(losing.sent) == 2
        losing.requests = 2
        await schedules.create_schedule(schedule("lost"))
        assert [sent["op"] for sent in losing.sent[2:]] == ["createSchedule"] * 3
        losing.replies = 1
        with pytest.raises(MastraError, match="is taken"):
            await schedules.create_schedule(schedule())
        losing.requests = 3
        with pytest.raises(MutationOutcomeUnknown):
            await schedules.create_schedule(schedule("never"))
    assert ids(await stored.list_schedules()) == ["s", "lost"]
    assert await stored.list_triggers(schedule_id="s") == [trigger()]


@OURS
async def test_3_9_a_claim_whose_reply_is_lost_is_read_again(
    deployment: LocalDeployment, client: ConvexAdminClient
) -> None:
    losing, stored = Losing(), SchedulesConvex(client=client)
    await stored.create_schedule(schedule())
    async with losing_client(deployment, losing) as lossy:
        schedules = SchedulesConvex(client=lossy)
        losing.replies = 1
        assert await schedules.update_schedule_next_fire(**CLAIM) is True
        losing.requests = 1
        again = {**CLAIM, "expected_next_fire_at": 20, "new_next_fire_at": 30}
        assert await schedules.update_schedule_next_fire(**again) is True
        assert len(losing.sent) == 3
        # Somebody else moved it; whether after us, nobody can tell.
        losing.replies = 1
        with pytest.raises(MutationOutcomeUnknown):
            await schedules.update_schedule_next_fire(**CLAIM)


@OURS
async def test_a_schedule_above_one_mebibyte_is_refused(schedules: SchedulesConvex) -> None:
    big = {"x": "é" * 600_000}
    await schedules.create_schedule(schedule())
    for use in (
        schedules.create_schedule(schedule("big", metadata=big)),
        schedules.update_schedule(id="s", metadata=big),
        schedules.record_trigger(trigger(metadata=big)),
    ):
        with pytest.raises(MastraError, match="at most 1048576") as caught:
            await use
        assert caught.value.details["code"] == "DocumentTooLarge"
    assert await schedules.list_schedules() == [schedule()]
