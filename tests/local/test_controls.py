"""Tests take the state of a deployment back, and read what its functions log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex.client import ConvexClient
from aioconvex.errors import LocalDeploymentError
from aioconvex.local import LocalDeployment, LogLine, Snapshot

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

pytestmark = pytest.mark.anyio

FUNCTIONS = {
    "notes": """
import { action, internalMutation, mutation, query } from "./_generated/server";
import { internal } from "./_generated/api";

export const add = mutation({ handler: ({ db }, { text }) => db.insert("notes", { text }) });
export const all = query({
  handler: async ({ db }) => (await db.query("notes").collect()).map(({ text }) => text),
});
export const later = mutation({
  handler: ({ scheduler }, { text }) => scheduler.runAfter(60_000, internal.notes.ring, { text }),
});
export const ring = internalMutation({ handler: ({ db }, { text }) => db.insert("notes", { text }) });
export const keep = action({
  handler: ({ storage }, { text }) => storage.store(new Blob([text])),
});
export const read = action({
  handler: async ({ storage }, { id }) => (await storage.get(id))?.text() ?? null,
});
export const remove = mutation({ handler: ({ storage }, { id }) => storage.delete(id) });
export const now = query({ handler: () => Date.now() / 1000 });
export const greeting = query({ handler: () => process.env.GREETING ?? null });
export const shout = query({
  handler: (_, { text }) => {
    console.log(text, 1);
    console.warn({ a: [text] });
  },
});
"""
}
HOUR = 3600.0


@pytest.fixture(scope="module")
def shared() -> Generator[LocalDeployment]:
    """One deployment for all of these tests."""
    deployment = LocalDeployment(functions=FUNCTIONS)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


@pytest.fixture
async def deployment(shared: LocalDeployment) -> LocalDeployment:
    await shared.reset()
    return shared


async def test_a_snapshot_brings_back_documents_files_schedules_environment_and_time(
    deployment: LocalDeployment,
) -> None:
    await deployment.set_env(GREETING="hi")
    async with ConvexClient(deployment.url) as client:
        await client.mutation("notes:add", {"text": "kept"})
        await client.mutation("notes:later", {"text": "rung"})
        file = await client.action("notes:keep", {"text": "bytes"})
        started = await client.query("notes:now")
        snapshot = await deployment.snapshot()

        for _ in range(2):
            await client.mutation("notes:add", {"text": "undone"})
            await client.mutation("notes:remove", {"id": file})
            await deployment.set_env(GREETING="ahoy")
            await deployment.advance(HOUR)
            await deployment.wait_idle()
            assert await client.query("notes:all") == ["kept", "undone", "rung"]

            await deployment.restore(snapshot)

            assert await client.query("notes:all") == ["kept"]
            assert await client.query("notes:greeting") == "hi"
            assert await client.query("notes:now") - started < HOUR
            assert await client.action("notes:read", {"id": file}) == "bytes"
        await deployment.advance(61)
        await deployment.wait_idle()
        assert await client.query("notes:all") == ["kept", "rung"]


async def test_live_queries_show_what_was_brought_back_and_go_on(
    deployment: LocalDeployment,
) -> None:
    async with (
        ConvexClient(deployment.url) as client,
        client.watch("notes:all") as notes,
    ):
        assert await anext(notes) == []
        snapshot = await deployment.snapshot()
        await client.mutation("notes:add", {"text": "undone"})
        assert await anext(notes) == ["undone"]

        await deployment.restore(snapshot)

        assert await anext(notes) == []
        await client.mutation("notes:add", {"text": "after"})
        assert await anext(notes) == ["after"]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_snapshot_fits_functions_and_indexes_that_were_pushed_since(project: Path) -> None:
    async with LocalDeployment(project) as deployment, ConvexClient(deployment.url) as client:
        await client.mutation("notes:add", {"text": "kept"})
        snapshot = await deployment.snapshot()
        (project / "schema.ts").write_text("""
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  notes: defineTable({ text: v.string() }).index("by_text", ["text"]),
});
""")
        (project / "more.ts").write_text("""
import { queryGeneric } from "convex/server";
export const count = queryGeneric({
  handler: async ({ db }, { text }) =>
    (await db.query("notes").withIndex("by_text", (q) => q.eq("text", text)).collect()).length,
});
""")
        await deployment.push()
        await deployment.reset()

        await deployment.restore(snapshot)

        assert await client.query("more:count", {"text": "kept"}) == 1.0


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_snapshots_end_with_their_deployment(project: Path, tmp_path: Path) -> None:
    async with LocalDeployment(project, data=tmp_path / "data") as deployment:
        snapshot = await deployment.snapshot()

    assert not (tmp_path / "data" / "snapshots").exists()
    async with LocalDeployment(project, data=tmp_path / "data") as deployment:
        for unknown in (snapshot, Snapshot("../../data")):
            with pytest.raises(LocalDeploymentError, match="no such snapshot"):
                await deployment.restore(unknown)


async def test_logs_are_read_line_by_line_by_everybody_who_listens(
    deployment: LocalDeployment,
) -> None:
    async with ConvexClient(deployment.url) as client:
        await client.query("notes:shout", {"text": "too early"})
        first, second = await deployment.logs(), await deployment.logs()
        heard: list[LogLine] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.query, "notes:shout", {"text": "hear\nme"})
            heard.append(await anext(first))

        expected = [
            LogLine("notes:shout", "LOG", "'hear\\nme' 1"),
            LogLine("notes:shout", "WARN", "{ a: [ 'hear\\nme' ] }"),
        ]
        assert [*heard, await anext(first)] == expected
        assert [await anext(second), await anext(second)] == expected


async def test_a_reader_that_is_cancelled_misses_nothing(deployment: LocalDeployment) -> None:
    lines = await deployment.logs()
    with anyio.move_on_after(0.05) as scope:
        await anext(lines)
    assert scope.cancelled_caught
    async with ConvexClient(deployment.url) as client:
        await client.query("notes:shout", {"text": "still"})

    assert (await anext(lines)).text == "'still' 1"


async def test_controls_are_for_the_admin_only(deployment: LocalDeployment) -> None:
    async with httpx.AsyncClient() as http:
        for request in ("POST snapshot", "POST restore", "POST faults", "POST logs"):
            method, name = request.split()
            reply = await http.request(method, f"{deployment.url}/_local/{name}", json={})

            assert reply.status_code == 403, request
