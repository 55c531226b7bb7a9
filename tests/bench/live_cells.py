"""Clients of live queries: from a mutation to its value, values per second, mutations per second.

Each peer offers the same three things in its own manner, and a cell measures one of them.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any, Final, NoReturn

import uvloop

COUNT: Final = "live:count"
STREAM: Final = "live:stream"
ADD: Final = "live:add"
UVLOOP: Final = " on uvloop"
NODE: Final = Path(__file__).with_name("live_npm.mjs")


class Meter:
    """CPU and time from now on."""

    def __init__(self) -> None:
        self.cpu, self.started = _cpu(), perf_counter()

    def of(self, done: int) -> dict[str, float]:
        """How many a second, and the CPU of each."""
        seconds, cpu = perf_counter() - self.started, _cpu() - self.cpu
        return {"rate": done / seconds, "cpu": cpu / done}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _latencies(took: list[float], meter: Meter) -> dict[str, float]:
    ordered = sorted(took)
    middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return {"p50": middle, "p99": late, "cpu": meter.of(len(took))["cpu"]}


async def _one_by_one(change: Callable[[], Awaitable[Any]], warm: int, times: int) -> Any:
    """Time a change that ends when its value has arrived."""
    for _ in range(warm):
        await change()
    took, meter = [], Meter()
    for _ in range(times):
        sent = perf_counter()
        await change()
        took.append(perf_counter() - sent)
    return _latencies(took, meter)


async def _counted(value: Callable[[], Awaitable[Any]], warm: int, values: int) -> Any:
    """Take values; those up to `warm` are not counted."""
    while (await value())["n"] < warm:
        pass
    meter, seen = Meter(), 1
    while (await value())["n"] < values:
        seen += 1
    return {**meter.of(values - warm), "seen": seen / (values - warm)}


async def by_hand_latency(url: str, *, warm: int, times: int) -> Any:
    from bench.live_by_hand import ByHand  # noqa: PLC0415  # a cell pays for its own imports only

    async with ByHand(url) as peer:
        await peer.subscribe(COUNT, {})
        await peer.value()

        async def change() -> None:
            await peer.mutate(ADD)
            await peer.value()

        return await _one_by_one(change, warm, times)


async def floor_latency(url: str, *, warm: int, times: int) -> Any:
    from bench.live_floor import Floor, mutations  # noqa: PLC0415  # as above

    floor = await Floor.subscribed(url, COUNT)
    texts = iter(mutations(ADD, warm + times))
    return await _one_by_one(lambda: floor.swap(next(texts)), warm, times)


async def by_hand_stream(url: str, *, warm: int, values: int, size: int) -> Any:
    from bench.live_by_hand import ByHand  # noqa: PLC0415

    async with ByHand(url) as peer:
        await peer.subscribe(STREAM, {"values": values, "size": size})
        return await _counted(peer.value, warm, values)


async def aioconvex_latency(url: str, *, warm: int, times: int) -> Any:
    from aioconvex import ConvexClient  # noqa: PLC0415

    async with ConvexClient(url) as client, client.watch(COUNT, {}) as live:
        await anext(live)
        mutation = client.live().mutation

        async def change() -> None:
            await mutation(ADD, {})
            await anext(live)

        return await _one_by_one(change, warm, times)


async def aioconvex_stream(url: str, *, warm: int, values: int, size: int) -> Any:
    from aioconvex import ConvexClient  # noqa: PLC0415

    watched = {"values": values, "size": size}
    async with ConvexClient(url) as client, client.watch(STREAM, watched).every() as live:
        return await _counted(lambda: anext(live), warm, values)


async def aioconvex_mutations(url: str, *, in_flight: int, warm: int, times: int) -> Any:
    from aioconvex import ConvexClient  # noqa: PLC0415

    async with ConvexClient(url) as client:
        mutation = client.live().mutation

        async def run(total: int) -> None:
            sent = count()

            async def loop() -> None:
                while next(sent) < total:
                    await mutation(ADD, {})

            await asyncio.gather(*(loop() for _ in range(in_flight)))

        await run(warm)
        meter = Meter()
        await run(times)
        return meter.of(times)


async def pypi_latency(url: str, *, warm: int, times: int) -> Any:
    from convex import ConvexClient  # noqa: PLC0415

    client = ConvexClient(url)
    values = aiter(client.subscribe(COUNT, {}))
    await anext(values)

    async def change() -> None:
        client.mutation(ADD, {})
        await anext(values)

    return await _one_by_one(change, warm, times)


async def pypi_stream(url: str, *, warm: int, values: int, size: int) -> Any:
    from convex import ConvexClient  # noqa: PLC0415

    # Its `for` is faster than its `async for`.
    subscription = ConvexClient(url).subscribe(STREAM, {"values": values, "size": size})

    async def value() -> Any:
        return next(subscription)

    return await _counted(value, warm, values)


async def pypi_mutations(url: str, *, in_flight: int, warm: int, times: int) -> Any:
    from convex import ConvexClient  # noqa: PLC0415

    client = ConvexClient(url)

    def run(total: int) -> None:
        sent = count()

        def loop() -> None:
            while next(sent) < total:
                client.mutation(ADD, {})

        with ThreadPoolExecutor(in_flight) as threads:
            for future in [threads.submit(loop) for _ in range(in_flight)]:
                future.result()

    run(warm)
    meter = Meter()
    run(times)
    return meter.of(times)


CELLS: Final[dict[tuple[str, str], Callable[..., Coroutine[Any, Any, Any]]]] = {
    ("bare asyncio", "latency"): floor_latency,
    ("websockets by hand", "latency"): by_hand_latency,
    ("websockets by hand", "stream"): by_hand_stream,
    ("aioconvex", "latency"): aioconvex_latency,
    ("aioconvex", "stream"): aioconvex_stream,
    ("aioconvex", "mutations"): aioconvex_mutations,
    (f"aioconvex{UVLOOP}", "latency"): aioconvex_latency,
    (f"websockets by hand{UVLOOP}", "latency"): by_hand_latency,
    ("PyPI convex", "latency"): pypi_latency,
    ("PyPI convex", "stream"): pypi_stream,
    ("PyPI convex", "mutations"): pypi_mutations,
}


def live_cell(peer: str, what: str, **given: Any) -> None:
    """Measure, print the result as JSON, and end without waiting for the peer's threads."""
    if peer == "npm convex":
        npm(what, **given)
    run = uvloop.run if peer.endswith(UVLOOP) else asyncio.run
    print(json.dumps(run(CELLS[peer, what](**given))), flush=True)
    os._exit(0)


def npm(what: str, **given: Any) -> NoReturn:
    """Become a Node process, which measures and prints."""
    from aioconvex.local._node import find_node  # noqa: PLC0415

    node = str(asyncio.run(find_node()))
    if "in_flight" in given:
        given["inFlight"] = given.pop("in_flight")
    os.execv(node, [node, str(NODE), json.dumps({"of": what, **given})])
