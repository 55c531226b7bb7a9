"""Server-sent events: what a browser's EventSource gets from a live query."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import pytest
from attrs import frozen

from aioconvex import ConvexClient, sse
from aioconvex.errors import ProtocolError
from aioconvex.local import LocalDeployment
from live.hostile import HostileServer, answered
from live.quick import hurry
from live.scenes import says, step

pytestmark = pytest.mark.anyio

FUNCTIONS = {
    "notes": """
        import { query, mutation } from "./_generated/server";
        import { ConvexError } from "convex/values";
        export const all = query(async ({ db }) => {
          const notes = (await db.query("notes").collect()).map(({ text }) => text);
          if (notes.includes("bad")) throw new ConvexError({ code: "BAD", count: 1n });
          return { notes, count: BigInt(notes.length) };
        });
        export const add = mutation(({ db }, { text }) => db.insert("notes", { text }));
        export const clear = mutation(async ({ db }) => {
          for (const note of await db.query("notes").collect()) await db.delete(note._id);
        });
    """,
}
REPOSITORY = Path(__file__).parents[2]


@frozen
class Event:
    """One event, as the standard says it is to be read."""

    id: str
    name: str
    data: Any

    @classmethod
    def of(cls, chunk: bytes) -> Event:
        assert chunk.endswith(b"\n\n")
        fields = dict(line.split(": ", 1) for line in chunk.decode().strip().split("\n"))
        return cls(fields["id"], fields["event"], json.loads(fields["data"]))


@pytest.fixture
async def client(anyio_backend: object) -> AsyncGenerator[ConvexClient]:  # noqa: ARG001
    """A client of a deployment with notes."""
    async with (
        LocalDeployment(REPOSITORY / "convex", functions=FUNCTIONS) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        yield client


async def test_results_failures_and_recovery_are_events(client: ConvexClient) -> None:
    """A browser is told how soon to connect again, and then of everything, in Convex's JSON."""
    chunks = sse.events(client.watch("notes:all"))

    assert await anext(chunks) == b"retry: 2000\n\n"
    assert Event.of(await anext(chunks)).data == {
        "notes": [],
        "count": {"$integer": "AAAAAAAAAAA="},
    }
    await client.mutation("notes:add", {"text": "line\nbreak"})
    value = Event.of(await anext(chunks))
    assert (value.name, value.data["notes"]) == ("value", ["line\nbreak"])
    await client.mutation("notes:add", {"text": "bad"})
    failure = Event.of(await anext(chunks))
    assert failure.name == "failure"
    assert failure.data["path"] == "notes:all"
    assert failure.data["data"] == {"code": "BAD", "count": {"$integer": "AQAAAAAAAAA="}}
    await client.mutation("notes:clear")
    assert Event.of(await anext(chunks)).data["notes"] == []
    await chunks.aclose()
    assert client.connection.phase == "connected"


async def test_who_connects_again_is_not_told_what_it_knows(client: ConvexClient) -> None:
    """The browser's `Last-Event-ID` leaves the first result out while it is the same."""
    first = sse.events(client.watch("notes:all"))
    await anext(first)
    known = Event.of(await anext(first)).id
    await first.aclose()

    again = sse.events(client.watch("notes:all"), last_event_id=known, heartbeat=0.05)
    await anext(again)
    assert await anext(again) == b":\n\n"
    await client.mutation("notes:add", {"text": "tea"})
    news = await anext(again)
    while news == b":\n\n":
        news = await anext(again)
    await again.aclose()
    assert Event.of(news).id != known

    other = sse.events(client.watch("notes:all"), last_event_id=known)
    await anext(other)
    assert Event.of(await anext(other)).data["notes"] == ["tea"]
    await other.aclose()


@pytest.mark.parametrize("heartbeat", [0, -1, float("nan")])
async def test_heartbeats_have_a_pause(client: ConvexClient, heartbeat: float) -> None:
    """Without one they would be all that is sent."""
    with pytest.raises(ValueError, match=f"not {heartbeat}"):
        await anext(sse.events(client.watch("notes:all"), heartbeat=heartbeat))


async def test_a_reader_that_goes_ends_the_subscription(client: ConvexClient) -> None:
    """Cancelled in the middle, as frameworks do when a browser closes the page."""

    async def serve(started: anyio.Event) -> None:
        async for chunk in sse.events(client.watch("notes:all")):
            if chunk.startswith(b"id"):
                started.set()

    async with anyio.create_task_group() as tasks:
        started = anyio.Event()
        tasks.start_soon(serve, started)
        await started.wait()
        tasks.cancel_scope.cancel()
    with pytest.raises(LookupError):
        # Nobody watches it any more, so that its result is not known at once.
        async with client.watch("notes:all") as live:
            live.current  # noqa: B018  # it is the look that raises


async def test_what_ends_the_watching_ends_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the server closes, and the browser connects again."""
    hurry(monkeypatch)
    first = step({}, {"querySet": 1, "ts": "AQAAAAAAAAA="}, answered(0, 1.5))
    fatal = {"type": "FatalError", "error": "no more"}
    async with (
        HostileServer([says(first, fatal)]).running() as server,
        ConvexClient(server.url) as client,
    ):
        chunks = sse.events(client.watch("any:query"))
        await anext(chunks)
        assert Event.of(await anext(chunks)).data == 1.5
        with pytest.raises(ProtocolError, match="no more"):
            await anext(chunks)
