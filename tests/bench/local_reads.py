"""Reads of the embedded deployment, on a small and on a large table.

Each operation runs on a table of 1,000 and on one of 100,000 documents, call by call in turn, so
that whatever else the machine does meets both alike. Read the ratios, not the milliseconds.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any, Final, TypeAlias

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment

Operation: TypeAlias = Callable[[ConvexClient, str, int], Awaitable[Any]]

SIZES: Final = {"small": 1_000, "large": 100_000}
BATCH: Final = 1_000
WARM_UP: Final = 100
CALLS: Final = 600
GROUPS: Final = 100
LIMIT: Final = 1.5


async def lookup(client: ConvexClient, table: str, row: int) -> None:
    """One document by a unique index key."""
    found = await client.query("rows:lookup", {"table": table, "key": f"key-{row}"})
    assert found["rank"] == row


async def newest(client: ConvexClient, table: str, row: int) -> None:
    """The newest ten documents of an index range."""
    args = {"table": table, "group": f"group-{row % GROUPS}"}
    assert len(await client.query("rows:newest", args)) == 10


async def page(client: ConvexClient, table: str, _row: int) -> None:
    """A page of twenty documents."""
    args = {"table": table, "paginationOpts": {"cursor": None, "numItems": 20}}
    assert len((await client.query("rows:page", args))["page"]) == 20


async def change(client: ConvexClient, table: str, row: int) -> None:
    """A unique look-up and a patch, in one transaction."""
    await client.mutation("rows:change", {"table": table, "key": f"key-{row}"})


OPERATIONS: Final[list[Operation]] = [lookup, newest, page, change]


async def fill(client: ConvexClient) -> None:
    """Fill both tables."""
    for table, size in SIZES.items():
        started = perf_counter()
        for start in range(0, size, BATCH):
            args = {"table": table, "from": start, "to": start + BATCH}
            await client.mutation("rows:fill", args)
        print(f"filled {table} with {size:,} documents in {perf_counter() - started:.1f} s")


async def measure(client: ConvexClient, operation: Operation) -> dict[str, float]:
    """Median milliseconds of one call, by table; the tables take turns."""
    seconds: dict[str, list[float]] = {table: [] for table in SIZES}
    numbers = random.Random(1)
    for turn in range(WARM_UP + CALLS):
        for table, size in SIZES.items():
            row = numbers.randrange(size)
            started = perf_counter()
            await operation(client, table, row)
            if turn >= WARM_UP:
                seconds[table].append(perf_counter() - started)
    return {table: statistics.median(times) * 1000 for table, times in seconds.items()}


async def local_reads() -> bool:
    """Measure all of it; whether the indexed look-up keeps its ratio."""
    ratios: dict[str, float] = {}
    async with (
        LocalDeployment(Path(__file__).parent / "convex") as deployment,
        ConvexClient(deployment.url) as client,
    ):
        await fill(client)
        print(f"\n{'p50, ms':<12}{'1k docs':>10}{'100k docs':>12}{'ratio':>8}")
        for operation in OPERATIONS:
            name = operation.__name__
            medians = await measure(client, operation)
            ratios[name] = medians["large"] / medians["small"]
            print(
                f"{name:<12}{medians['small']:>10.2f}{medians['large']:>12.2f}{ratios[name]:>8.2f}"
            )
    met = ratios["lookup"] <= LIMIT
    print(
        f"\nindexed look-up: {ratios['lookup']:.2f} (at most {LIMIT}): {'met' if met else 'MISSED'}"
    )
    return met
