"""Two thousand calls at once, cancelled and timed out at random: nothing is left behind."""

from __future__ import annotations

import gc
import random
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import ConvexConnectionError, ConvexError
from client.conftest import STACKS
from client.deployment import Stub

pytestmark = pytest.mark.anyio

CALLS = 2000
UVLOOP = {"use_uvloop": True}


@pytest.fixture(
    params=[
        *STACKS.values(),
        ("asyncio", UVLOOP, "aiohttp"),
        ("asyncio", UVLOOP, "httpx"),
    ],
    ids=[*STACKS, "uvloop-aiohttp", "uvloop-httpx"],
)
def stack(request: pytest.FixtureRequest) -> Any:
    """The stacks, and uvloop."""
    return request.param


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def all_closed(stub: Stub) -> None:
    """Wait until the deployment has noticed."""
    with anyio.fail_after(10):
        while stub.connections():
            await anyio.lowlevel.checkpoint()


async def all_slots_free(client: ConvexClient, stub: Stub) -> None:
    """Make as many calls at once as the client ever makes at once."""
    held = stub.case({"hold": True})
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(client.query, f"{held}:f")
            while len(stub.seen(held).requests) < 100:
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()


async def storm(client: ConvexClient, stub: Stub) -> dict[str, int]:
    """Make the calls; each ends in a value, an error of ours, or its cancellation."""
    dice = random.Random(7)
    quick, slow, broken = stub.case({}), stub.case({"hold": True}), stub.case({"drop": "body"})
    ends = {"value": 0, "error": 0, "cancelled": 0}

    async def call(number: int, patience: float) -> None:
        path = f"{slow if number % 10 == 0 else broken if number % 10 == 1 else quick}:f"
        kind = (client.query, client.mutation, client.action)[number % 3]
        if number % 4 == 0:
            view = client.with_options(timeout=patience, ordered=number % 8 == 0)
            kind = (view.query, view.mutation, view.action)[number % 3]
            patience = 60
        with anyio.move_on_after(patience) as scope:
            try:
                await kind(path, {"number": number})
                ends["value"] += 1
            except ConvexError:
                ends["error"] += 1
        ends["cancelled"] += scope.cancelled_caught

    async with anyio.create_task_group() as tasks:
        for number in range(CALLS):
            # Some broken and some quick ones come to their end on a machine of any speed.
            patience = 60.0 if number % 20 in {1, 2} else dice.choice([0.0, 0.01, 0.1, 1.0, 1.5])
            tasks.start_soon(call, number, patience)
    assert sum(ends.values()) == CALLS
    return ends


async def test_nothing_is_left_behind(stub: Stub) -> None:
    """No task, connection, file descriptor, slot or turn; and the next call works."""
    async with ConvexClient(stub.url) as client:
        await client.query("healthy:f")  # what is opened once is open now
    before, tasks_before = descriptors(), len(anyio.get_running_tasks())
    async with ConvexClient(stub.url, max_retries=0) as client:
        ends = await storm(client, stub)
        assert min(ends.values()) > 0
        assert await client.query("healthy:f") == 1.0
        assert await client.with_options(ordered=True).mutation("healthy:f") == 1.0
        assert stub.connections() <= 100
        await all_slots_free(client, stub)
    await all_closed(stub)
    await anyio.wait_all_tasks_blocked()
    gc.collect()

    assert len(anyio.get_running_tasks()) == tasks_before
    assert descriptors() <= before


async def test_a_lost_connection_among_many_harms_only_its_call(stub: Stub) -> None:
    """The others on the pool go on."""
    broken, whole = stub.case({"drop": "read"}), stub.case({})
    lost: list[ConvexConnectionError] = []

    async def call(number: int, client: ConvexClient) -> None:
        if number % 5:
            assert await client.query(f"{whole}:f") == 1.0
            return
        with pytest.raises(ConvexConnectionError) as caught:
            await client.query(f"{broken}:f")
        lost.append(caught.value)

    async with ConvexClient(stub.url, max_retries=0) as client, anyio.create_task_group() as tasks:
        for number in range(100):
            tasks.start_soon(call, number, client)

    assert len(lost) == 20
