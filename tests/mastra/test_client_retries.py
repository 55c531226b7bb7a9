"""What the shared client repeats after a lost connection, and what it does not (§3.9)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from aioconvex.errors import MutationOutcomeUnknown, ProtocolError
from aioconvex.mastra import ConvexAdminClient, MastraError

pytestmark = pytest.mark.anyio

URL = "https://happy-animal-123.convex.cloud"
DONE: dict[str, Any] = {"ok": True, "result": 1.0}


class Deployment:
    """Answers in order; a step that is None reads the request and hangs up."""

    def __init__(self, *steps: object) -> None:
        self._steps = list(steps)
        self.seen: list[dict[str, Any]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(json.loads(request.content))
        step = self._steps.pop(0)
        if step is None:
            raise httpx.ReadError("connection reset")
        return httpx.Response(200, json={"status": "success", "value": step, "logLines": []})

    def client(self, **more: Any) -> ConvexAdminClient:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        return ConvexAdminClient(deployment_url=URL, auth_token="t", http_client=http, **more)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait between tries."""
    monkeypatch.setattr("aioconvex.mastra._client.delay", lambda *_: 0.0)


@pytest.mark.parametrize("op", ["load", "queryTable", "insert", "batchInsert", "deleteMany"])
async def test_what_does_no_harm_twice_is_repeated(op: str) -> None:
    deployment = Deployment(None, None, DONE)
    request = {"op": op, "tableName": "mastra_threads"}
    assert await deployment.client().call_storage(request) == 1
    assert len(deployment.seen) == 3
    assert all(seen == deployment.seen[0] for seen in deployment.seen)


async def test_it_is_not_repeated_for_ever() -> None:
    deployment = Deployment(None, None, None, DONE)
    with pytest.raises(MutationOutcomeUnknown):
        await deployment.client().call_storage({"op": "load", "tableName": "mastra_threads"})
    assert len(deployment.seen) == 3


@pytest.mark.parametrize(
    "op",
    [
        "createSchedule",
        "recordScheduleTrigger",
        "updateScheduleNextFire",
        "mergeWorkflowStepResult",
        "mergeWorkflowState",
        "omUpdateActive",
        "omAppendBufferedChunk",
        "omSwapBuffered",
        "omUpdateBufferedReflection",
        "omSwapBufferedReflection",
        "something-new",
    ],
)
async def test_what_may_do_harm_twice_is_not_repeated(op: str) -> None:
    deployment = Deployment(None, DONE)
    with pytest.raises(MutationOutcomeUnknown):
        await deployment.client().call_storage({"op": op, "tableName": "mastra_schedules"})
    assert len(deployment.seen) == 1


async def test_a_table_is_cleared_until_nothing_is_left() -> None:
    more = {"ok": True, "hasMore": True}
    deployment = Deployment(more, None, more, {"ok": True, "hasMore": False})
    request = {"op": "clearTable", "tableName": "mastra_threads"}
    await deployment.client().call_storage_until_done(request)
    assert [seen["args"] for seen in deployment.seen] == [request] * 4


async def test_the_secret_travels_in_the_arguments() -> None:
    deployment = Deployment(DONE, DONE)
    client = deployment.client(secret="s3cret", storage_function="my/store:run")
    await client.call_storage({"op": "load", "tableName": "x"})
    await client.call_query("mine:own", {"a": 1})
    first, second = deployment.seen
    assert first["path"] == "my/store:run"
    assert first["args"] == {"op": "load", "tableName": "x", "secret": "s3cret"}
    assert second["args"] == {"a": 1}  # a function of the user's own gets no secret


@pytest.mark.parametrize("answer", [None, 3, {}, {"ok": "yes"}, {"result": 1}])
async def test_an_answer_that_is_no_handlers_is_told(answer: object) -> None:
    deployment = Deployment({"odd": answer})
    with pytest.raises(ProtocolError, match="no storage handler"):
        await deployment.client().call_storage({"op": "merge", "tableName": "x"})


async def test_a_failure_that_is_answered_is_raised() -> None:
    for code in ({"code": "WorkflowRunNotFound"}, {}):
        answer = {"ok": False, "error": "no such run", "details": {"run": 1.0}, **code}
        with pytest.raises(MastraError, match="no such run") as caught:
            await Deployment(answer).client().call_storage({"op": "load", "tableName": "x"})
        status = "WORKFLOW_RUN_NOT_FOUND" if code else "FAILED"
        assert caught.value.id == f"MASTRA_STORAGE_CONVEX_LOAD_{status}"
        assert caught.value.category == ("USER" if code else "THIRD_PARTY")
        assert caught.value.details["run"] == 1
