"""The npm package's other domains do on our functions what they do on those of the package."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aioconvex.local import LocalDeployment
from mastra.npm import Driver, Npm, NpmError

pytestmark = pytest.mark.anyio

Call = tuple[Any, ...]


def schedule(id_: str, fire: int, **fields: Any) -> dict[str, Any]:
    target = {"type": "workflow", "workflowId": "brew", "inputData": {"$x": "ü"}}
    times = {"nextFireAt": fire, "createdAt": fire, "updatedAt": fire}
    return {"id": id_, "target": target, "cron": "* * * * *", "status": "active", **times, **fields}


def trigger(id_: str, fired: int) -> dict[str, Any]:
    times = {"scheduledFireAt": fired, "actualFireAt": fired}
    return {"id": id_, "scheduleId": "s1", "runId": None, "outcome": "published", **times}


SCHEDULES: list[Call] = [
    ("createSchedule", schedule("s1", 10, metadata={"k": [1]}, timezone="Europe/Berlin")),
    ("createSchedule", schedule("s2", 5, status="paused", ownerType="agent", ownerId="a")),
    ("createSchedule", schedule("s1", 99)),
    ("getSchedule", "s1"),
    ("getSchedule", "?"),
    ("listSchedules", {"status": "active"}),
    ("listSchedules", {"ownerType": "agent", "ownerId": "a"}),
    ("listSchedules", {"workflowId": "brew"}),
    ("listDueSchedules", 10, 5),
    ("updateScheduleNextFire", "s1", 10, 20, 10, "run"),
    ("updateScheduleNextFire", "s1", 10, 30, 10, "run"),
    ("updateSchedule", "s1", {"cron": "0 * * * *", "metadata": {"n": 1}}),
    ("updateSchedule", "?", {"cron": "0 * * * *"}),
    ("recordTrigger", trigger("t1", 1)),
    ("recordTrigger", trigger("t2", 2)),
    ("recordTrigger", trigger("t2", 2)),
    ("listTriggers", "s1"),
    ("listTriggers", "s1", {"fromActualFireAt": 2, "limit": 5}),
    ("deleteSchedule", "s1"),
    ("listTriggers", "s1"),
    ("listSchedules",),
]


def installation(id_: str, **fields: Any) -> dict[str, Any]:
    row = {"id": id_, "platform": "slack", "agentId": "a", "status": "pending"}
    return {
        **row,
        "data": {"$token": "ü"},
        "createdAt": {"$date": "2024-01-01T00:00:00Z"},
        **fields,
    }


CHANNELS: list[Call] = [
    ("saveInstallation", installation("i1", webhookId="w")),
    ("saveInstallation", installation("i2", status="active")),
    ("saveInstallation", installation("i1", webhookId="w", error="broken")),
    ("getInstallation", "i1"),
    ("getInstallationByAgent", "slack", "a"),
    ("getInstallationByWebhookId", "w"),
    ("listInstallations", "slack"),
    ("deleteInstallation", "i1"),
    ("getInstallation", "i1"),
    ("saveConfig", {"platform": "slack", "data": {"a": 1}, "updatedAt": {"$date": "2024-01-01"}}),
    ("getConfig", "slack"),
    ("deleteConfig", "slack"),
    ("getConfig", "slack"),
]


def task(id_: str, **fields: Any) -> dict[str, Any]:
    names = {"toolName": "search", "toolCallId": "c", "agentId": "a", "runId": "r"}
    numbers = {"retryCount": 0, "maxRetries": 2, "timeoutMs": 1000}
    created = {"$date": f"2024-01-01T00:00:0{id_[-1]}Z"}
    row = {"id": id_, **names, "status": "pending", "args": {"$q": "ü"}, **numbers}
    return {**row, "createdAt": created, **fields}


TASKS: list[Call] = [
    ("createTask", task("t1")),
    ("createTask", task("t2", agentId="b", threadId="th", resourceId="ada")),
    ("getTask", "t1"),
    ("getTask", "?"),
    ("updateTask", "t1", {"status": "running", "startedAt": {"$date": "2024-01-02"}}),
    ("updateTask", "t1", {"status": "completed", "result": {"ok": [None, 1.5]}}),
    ("listTasks", {"agentId": "a"}),
    ("listTasks", {"status": ["pending", "completed"], "orderDirection": "desc"}),
    ("listTasks", {"threadId": "th", "perPage": 1}),
    ("getRunningCount",),
    ("deleteTask", "t1"),
    ("deleteTasks", {"agentId": "b"}),
    ("listTasks", {}),
]

CHUNK = {
    "cycleId": "c1",
    "observations": "saw a garden",
    "tokenCount": 4,
    "messageIds": ["m1"],
    "messageTokens": 30,
    "lastObservedAt": {"$date": "2024-01-01T00:00:05Z"},
}
MEMORY: list[Call] = [
    (
        "initializeObservationalMemory",
        {"threadId": "t", "resourceId": "ada", "scope": "thread", "config": {"a": {"b": 1}}},
    ),
    ("getObservationalMemory", "t", "ada"),
    ("getObservationalMemory", None, "ada"),
    ("updateBufferedObservations", {"id": "<id>", "chunk": CHUNK}),
    (
        "swapBufferedToActive",
        {
            "id": "<id>",
            "activationRatio": 0.5,
            "messageTokensThreshold": 4000,
            "currentPendingTokens": 4000,
        },
    ),
    (
        "updateActiveObservations",
        {
            "id": "<id>",
            "observations": "1\n2\n3",
            "tokenCount": 9,
            "lastObservedAt": {"$date": "2024-01-01T00:00:09Z"},
            "observedMessageIds": ["m1"],
        },
    ),
    ("updateObservationalMemoryConfig", {"id": "<id>", "config": {"a": {"c": 2}}}),
    ("setReflectingFlag", "<id>", True),
    ("setPendingMessageTokens", "<id>", 7),
    (
        "updateBufferedReflection",
        {
            "id": "<id>",
            "reflection": "short",
            "tokenCount": 2,
            "inputTokenCount": 9,
            "reflectedObservationLineCount": 2,
        },
    ),
    # The published function believes what its caller says of the record, ours reads it.
    ("getObservationalMemory", "t", "ada"),
    ("swapBufferedReflectionToActive", {"currentRecord": "<record>", "tokenCount": 3}),
    ("getObservationalMemoryHistory", "t", "ada", 10),
    ("setReflectingFlag", "?", True),
    ("clearObservationalMemory", "t", "ada"),
    ("getObservationalMemory", "t", "ada"),
]

CACHE: list[Call] = [
    ("get", "k"),
    ("set", "k", {"a": [1, None, 2.5], "b": "ü"}),
    ("get", "k"),
    ("listPush", "k", 1),
    ("listLength", "k"),
    ("increment", "k"),
    ("listFromTo", "k", 0),
    *(("listPush", "l", {"n": number}) for number in range(30)),
    ("listFromTo", "l", 0),
    ("listFromTo", "l", -2, -1),
    ("listFromTo", "l", 28, 99),
    ("listFromTo", "l", 5, 3),
    ("listLength", "l"),
    ("listLength", "?"),
    ("get", "l"),
    ("increment", "n"),
    ("increment", "n"),
    ("get", "n"),
    ("set", "l", "v"),
    ("get", "l"),
    ("set", "n", None),
    ("get", "n"),
    ("listPushIndexed", "i", "m", {"x": 1}),
    ("listPushIndexed", "i", "m", {"x": 2, "index": 9}),
    ("listFromTo", "i", 0),
    ("delete", "i"),
    ("delete", "?"),
    ("listLength", "i"),
    ("increment", "m"),
    ("clear",),
    ("get", "k"),
    ("increment", "m"),
]

SCRIPTS = {
    "schedules": ("schedules", SCHEDULES),
    "channels": ("channels", CHANNELS),
    "background-tasks": ("backgroundTasks", TASKS),
    "observational-memory": ("memory", MEMORY),
    "cache": ("cache", CACHE),
}

NOW = re.compile(r"20[3-9]\d-\d\d-\d\dT[\d:.]+Z|202[5-9]-\d\d-\d\dT[\d:.]+Z")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


class Script:
    """Calls in order, whose results must not depend on the deployment."""

    def __init__(self, npm: Npm, domain: str) -> None:
        self._npm = npm
        self._domain = domain
        self._record: Any = {"id": "?"}

    async def run(self, calls: list[Call]) -> list[Any]:
        return [await self._call(method, *args) for method, *args in calls]

    async def _call(self, method: str, *args: Any) -> Any:
        try:
            value = await self._npm.call(self._domain, method, *map(self._filled, args))
        except NpmError as error:
            # How an error is spelt is up to the functions; that there is one is not.
            return type(error)
        if isinstance(value, dict) and "generationCount" in value:
            self._record = value
        return stable(value)

    def _filled(self, arg: Any) -> Any:
        if isinstance(arg, dict):
            return {key: self._filled(item) for key, item in arg.items()}
        if arg == "<record>":
            return self._dated(self._record)
        return self._record["id"] if arg == "<id>" else arg

    def _dated(self, record: Any) -> Any:
        dates = ("createdAt", "updatedAt", "lastObservedAt", "lastReflectionAt")
        return {
            key: {"$date": item} if key in dates and isinstance(item, str) else item
            for key, item in record.items()
        }


def stable(value: Any) -> Any:
    """A result without what is new on every run: system fields, ids, the present time."""
    if isinstance(value, dict):
        return {key: stable(item) for key, item in value.items() if not key.startswith("_")}
    if isinstance(value, list):
        return [stable(item) for item in value]
    if isinstance(value, str):
        return UUID.sub("<uuid>", NOW.sub("<now>", value))
    if isinstance(value, int | float) and value > 1.6e12:
        return "<now>"
    return value


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_domain_of_the_npm_package_works_alike(
    name: str,
    driver: Driver,
    our_writer: LocalDeployment,
    published_writer: LocalDeployment,
) -> None:
    domain, calls = SCRIPTS[name]
    results: list[list[Any]] = []
    for deployment in (our_writer, published_writer):
        await deployment.reset()
        results.append(await Script(Npm.of(driver, deployment), domain).run(calls))
    ours, theirs = results
    for call, our_result, their_result in zip(calls, ours, theirs, strict=True):
        assert our_result == their_result, call
    assert sum(result is NpmError for result in ours) <= 3
