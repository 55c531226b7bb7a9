"""Clients under load: calls per second, and CPU seconds per call."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import resource
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import perf_counter, sleep
from typing import Any, Final, NoReturn, TypeAlias

import orjson

from bench.payloads import TINY_ARGS, TINY_PATH, TINY_VALUE

Call: TypeAlias = Callable[[], Awaitable[Any]]
Open: TypeAlias = Callable[[str], AbstractAsyncContextManager[Call]]

WARM_UP: Final = 0.3
JSON: Final = {"Content-Type": "application/json"}


@asynccontextmanager
async def aioconvex_default(url: str) -> AsyncGenerator[Call]:
    """Our client where aiohttp is not installed."""
    # None makes the import system say that there is no such module.
    sys.modules["aiohttp"] = None  # type: ignore[assignment]
    async with aioconvex_aiohttp(url) as call:
        yield call
    assert "yarl" not in sys.modules


@asynccontextmanager
async def aioconvex_aiohttp(url: str) -> AsyncGenerator[Call]:
    """Our client with its extra."""
    from aioconvex import ConvexClient  # noqa: PLC0415  # a cell pays for its own imports only

    async with ConvexClient(url) as client:
        yield lambda: client.query(TINY_PATH, TINY_ARGS)


@asynccontextmanager
async def httpx_by_hand(url: str) -> AsyncGenerator[Call]:
    """What one writes with httpx and orjson."""
    import httpx  # noqa: PLC0415

    async with httpx.AsyncClient(base_url=url) as client:

        async def call() -> Any:
            body = {"path": TINY_PATH, "args": TINY_ARGS, "format": "convex_encoded_json"}
            reply = await client.post("/api/query", content=orjson.dumps(body), headers=JSON)
            return orjson.loads(reply.content)["value"]

        yield call


@asynccontextmanager
async def aiohttp_by_hand(url: str) -> AsyncGenerator[Call]:
    """What one writes with aiohttp and orjson."""
    import aiohttp  # noqa: PLC0415

    async with aiohttp.ClientSession(base_url=url) as session:

        async def call() -> Any:
            body = {"path": TINY_PATH, "args": TINY_ARGS, "format": "convex_encoded_json"}
            data = orjson.dumps(body)
            async with session.post("/api/query", data=data, headers=JSON) as reply:
                return orjson.loads(await reply.read())["value"]

        yield call


ASYNC: Final[dict[str, Open]] = {
    "aioconvex": aioconvex_default,
    "aioconvex[aiohttp]": aioconvex_aiohttp,
    "httpx by hand": httpx_by_hand,
    "aiohttp by hand": aiohttp_by_hand,
}


def convex_http(url: str) -> Callable[[], Any]:
    """Open the PyPI package's client over HTTP."""
    from convex.http_client import ConvexHttpClient  # noqa: PLC0415

    client = ConvexHttpClient(url)
    return lambda: client.query(TINY_PATH, TINY_ARGS)


def convex_websocket(url: str) -> Callable[[], Any]:
    """Open the PyPI package's client over its WebSocket."""
    from convex import ConvexClient  # noqa: PLC0415

    client = ConvexClient(url)
    return lambda: client.query(TINY_PATH, TINY_ARGS)


THREADED: Final[dict[str, Callable[[str], Callable[[], Any]]]] = {
    "ConvexHttpClient": convex_http,
    "ConvexClient": convex_websocket,
}


class Meter:
    """Counts calls between two moments, and the CPU they took."""

    def __init__(self) -> None:
        self.calls = itertools.count()
        self.started: float | None = None

    def start(self) -> None:
        self.first, self.cpu, self.started = next(self.calls), _cpu(), perf_counter()

    def stop(self) -> dict[str, float]:
        assert self.started is not None
        seconds, cpu = perf_counter() - self.started, _cpu() - self.cpu
        calls = max(next(self.calls) - self.first - 1, 1)
        return {"rate": calls / seconds, "cpu": cpu / calls}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def load(*, peer: str, url: str, in_flight: int, seconds: float) -> None:
    """Call without pause, `in_flight` calls at a time; print the result, and end the process."""
    if peer in THREADED:
        _load_threads(THREADED[peer](url), in_flight, seconds)
    else:
        print(json.dumps(asyncio.run(_load_tasks(ASYNC[peer](url), in_flight, seconds))))


async def _load_tasks(
    opened: AbstractAsyncContextManager[Call], in_flight: int, seconds: float
) -> dict[str, float]:
    meter = Meter()
    done = False

    async def repeat(call: Call) -> None:
        while not done:
            assert await call() == TINY_VALUE
            next(meter.calls)

    async with opened as call, asyncio.TaskGroup() as tasks:
        for _ in range(in_flight):
            tasks.create_task(repeat(call))
        await asyncio.sleep(WARM_UP)
        meter.start()
        await asyncio.sleep(seconds)
        result = meter.stop()
        done = True
    return result


def _load_threads(call: Callable[[], Any], in_flight: int, seconds: float) -> NoReturn:
    meter = Meter()
    lock = threading.Lock()
    begin = perf_counter() + WARM_UP

    def repeat() -> NoReturn:
        while True:
            assert call() == TINY_VALUE
            now = perf_counter()
            with lock:
                next(meter.calls)
                if meter.started is None and now >= begin:
                    meter.start()
                if now >= begin + seconds:
                    # Not in the main thread: one of the peers keeps the interpreter's lock while it
                    # waits, so the main thread may not run again for seconds.
                    print(json.dumps(meter.stop()), flush=True)
                    os._exit(0)

    for _ in range(in_flight):
        threading.Thread(target=repeat, daemon=True).start()
    while True:
        sleep(60)
