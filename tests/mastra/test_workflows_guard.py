"""A guarded change whose outcome is not known: the run says what became of it (§3.9)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

import pytest

from aioconvex.errors import MutationOutcomeUnknown
from aioconvex.mastra import Api, ConvexAdminClient
from aioconvex.mastra._workflows.runs import RunNames
from aioconvex.mastra._workflows.typed import TypedWorkflows

pytestmark = pytest.mark.anyio

T = TypeVar("T")
NAMES = RunNames("w", "1")
CHANGES = {"status": "success", "by": 1}


class Deployment:
    """Holds one run; of the changes sent to it, some get no answer."""

    def __init__(self, *, applied: list[bool], state: Mapping[str, Any]) -> None:
        self.api = Api(self)
        self.applied = applied  # for each change without an answer, whether it was made
        self.state = dict(state)
        self.meanwhile: dict[str, Any] = {}  # what somebody else changes after it
        self.sent = 0

    async def repeat(self, call: Callable[[], Awaitable[T]]) -> T:
        return await call()

    async def call(self, kind: str, path: str, args: Mapping[str, Any]) -> Any:
        if kind == "query":
            text = "2024-01-01T00:00:00.000Z"
            row = {"workflow_name": "w", "run_id": "1", "snapshot": json.dumps(self.state)}
            system = {"_id": "x", "_creationTime": 1.0}
            return {**row, **system, "createdAt": text, "updatedAt": text}
        self.sent += 1
        applies = self.state["status"] in args["expectedStatus"]
        lost = bool(self.applied)
        if applies and (not lost or self.applied.pop(0)):
            self.state |= json.loads(args["changes"])
        if lost:
            self.state |= self.meanwhile
            raise MutationOutcomeUnknown(path, "the connection broke")
        return json.dumps(self.state) if applies else None


async def change(deployment: Deployment) -> Any:
    backend = TypedWorkflows(cast("ConvexAdminClient", deployment))
    merged = await backend.merge_state(NAMES, json.dumps(CHANGES), ["running"])
    return None if merged is None else json.loads(merged)


async def test_a_change_that_was_made_is_not_made_again() -> None:
    deployment = Deployment(applied=[True], state={"status": "running"})
    assert await change(deployment) == CHANGES
    assert deployment.sent == 1


async def test_a_change_that_was_not_made_is_made() -> None:
    deployment = Deployment(applied=[False, False], state={"status": "running"})
    assert await change(deployment) == CHANGES
    assert deployment.sent == 3


async def test_a_connection_that_keeps_breaking_is_told() -> None:
    deployment = Deployment(applied=[False] * 9, state={"status": "running"})
    with pytest.raises(MutationOutcomeUnknown):
        await change(deployment)
    assert deployment.state == {"status": "running"}


@pytest.mark.parametrize("applied", [True, False])
async def test_what_nobody_can_tell_is_told(*, applied: bool) -> None:
    """Somebody else changed the run since: it may have been after us, or instead of us."""
    deployment = Deployment(applied=[applied], state={"status": "running"})
    deployment.meanwhile = {"status": "failed", "by": 2}
    with pytest.raises(MutationOutcomeUnknown):
        await change(deployment)
    assert deployment.state == {"status": "failed", "by": 2}
    assert deployment.sent == 1
