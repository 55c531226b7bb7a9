"""What the tests of live queries share."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment

PROJECT = Path(__file__).parents[2] / "convex"
COUNTER = """
import { action, mutation, query } from "./_generated/server";
import { v } from "convex/values";

export const add = mutation({
  args: { n: v.number() },
  handler: async ({ db }, { n }) => {
    console.log("adding", n);
    await db.insert("numbers", { n });
    await db.insert("doubles", { n: 2 * n });
    return n;
  },
});
const sum = async (db, table) =>
  (await db.query(table).collect()).reduce((total, { n }) => total + n, 0);
export const total = query({
  args: { limit: v.optional(v.number()) },
  handler: async ({ db }, { limit }) => {
    const total = await sum(db, "numbers");
    if (total > (limit ?? 100)) throw new Error(`above ${limit ?? 100}`);
    return total;
  },
});
export const doubled = query({ handler: ({ db }) => sum(db, "doubles") });
export const rows = query({
  handler: async ({ db }) => {
    console.log("looking");
    return (await db.query("numbers").collect()).map(({ n }) => ({ n, big: BigInt(n) }));
  },
});
export const refuse = mutation({ handler: () => { throw new Error("no"); } });
export const clear = mutation({
  handler: async ({ db }) => {
    for (const row of await db.query("numbers").collect()) await db.delete(row._id);
  },
});
export const twice = action({ args: { n: v.number() }, handler: async (_, { n }) => 2 * n });
export const user = query({ handler: async ({ auth }) => (await auth.getUserIdentity())?.subject ?? null });
"""


@pytest.fixture(scope="session")
def counter_deployment() -> Generator[LocalDeployment]:
    """Numbers that are added up; users have minted tokens."""
    deployment = LocalDeployment(PROJECT, functions={"counter": COUNTER}, mint_tokens=True)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


@pytest.fixture
async def counter(
    counter_deployment: LocalDeployment,
    anyio_backend: object,  # noqa: ARG001  # asking for it puts this fixture on the test's loop
) -> AsyncGenerator[ConvexClient]:
    """A client of no numbers at all."""
    await counter_deployment.reset()
    async with ConvexClient(counter_deployment.url) as client:
        yield client
