"""Schedules, tasks and the cache behave as in Mastra's own in-memory storage, which says what they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from inspect import signature
from itertools import count
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioconvex._codec import camel
from aioconvex.mastra import (
    BackgroundTask,
    BackgroundTasksConvex,
    ConvexAdminClient,
    ConvexServerCache,
    MastraError,
    Schedule,
    SchedulesConvex,
    ScheduleTrigger,
    TaskPage,
)
from mastra.npm import Driver, Npm, NpmError
from mastra.pair import sent

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("anyio_backend", ["asyncio"]),
    pytest.mark.parametrize("functions", ["ours"]),
]

Json = dict[str, Any]
Call = tuple[str, Json]

references = count()
START = datetime(2024, 1, 1, tzinfo=UTC)
UNDEFINED = {"$undefined": True}
FAILED = "failed"

budget = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def call(method: str, **args: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
    return st.tuples(st.just(method), st.fixed_dictionaries(args))


def some(method: str, fixed: Json, **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
    """A call in which some arguments are left out."""
    return st.tuples(st.just(method), st.fixed_dictionaries(fixed, optional=optional))


def histories(*calls: st.SearchStrategy[Call]) -> st.SearchStrategy[list[Call]]:
    return st.lists(st.one_of(*calls), min_size=4, max_size=16)


def plain(value: Any) -> Any:
    """An answer in TypeScript's words, without what the clock has put into it."""
    if isinstance(value, Schedule | ScheduleTrigger | BackgroundTask):
        fields = attrs.asdict(value, recurse=False)
        return plain({camel(k): v for k, v in fields.items() if v is not None})
    if isinstance(value, TaskPage):
        return {"tasks": [plain(task) for task in value.tasks], "total": value.total}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {k: plain(sent(v)) for k, v in value.items() if k != "updatedAt" and v is not None}
    return value


def ordered(method: Any, args: Json) -> Json:
    """Arguments in the order of a method's parameters, which is TypeScript's too."""
    return {name: args[name] for name in signature(method).parameters if name in args}


async def answer_of(calling: Any) -> Any:
    try:
        return plain(await calling)
    except (MastraError, NpmError):
        return FAILED


moment = st.integers(0, 9)
schedule_id = st.sampled_from(["a", "b", "c"])
status = st.sampled_from(["active", "paused"])
owner = st.sampled_from([None, "x", "y"])
target = st.sampled_from(
    [
        {"type": "workflow", "workflowId": "w"},
        {"type": "workflow", "workflowId": "v", "inputData": {"$k": None}},
        {"type": "agent", "agentId": "a", "prompt": "p", "own": [1]},
    ]
)
schedule_calls = histories(
    call(
        "create_schedule",
        id=schedule_id,
        target=target,
        status=status,
        next_fire_at=moment,
        owner_type=owner,
        owner_id=owner,
        metadata=st.sampled_from([None, {"n": 1}]),
    ),
    some(
        "update_schedule",
        {"id": schedule_id},
        cron=st.just("0 0 * * *"),
        status=status,
        next_fire_at=moment,
        target=target,
        timezone=st.sampled_from([None, "UTC"]),
        owner_id=owner,
        metadata=st.just({"m": 2}),
    ),
    call(
        "update_schedule_next_fire",
        id=schedule_id,
        expected_next_fire_at=moment,
        new_next_fire_at=moment,
        last_fire_at=moment,
        last_run_id=st.just("run"),
    ),
    some(
        "list_schedules",
        {},
        status=status,
        workflow_id=st.just("w"),
        owner_type=owner,
        owner_id=owner,
    ),
    some("list_due_schedules", {"now": moment}, limit=st.integers(0, 3)),
    call("get_schedule", id=schedule_id),
    call("delete_schedule", id=schedule_id),
    call("record_trigger", schedule_id=schedule_id, actual_fire_at=moment),
    some(
        "list_triggers",
        {"schedule_id": schedule_id},
        limit=st.integers(0, 3),
        from_actual_fire_at=moment,
        to_actual_fire_at=moment,
    ),
)


class Schedules:
    """One call after the other, in either language."""

    def __init__(self, ours: SchedulesConvex, theirs: Npm) -> None:
        self._ours = ours
        self._theirs = theirs
        self._numbers = count()

    async def both(self, method: str, args: Json) -> tuple[Any, Any]:
        number = next(self._numbers)
        if method == "create_schedule":
            made = Schedule(cron="* * * * *", created_at=number, **args)
            return await self._both(method, (made,), plain_of(made))
        if method == "record_trigger":
            # Of one time, the order is nobody's.
            args["actual_fire_at"] = args["actual_fire_at"] * 100 + number
            fired = ScheduleTrigger(
                id=f"t{number}", scheduled_fire_at=number, outcome="published", run_id="r", **args
            )
            ours, theirs = await self._both(method, (fired,), plain_of(fired))
            return (FAILED if ours == FAILED else None), theirs
        args = ordered(getattr(self._ours, method), args)
        named = {camel(name): UNDEFINED if value is None else value for name, value in args.items()}
        if method in {"list_schedules", "list_due_schedules", "list_triggers"}:
            named = {camel(name): value for name, value in args.items()}
        match method:
            case "list_schedules":
                theirs = (named,)
            case "list_triggers":
                theirs = (named.pop("scheduleId"), named)
            case "update_schedule":
                theirs = (named.pop("id"), named)
            case _:
                theirs = tuple(named.values())
        return (
            await answer_of(getattr(self._ours, method)(**args)),
            await answer_of(self._theirs.call("schedules", camel(method), *theirs)),
        )

    async def _both(self, method: str, ours: Any, theirs: Json) -> tuple[Any, Any]:
        return (
            await answer_of(getattr(self._ours, method)(*ours)),
            await answer_of(self._theirs.call("schedules", camel(method), theirs)),
        )


def plain_of(made: Any) -> Json:
    fields = attrs.asdict(made, recurse=False)
    return {camel(name): value for name, value in fields.items() if value is not None}


@budget
@given(history=schedule_calls)
async def test_4_4_every_call_answers_as_in_mastras_own_storage(
    client: ConvexAdminClient, driver: Driver, history: list[Call]
) -> None:
    ours = SchedulesConvex(client=client)
    await ours.dangerously_clear_all()
    schedules = Schedules(ours, Npm(driver, f"memory:{next(references)}", ""))
    for method, args in history:
        answer, reference = await schedules.both(method, dict(args))
        assert answer == reference, (method, args)


task_status = st.sampled_from(["pending", "running", "completed", "failed"])
date = st.sampled_from(["created_at", "started_at", "completed_at"])
task_filter: dict[str, st.SearchStrategy[Any]] = {
    "status": task_status | st.lists(task_status, min_size=1, max_size=2, unique=True),
    "agent_id": st.sampled_from(["a", "b"]),
    "thread_id": st.just("th"),
    "run_id": st.just("r"),
    "from_date": moment,
    "to_date": moment,
    "date_filter_by": date,
}
without_run = {name: drawn for name, drawn in task_filter.items() if name != "run_id"}
task_calls = histories(
    call(
        "create_task",
        id=schedule_id,
        agent_id=st.sampled_from(["a", "b"]),
        thread_id=st.sampled_from([None, "th"]),
        status=task_status,
        started_at=st.none() | moment,
        args=st.sampled_from([{}, {"$q": "ü"}]),
    ),
    some(
        "update_task",
        {"task_id": schedule_id},
        status=task_status,
        result=st.sampled_from([None, [1], "x"]),
        error=st.sampled_from([None, {"message": "no"}]),
        started_at=st.none() | moment,
        completed_at=st.none() | moment,
        retry_count=moment,
        expected_status=task_status,
    ),
    some(
        "list_tasks",
        {},
        **task_filter,
        order_by=date,
        order_direction=st.sampled_from(["asc", "desc"]),
        per_page=st.integers(0, 3),
        page=st.integers(0, 1),
    ),
    some("delete_tasks", {"run_id": st.just("r")}, **without_run),
    call("get_task", task_id=schedule_id),
    call("delete_task", task_id=schedule_id),
    call("get_running_count"),
    call("get_running_count_by_agent", agent_id=st.just("a")),
)


def dated(args: Json) -> Json:
    dates = {"started_at", "completed_at", "from_date", "to_date"}
    return {
        name: START + timedelta(seconds=value) if name in dates and value is not None else value
        for name, value in args.items()
    }


def in_typescript(args: Json) -> Json:
    columns = {"order_by", "date_filter_by"}
    return {
        camel(name): UNDEFINED if value is None else camel(value) if name in columns else value
        for name, value in args.items()
    }


async def on_tasks(
    ours: BackgroundTasksConvex, theirs: Npm, method: str, args: Json, at: int
) -> Any:
    if method == "create_task":
        names: Json = {"tool_name": "t", "tool_call_id": "c", "run_id": "r", "timeout_ms": 5}
        made = BackgroundTask(**names, created_at=START + timedelta(seconds=at), **args)
        given: tuple[Any, ...] = (plain_of(made),)
        answer = await answer_of(ours.create_task(made))
    else:
        answer = await answer_of(getattr(ours, method)(**args))
        named = in_typescript(args)
        match method:
            case "update_task":
                guard = named.pop("expectedStatus", None)
                options = () if guard is None else ({"expectedStatus": guard},)
                given = (named.pop("taskId"), named, *options)
            case "list_tasks" | "delete_tasks":
                given = (named,)
            case _:
                given = tuple(named.values())
    reference = await answer_of(theirs.call("backgroundTasks", camel(method), *given))
    return answer, reference


@budget
@given(history=task_calls)
async def test_4_6_every_call_answers_as_in_mastras_own_storage(
    client: ConvexAdminClient, driver: Driver, history: list[Call]
) -> None:
    ours = BackgroundTasksConvex(client=client)
    await ours.dangerously_clear_all()
    theirs = Npm(driver, f"memory:{next(references)}", "")
    for number, (method, drawn) in enumerate(history):
        args = dated(drawn)
        if method == "update_task" and args.keys() == {"task_id"}:
            continue  # an empty update makes no call
        answer, reference = await on_tasks(ours, theirs, method, args, number)
        assert answer == reference, (method, args)


key = st.sampled_from(["a", "b", "c"])
value = st.sampled_from([1, "text", {"x": [1, None]}, {"$ref": "#", "ü": 1}, [2, 3], True])
index = st.integers(-4, 5)
cache_calls = histories(
    call("set", key=key, value=value.filter(lambda v: not isinstance(v, int | list) or v is True)),
    call("list_push", key=key, value=value),
    call(
        "list_push_indexed",
        list_key=st.just("l"),
        counter_key=st.just("n"),
        value=st.just({"$x": 1}),
    ),
    call("list_from_to", key=key | st.just("l"), start=index, end=index),
    call("list_length", key=key | st.just("l")),
    call("increment", key=key),
    call("get", key=key | st.just("n")),
    call("delete", key=key),
    call("clear"),
)


@budget
@given(history=cache_calls)
async def test_4_10_every_call_answers_as_in_mastras_own_cache(
    client: ConvexAdminClient, driver: Driver, history: list[Call]
) -> None:
    """Plain numbers and lists aside, which it takes for counters and lists of its own."""
    ours = ConvexServerCache(client=client)
    await ours.clear()
    theirs = Npm(driver, f"memory:{next(references)}", "")
    for method, args in history:
        given = ordered(getattr(ours, method), args)
        answer = await answer_of(getattr(ours, method)(**given))
        reference = await answer_of(theirs.call("cache", camel(method), *given.values()))
        assert answer == reference, (method, args)
