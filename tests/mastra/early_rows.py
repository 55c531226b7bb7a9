"""Deployments in which tests can store rows as early adapters did, past every function of ours."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient

WRITER = """
import { mutationGeneric, queryGeneric } from "convex/server";

export const insert = mutationGeneric({
  handler: async ({ db }, { table, rows }) => {
    for (const row of rows) await db.insert(table, row);
  },
});

export const rows = queryGeneric({
  handler: ({ db }, { table }) => db.query(table).collect(),
});
"""

Row = dict[str, Any]


@contextmanager
def with_writer(project: Path, schema: str) -> Generator[LocalDeployment]:
    """Serve a project's functions beside the writer, and with another schema."""
    modules = {
        path.relative_to(project).with_suffix("").as_posix(): path.read_text()
        for path in project.rglob("*.ts")
    }
    deployment = LocalDeployment(project, functions={**modules, "schema": schema, "writer": WRITER})
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


class Writer:
    """A client for Mastra's domains, and the tables themselves."""

    def __init__(self, convex: ConvexClient) -> None:
        self.client = ConvexAdminClient(client=convex)

    async def insert(self, table: str, *rows: Row) -> None:
        await self.client.call_mutation("writer:insert", {"table": table, "rows": list(rows)})

    async def rows(self, table: str) -> list[Row]:
        """Every row of a table as it is stored, without Convex's own fields."""
        found = await self.client.call_query("writer:rows", {"table": table})
        return [{k: v for k, v in row.items() if not k.startswith("_")} for row in found]


@asynccontextmanager
async def writing(deployment: LocalDeployment) -> AsyncGenerator[Writer]:
    """Connect to an emptied deployment."""
    await deployment.reset()
    async with ConvexClient(deployment.url) as convex:
        yield Writer(convex)
