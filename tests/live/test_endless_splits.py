"""A server that wants every page of a list split, for ever, costs a bounded number of queries."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from aioconvex import ConvexClient
from aioconvex.bindings import CONVEX, Namespace, Page, paginated
from aioconvex.errors import ProtocolError
from live.hostile import HostileServer, Scene, Wire, answered

pytestmark = pytest.mark.anyio

SECONDS = 20


class Lists(Namespace):
    @paginated("lists:endless", dialect=CONVEX)
    def endless(self) -> Page[str]: ...


def splits(status: str) -> Scene:
    """Answer every page with one item, and want it split."""

    def page(query: int) -> dict[str, Any]:
        return answered(
            query,
            {
                "page": [f"item {query}"],
                "isDone": False,
                "continueCursor": f"C{query}",
                "splitCursor": f"S{query}",
                "pageStatus": status,
            },
        )

    async def scene(wire: Wire) -> None:
        await wire.upgrade()
        while True:
            message = await wire.message("ModifyQuerySet")
            added = [
                page(one["queryId"]) for one in message["modifications"] if one["type"] == "Add"
            ]
            await wire.say(**wire.transition(*added, query_set=message["newVersion"]))

    return scene


@asynccontextmanager
async def splitting(status: str) -> AsyncGenerator[tuple[HostileServer, Lists]]:
    with anyio.fail_after(SECONDS):
        async with (
            HostileServer([], splits(status)).running() as server,
            ConvexClient(server.url) as client,
        ):
            yield server, Lists(client)


def asked(server: HostileServer) -> int:
    """How many queries the client has asked for in all."""
    return sum(
        one["type"] == "Add"
        for wire in server.wires
        for message in wire.received
        if message["type"] == "ModifyQuerySet"
        for one in message["modifications"]
    )


async def test_what_must_be_split_without_end_is_a_typed_error() -> None:
    """By the loop and by `load_more`."""
    async with splitting("SplitRequired") as (server, lists):
        async with lists.endless.watch().sized(2) as pages:
            with pytest.raises(ProtocolError, match=r"lists:endless.*split without end"):
                await anext(aiter(pages))
            with pytest.raises(ProtocolError, match="split without end"):
                await pages.load_more(2)
        assert len(server.wires) == 1
        assert asked(server) < 10_000


async def test_what_is_only_better_split_stays_whole_in_the_end() -> None:
    """The window is there all the while, and still grows."""
    async with (
        splitting("SplitRecommended") as (server, lists),
        lists.endless.watch().sized(2) as pages,
    ):
        async for items in pages:
            if len(items) > 500:
                break
        before = asked(server)
        assert await pages.load_more(2)
        assert pages.status == "can_load_more"
        assert before < asked(server) < 10_000
