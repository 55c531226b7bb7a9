"""A server that is killed while it restores a snapshot has all of one state, or all of the other."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from aioconvex.client import ConvexClient
from aioconvex.errors import LocalDeploymentError
from aioconvex.local import LocalDeployment
from aioconvex.local._node import find_node

KILLER = Path(__file__).parent / "fixtures" / "killed" / "at_step.mjs"
FUNCTIONS = {
    "notes": """
import { action, mutation, query } from "./_generated/server";
import { api } from "./_generated/api";

export const keep = action({
  handler: async ({ storage, runMutation }, { text }) =>
    runMutation(api.notes.add, { text, file: await storage.store(new Blob([text])) }),
});
export const add = mutation({ handler: ({ db }, note) => db.insert("notes", note) });
export const all = query({ handler: ({ db }) => db.query("notes").collect() });
export const clear = mutation({
  handler: async ({ db, storage }) => {
    for (const { _id, file } of await db.query("notes").collect()) {
      await db.delete(_id);
      await storage.delete(file);
    }
  },
});
export const read = action({
  handler: async ({ storage, runQuery }) =>
    Promise.all((await runQuery(api.notes.all)).map(async ({ text, file }) =>
      [text, (await (await storage.get(file))?.text()) ?? null])),
});
"""
}
KEPT = [["kept", "kept"]]
LATER = [["later", "later"]]


async def become(client: ConvexClient, state: list[list[str]]) -> None:
    await client.mutation("notes:clear")
    for text, _ in state:
        await client.action("notes:keep", {"text": text})


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_sigkill_at_each_step_of_a_restore_leaves_one_whole_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notes, and the files they name, are those of before the restore or those of the snapshot."""
    node, mortal = await find_node(), tmp_path / "node-that-is-killed"
    mortal.touch(0o755)
    monkeypatch.setenv("AIOCONVEX_NODE", str(mortal))
    data = tmp_path / "data"
    found: list[Any] = []

    for step in count(1):
        killer = f"{KILLER.as_uri()}?step={step}"
        mortal.write_text(f"#!/bin/sh\nexec {node} --import '{killer}' \"$@\"\n")
        async with (
            LocalDeployment(functions=FUNCTIONS, data=data) as deployment,
            ConvexClient(deployment.url) as client,
        ):
            if step > 1:
                found.append(await client.action("notes:read"))
            await become(client, KEPT)
            snapshot = await deployment.snapshot()
            await become(client, LATER)
            try:
                await deployment.restore(snapshot)
            except LocalDeploymentError as error:
                assert error.code == "ServerStopped"
                continue
            assert await client.action("notes:read") == KEPT
            break

    before = found.index(KEPT)
    assert found == [LATER] * before + [KEPT] * (len(found) - before)
    assert 0 < before < len(found)
    assert not list(data.glob("*.part"))
