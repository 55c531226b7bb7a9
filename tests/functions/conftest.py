"""What the tests of the deployed functions share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from functions.mastra import Mastra, Writer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator


@pytest.fixture
def mastra(convex: ConvexClient) -> Mastra:
    """Mastra's functions on an empty deployment."""
    return Mastra(convex)


# Writes rows as early adapters did, past everything that our handler sees to.
WRITER = """
import { mutationGeneric } from "convex/server";

export const insert = mutationGeneric({
  handler: async ({ db }, { table, rows }) => {
    for (const row of rows) await db.insert(table, row);
  },
});
"""

# An index in memory whose rows share creation times, as rows of transactions that ran at once may.
TIES = """
import { queryGeneric } from "convex/server";

import { page } from "./mastra/paging";

const holds = {
  eq: (a, b) => a === b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
};

const index = (rows) => (slice, order) => {
  const bounds = [];
  const range = new Proxy({}, {
    get: (_, op) => (field, value) => {
      bounds.push((row) => holds[op](row[field], value));
      return range;
    },
  });
  slice(range);
  const found = rows.filter((row) => bounds.every((bound) => bound(row)));
  return (async function* () {
    yield* order === "asc" ? found : found.reverse();
  })();
};

export const walk = queryGeneric({
  handler: async (_, { rows, order, limit }) => {
    const pages = [];
    let cursor;
    do {
      const { items, nextCursor } = await page({
        source: index(rows), order, list: ["ties"], cursor, limit,
      });
      pages.push(items.map(({ _id }) => _id));
      cursor = nextCursor;
    } while (cursor !== undefined);
    return pages;
  },
});
"""


@pytest.fixture(scope="session")
def writer_deployment(pytestconfig: pytest.Config) -> Generator[LocalDeployment]:
    """Mastra's functions beside `writer:insert`, which stores any row, and `ties:walk`."""
    project = pytestconfig.rootpath / "convex"
    modules = {
        path.relative_to(project).with_suffix("").as_posix(): path.read_text()
        for path in project.rglob("*.ts")
    }
    deployment = LocalDeployment(project, functions={**modules, "writer": WRITER, "ties": TIES})
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


@pytest.fixture
async def writer(
    writer_deployment: LocalDeployment,
    anyio_backend: object,  # noqa: ARG001 -- asking for it puts this fixture on the test's loop
) -> AsyncGenerator[Writer]:
    """Mastra's functions on an empty deployment that stores any row."""
    await writer_deployment.reset()
    async with ConvexClient(writer_deployment.url) as client:
        yield Writer(client)
