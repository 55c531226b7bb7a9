"""Tests move the time of a deployment, and wait for what is due."""

from __future__ import annotations

from time import time

import pytest

from aioconvex.client import ConvexClient
from aioconvex.errors import AuthenticationError
from aioconvex.local import LocalDeployment

pytestmark = pytest.mark.anyio

REMINDERS = {
    "reminders": """
import { internalMutation, mutation, query } from "./_generated/server";
import { internal } from "./_generated/api";

export const ring = internalMutation({
  handler: ({ db }, { text }) => db.insert("rung", { text }),
});
export const set = mutation({
  handler: (ctx, { text, seconds }) =>
    ctx.scheduler.runAfter(seconds * 1000, internal.reminders.ring, { text }),
});
export const rung = query({
  handler: async ({ db }) => (await db.query("rung").collect()).map(({ text }) => text),
});
export const ringNow = mutation({ handler: ({ db }) => db.insert("rung", { text: "now" }) });
export const times = query({
  handler: async ({ db }) => (await db.query("rung").collect()).map((ring) => ring._creationTime / 1000),
});
export const now = query({ handler: () => Date.now() / 1000 });
""",
    "crons": """
import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";

const crons = cronJobs();
crons.cron("yearly", "0 0 1 1 *", internal.reminders.ring, { text: "new year" });
export default crons;
""",
}
YEAR = 366 * 24 * 3600


async def test_scheduled_functions_run_when_their_time_has_come() -> None:
    async with (
        LocalDeployment(functions=REMINDERS) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        await client.mutation("reminders:set", {"text": "tea", "seconds": 180.0})
        await deployment.wait_idle()
        before = await client.query("reminders:rung", {})
        await deployment.advance(181)
        await deployment.wait_idle()

        assert (before, await client.query("reminders:rung", {})) == ([], ["tea"])


async def test_reset_lets_cron_jobs_wait_anew() -> None:
    """Whatever the test before did to the time, the next one finds cron jobs as they begin."""
    async with (
        LocalDeployment(functions=REMINDERS) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        await deployment.advance(10 * YEAR)
        await deployment.wait_idle()
        await deployment.reset()
        await deployment.wait_idle()
        before = await client.query("reminders:rung", {})
        await deployment.advance(YEAR)
        await deployment.wait_idle()

        assert (before, await client.query("reminders:rung", {})) == ([], ["new year"])


async def test_cron_jobs_run_when_their_time_has_come() -> None:
    async with (
        LocalDeployment(functions=REMINDERS) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        await deployment.advance(YEAR)
        await deployment.wait_idle()

        assert await client.query("reminders:rung", {}) == ["new year"]


async def test_reset_forgets_schedules_and_comes_back_to_the_present() -> None:
    async with (
        LocalDeployment(functions=REMINDERS) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        await client.mutation("reminders:set", {"text": "tea", "seconds": 180.0})
        await deployment.advance(10)
        assert await client.query("reminders:now", {}) > time() + 5
        await deployment.reset()
        assert abs(await client.query("reminders:now", {}) - time()) < 5
        await deployment.advance(200)
        await deployment.wait_idle()

        assert await client.query("reminders:rung", {}) == []


async def test_documents_made_after_a_reset_are_of_the_present() -> None:
    async with (
        LocalDeployment(functions=REMINDERS) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        await deployment.advance(YEAR)
        await client.mutation("reminders:ringNow")
        await deployment.reset()
        await client.mutation("reminders:ringNow")
        [made] = await client.query("reminders:times")

        assert abs(made - time()) < 60


async def test_tokens_expire_with_the_time_of_the_deployment() -> None:
    async with LocalDeployment(functions=REMINDERS, mint_tokens=True) as deployment:
        token = await deployment.mint_token("ann", expires_in=60)
        async with ConvexClient(deployment.url, auth=token) as client:
            await client.query("reminders:rung", {})
            await deployment.advance(61)
            with pytest.raises(AuthenticationError, match="expired"):
                await client.query("reminders:rung", {})
