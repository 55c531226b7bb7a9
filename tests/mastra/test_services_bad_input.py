"""Wrong arguments about schedules, channels and background tasks are refused before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from aioconvex.errors import ArgumentError
from aioconvex.mastra import (
    BackgroundTask,
    ChannelConfig,
    ChannelInstallation,
    ConvexStore,
    MastraError,
    Schedule,
    ScheduleTrigger,
)

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

NOW = datetime.now(UTC)
NAIVE = datetime(2024, 1, 1)  # noqa: DTZ001  # what is refused

Use = Callable[[Any], Awaitable[object]]


def schedule(**fields: Any) -> Schedule:
    target = {"type": "workflow", "workflowId": "w"}
    return Schedule(**{"target": target, "cron": "* * * * *", "next_fire_at": 1, **fields})


def trigger(**fields: Any) -> ScheduleTrigger:
    least = {"schedule_id": "s", "scheduled_fire_at": 1, "actual_fire_at": 1, "outcome": "ok"}
    return ScheduleTrigger(**{**least, **fields})


def installation(**fields: Any) -> ChannelInstallation:
    return ChannelInstallation(**{"platform": "slack", "agent_id": "a", "data": {}, **fields})


def config(**fields: Any) -> ChannelConfig:
    return ChannelConfig(**{"platform": "slack", "data": {}, **fields})


def task(**fields: Any) -> BackgroundTask:
    names = {"tool_name": "t", "tool_call_id": "c", "agent_id": "a", "run_id": "r"}
    return BackgroundTask(**{**names, "timeout_ms": 5, **fields})


def first(fields: Any) -> str:
    """The argument that is wrong."""
    wrong: str = next(iter(fields))
    return wrong


CLAIM: dict[str, Any] = {
    "id": "s",
    "expected_next_fire_at": 1,
    "new_next_fire_at": 2,
    "last_fire_at": 1,
    "last_run_id": "r",
}

SCHEDULES: list[tuple[Use, str]] = [
    (lambda s: s.create_schedule({"id": "s"}), "schedule"),
    (lambda s: s.record_trigger({"id": "t"}), "trigger"),
    *(
        (lambda s, f=fields: s.create_schedule(schedule(**f)), named)
        for fields, named in [
            ({"id": ""}, "id"),
            ({"cron": " "}, "cron"),
            ({"timezone": 1}, "timezone"),
            ({"status": "on"}, "status"),
            ({"next_fire_at": None}, "next_fire_at"),
            ({"next_fire_at": 1.5}, "next_fire_at"),
            ({"next_fire_at": True}, "next_fire_at"),
            ({"next_fire_at": 10**18}, "next_fire_at"),
            ({"created_at": NOW}, "created_at"),
            ({"last_fire_at": math.nan}, "last_fire_at"),
            ({"metadata": [1]}, "metadata"),
            ({"metadata": {"x": math.inf}}, "metadata.x"),
            ({"owner_type": ""}, "owner_type"),
            ({"target": "w"}, "target"),
            ({"target": {}}, "target.type"),
            ({"target": {"type": ["workflow"]}}, "target.type"),
            ({"target": {"type": "heartbeat", "agentId": "a"}}, "target.type"),
            ({"target": {"type": "workflow"}}, "target.workflowId"),
            ({"target": {"type": "agent", "agentId": ""}}, "target.agentId"),
            ({"target": {"type": "agent", "agentId": "a"}}, "target.prompt"),
            ({"target": {"type": "workflow", "workflowId": "w", "at": NOW}}, "target.at"),
        ]
    ),
    *(
        (lambda s, f=fields: s.record_trigger(trigger(**f)), first(fields))
        for fields in [
            {"id": 5},
            {"schedule_id": ""},
            {"run_id": ""},
            {"actual_fire_at": "now"},
            {"outcome": None},
            {"error": 5},
            {"trigger_kind": ""},
            {"parent_trigger_id": 1},
            {"metadata": "x"},
        ]
    ),
    *(
        (lambda s, f=fields: s.update_schedule(id="s", **f), first(fields))
        for fields in [
            {"cron": ""},
            {"status": "on"},
            {"next_fire_at": 0.5},
            {"target": []},
            {"timezone": ""},
            {"metadata": 5},
            {"owner_id": 5},
        ]
    ),
    *(
        (lambda s, f=fields: s.update_schedule_next_fire(**{**CLAIM, **f}), first(fields))
        for fields in [
            {"id": ""},
            {"expected_next_fire_at": "1"},
            {"new_next_fire_at": None},
            {"last_fire_at": NOW},
            {"last_run_id": ""},
        ]
    ),
    (lambda s: s.update_schedule(id=""), "id"),
    (lambda s: s.get_schedule(id=None), "id"),
    (lambda s: s.delete_schedule(id=""), "id"),
    (lambda s: s.list_schedules(status="on"), "status"),
    (lambda s: s.list_schedules(owner_type=""), "owner_type"),
    (lambda s: s.list_schedules(workflow_id=5), "workflow_id"),
    (lambda s: s.list_due_schedules(now=NOW), "now"),
    (lambda s: s.list_due_schedules(now=1, limit=-1), "limit"),
    (lambda s: s.list_due_schedules(now=1, limit=math.inf), "limit"),
    (lambda s: s.list_triggers(schedule_id=""), "schedule_id"),
    (lambda s: s.list_triggers(schedule_id="s", from_actual_fire_at=NOW), "from_actual_fire_at"),
    (lambda s: s.list_triggers(schedule_id="s", limit=True), "limit"),
]

CHANNELS: list[tuple[Use, str]] = [
    (lambda c: c.save_installation({"id": "i"}), "installation"),
    (lambda c: c.save_config({"platform": "slack"}), "config"),
    *(
        (lambda c, f=fields: c.save_installation(installation(**f)), first(fields))
        for fields in [
            {"id": ""},
            {"platform": None},
            {"agent_id": ""},
            {"status": "on"},
            {"webhook_id": ""},
            {"data": None},
            {"data": [1]},
            {"config_hash": 5},
            {"error": 5},
            {"created_at": NAIVE},
        ]
    ),
    (lambda c: c.save_installation(installation(data={"x": NOW})), "data.x"),
    (lambda c: c.save_config(config(platform="")), "platform"),
    (lambda c: c.save_config(config(data=5)), "data"),
    (lambda c: c.save_config(config(updated_at="now")), "updated_at"),
    (lambda c: c.get_installation(id=""), "id"),
    (lambda c: c.get_installation_by_agent(platform="slack", agent_id=""), "agent_id"),
    (lambda c: c.get_installation_by_webhook_id(webhook_id=None), "webhook_id"),
    (lambda c: c.list_installations(platform=""), "platform"),
    (lambda c: c.delete_installation(id=""), "id"),
    (lambda c: c.get_config(platform=""), "platform"),
    (lambda c: c.delete_config(platform=5), "platform"),
]

TASKS: list[tuple[Use, str]] = [
    (lambda t: t.create_task({"id": "t"}), "task"),
    *(
        (lambda t, f=fields: t.create_task(task(**f)), first(fields))
        for fields in [
            {"id": ""},
            {"tool_name": ""},
            {"run_id": None},
            {"thread_id": ""},
            {"status": "lost"},
            {"args": None},
            {"args": [1]},
            {"result": {"x": math.nan}},
            {"error": "no"},
            {"error": {"stack": "at"}},
            {"retry_count": -1},
            {"max_retries": 0.5},
            {"timeout_ms": None},
            {"created_at": NAIVE},
            {"started_at": 5},
        ]
    ),
    *(
        (lambda t, f=fields: t.update_task(task_id="t", **f), first(fields))
        for fields in [
            {"status": "lost"},
            {"result": NOW},
            {"error": {}},
            {"retry_count": True},
            {"timeout_ms": -1},
            {"suspended_at": NAIVE},
            {"expected_status": "lost"},
        ]
    ),
    (lambda t: t.update_task(task_id=""), "task_id"),
    (lambda t: t.get_task(task_id=None), "task_id"),
    (lambda t: t.delete_task(task_id=""), "task_id"),
    (lambda t: t.get_running_count_by_agent(agent_id=""), "agent_id"),
    *(
        (lambda t, f=fields, m=method: getattr(t, m)(**f), first(fields))
        for method in ("list_tasks", "delete_tasks")
        for fields in [
            {"status": "lost"},
            {"status": ["running", None]},
            {"status": 5},
            {"agent_id": ""},
            {"tool_call_id": 5},
            {"from_date": NAIVE},
            {"to_date": "now"},
            {"date_filter_by": "createdAt"},
        ]
    ),
    (lambda t: t.list_tasks(order_by="id"), "order_by"),
    (lambda t: t.list_tasks(order_direction="up"), "order_direction"),
    (lambda t: t.list_tasks(order_direction=["asc"]), "order_direction"),
]


@pytest.fixture
def unreachable() -> ConvexStore:
    """On a deployment that nobody can reach: whatever is sent fails in another way."""
    return ConvexStore(id="app", deployment_url="http://127.0.0.1:9", secret="s")


def by_number(number: object) -> str:
    return "" if callable(number) else str(number)


@pytest.mark.parametrize(
    ("domain", "use", "named"),
    [
        *(("schedules", *case) for case in SCHEDULES),
        *(("channels", *case) for case in CHANNELS),
        *(("background_tasks", *case) for case in TASKS),
    ],
    ids=by_number,
)
async def test_a_wrong_argument_is_refused_by_name(
    unreachable: ConvexStore, domain: str, use: Use, named: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        await use(getattr(unreachable, domain))
    assert str(caught.value).startswith(named)


@pytest.mark.parametrize(
    "paging",
    [{"page": -1}, {"page": 0.5}, {"per_page": -1}, {"per_page": True}, {"per_page": 1.5}],
)
async def test_4_6_a_wrong_page_is_refused(
    unreachable: ConvexStore, paging: dict[str, Any]
) -> None:
    with pytest.raises(MastraError, match="must be >= 0") as caught:
        await unreachable.background_tasks.list_tasks(**paging)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_LIST_TASKS_INVALID_PAGE"


async def test_an_unknown_filter_is_refused(unreachable: ConvexStore) -> None:
    wrong: dict[str, Any] = {"agent": "a"}
    for method in (
        unreachable.background_tasks.list_tasks,
        unreachable.background_tasks.delete_tasks,
    ):
        with pytest.raises(TypeError, match="'agent'"):
            await method(**wrong)
