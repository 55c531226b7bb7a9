"""Live queries of the embedded deployment: from a write to the update that it causes.

Once with a single subscription, once with a thousand of which the write concerns one, write by
write in turn. Read the ratio, not the milliseconds.
"""

from __future__ import annotations

import json
import random
import statistics
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import aiohttp
import anyio

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment

SUBSCRIPTIONS: Final = 1_000
SOCKETS: Final = 10
ROWS: Final = 10_000
WARM_UP: Final = 50
WRITES: Final = 400
LIMIT: Final = 4.0


FUNCTIONS: Final = {
    "schema": """
        import { defineSchema, defineTable } from "convex/server";
        import { v } from "convex/values";
        const row = { key: v.string(), count: v.number() };
        export default defineSchema({ rows: defineTable(row).index("by_key", ["key"]) });
    """,
    "rows": """
        import { mutation, query } from "./_generated/server";
        const find = (ctx, key) =>
          ctx.db.query("rows").withIndex("by_key", (q) => q.eq("key", key)).unique();
        export const lookup = query((ctx, { key }) => find(ctx, key));
        export const fill = mutation(async (ctx, { count }) => {
          for (let i = 0; i < count; i++) await ctx.db.insert("rows", { key: `key-${i}`, count: 0 });
        });
        export const change = mutation(async (ctx, { key }) => {
          const row = await find(ctx, key);
          await ctx.db.patch(row._id, { count: row.count + 1 });
        });
    """,
}


class Watcher:
    """Subscriptions on a socket, and nothing of a client around them."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, keys: list[str]) -> None:
        self.socket = socket
        self.keys = keys

    async def subscribe(self) -> None:
        """Subscribe to every key in one message, and take the first results."""
        adds = [
            {
                "type": "Add",
                "queryId": number,
                "udfPath": "rows:lookup",
                "args": [{"key": key}],
            }
            for number, key in enumerate(self.keys)
        ]
        await self.socket.send_json(
            {"type": "ModifyQuerySet", "baseVersion": 0, "newVersion": 1, "modifications": adds}
        )
        assert len(await self.changes()) == len(self.keys)

    async def changes(self) -> list[Any]:
        """The results of the next transition that has some."""
        while True:
            message = json.loads((await self.socket.receive()).data)
            if message.get("modifications"):
                return list(message["modifications"])


async def watcher(stack: AsyncExitStack, url: str, keys: list[str]) -> Watcher:
    """Open a socket that watches these keys."""
    session = await stack.enter_async_context(aiohttp.ClientSession())
    socket = await stack.enter_async_context(session.ws_connect(f"{url}/api/sync", max_msg_size=0))
    watching = Watcher(socket, keys)
    await watching.subscribe()
    return watching


async def update(client: ConvexClient, watching: Watcher, key: str, times: list[float]) -> None:
    """Time a write, from sending it to having the update that it causes."""
    async with anyio.create_task_group() as tasks:
        started = perf_counter()
        tasks.start_soon(client.mutation, "rows:change", {"key": key})
        (change,) = await watching.changes()
        assert change["value"]["key"] == key
        times.append(perf_counter() - started)


async def local_live() -> bool:
    """Measure it; whether the ratio is kept."""
    numbers = random.Random(1)
    async with (
        LocalDeployment(Path(__file__).parent / "convex", functions=FUNCTIONS) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        await client.mutation("rows:fill", {"count": ROWS})
        medians = []
        for count in (1, SUBSCRIPTIONS):
            async with AsyncExitStack() as stack:
                keys = [f"key-{number}" for number in numbers.sample(range(ROWS), count)]
                sockets = min(SOCKETS, count)
                watching = [
                    await watcher(stack, deployment.url, keys[first::sockets])
                    for first in range(sockets)
                ]
                times: list[float] = []
                for _ in range(WARM_UP + WRITES):
                    chosen = numbers.choice(watching)
                    await update(client, chosen, numbers.choice(chosen.keys), times)
                medians.append(statistics.median(times[WARM_UP:]) * 1000)
                print(f"{count:>6,} subscriptions: write to update {medians[-1]:.2f} ms (p50)")
    ratio = medians[1] / medians[0]
    print(f"ratio {ratio:.2f} (at most {LIMIT}): {'met' if ratio <= LIMIT else 'MISSED'}")
    return ratio <= LIMIT


if __name__ == "__main__":
    raise SystemExit(0 if anyio.run(local_live) else 1)
