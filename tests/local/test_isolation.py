"""Functions that never end cost their callers an error, and nobody anything else."""

from __future__ import annotations

import anyio
import pytest

from aioconvex.client import ConvexClient
from aioconvex.errors import FunctionError
from aioconvex.local import LocalDeployment

pytestmark = pytest.mark.anyio

NOTES = """
import { action, mutation, query } from "./_generated/server";

export const all = query({
  handler: async ({ db }) => (await db.query("notes").collect()).map(({ text }) => text),
});
export const add = mutation({ handler: ({ db }, { text }) => db.insert("notes", { text }) });
export const addForever = mutation({
  handler: async ({ db }) => {
    await db.insert("notes", { text: "never stored" });
    for (;;);
  },
});
export const spin = action({
  handler: async () => {
    for (;;);
  },
});
export const wait = action({ handler: () => new Promise(() => {}) });
"""


async def test_endless_functions_end_and_live_queries_go_on() -> None:
    deployment = LocalDeployment(
        functions={"notes": NOTES}, function_seconds=0.4, action_seconds=1.5
    )
    async with (
        deployment,
        ConvexClient(deployment.url) as client,
        client.watch("notes:all") as notes,
    ):
        assert await anext(notes) == []

        async with anyio.create_task_group() as calls:
            calls.start_soon(fails, client, "mutation", "notes:addForever", "0.4s")
            calls.start_soon(fails, client, "action", "notes:spin", "1.5s")
            calls.start_soon(fails, client, "action", "notes:wait", "1.5s")

        await client.mutation("notes:add", {"text": "stored"})
        assert await anext(notes) == ["stored"]


async def fails(client: ConvexClient, kind: str, path: str, limit: str) -> None:
    with pytest.raises(FunctionError, match=rf"timed out \(maximum duration: {limit}\)"):
        await getattr(client, kind)(path, {})


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), 1e9])
async def test_time_limits_are_checked(seconds: float) -> None:
    with pytest.raises(ValueError, match="action_seconds must be between"):
        async with LocalDeployment(functions={"notes": NOTES}, action_seconds=seconds):
            pass
