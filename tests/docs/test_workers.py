"""The workers of the cookbook: its functions are deployed, and its code does the jobs."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio
import pytest
from anyio.abc import Process
from anyio.from_thread import start_blocking_portal
from anyio.streams.buffered import BufferedByteReceiveStream

import aioconvex
from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment

pytestmark = pytest.mark.anyio

PAGE = (Path(aioconvex.__file__).parent / "cookbook" / "workers.md").read_text("utf-8")
FUNCTIONS = re.findall(r"^```ts\n// convex/(\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
CODE = "\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
LEASE: Final = 60
SECONDS: Final = 20

SERVICE = (
    CODE
    + """
async def do(task):
    print("begin", task, flush=True)
    if task == "hang":
        await anyio.sleep_forever()
    elif task == "wait":
        await anyio.to_thread.run_sync(input)
    print("end", task, flush=True)

async def service():
    print("ready", flush=True)
    await main(do, workers=2)

import sys
anyio.run(service, backend=sys.argv[1])
"""
)


@pytest.fixture(scope="module")
def jobs_deployment(tmp_path_factory: pytest.TempPathFactory) -> Generator[LocalDeployment]:
    """The page's project."""
    project = tmp_path_factory.mktemp("app") / "convex"
    project.mkdir()
    modules = Path(__file__).parents[2] / "node_modules"
    (project.parent / "node_modules").symlink_to(modules)
    for name, code in FUNCTIONS:
        (project / name).write_text(code)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(LocalDeployment(project)) as deployment,
    ):
        yield deployment


@pytest.fixture
async def client(
    jobs_deployment: LocalDeployment,
    anyio_backend: object,  # noqa: ARG001  # asking for it puts this fixture on the test's loop
) -> AsyncGenerator[ConvexClient]:
    """A client of no jobs."""
    await jobs_deployment.reset()
    with anyio.fail_after(SECONDS):
        async with ConvexClient(jobs_deployment.url) as client:
            yield client


@pytest.fixture
def work() -> Callable[..., Coroutine[Any, Any, None]]:
    """The page's worker."""
    scope: dict[str, Any] = {"__name__": "workers"}
    exec(compile(CODE, "workers.md", "exec"), scope)
    worker: Callable[..., Coroutine[Any, Any, None]] = scope["work"]
    return worker


async def add(client: ConvexClient, *tasks: str) -> None:
    for task in tasks:
        await client.mutation("jobs:add", {"task": task})


async def test_each_job_is_done_exactly_once(
    client: ConvexClient,
    jobs_deployment: LocalDeployment,
    work: Callable[..., Coroutine[Any, Any, None]],
) -> None:
    """By one of several workers in two connections; some jobs are there before, some come later."""
    tasks = [f"task {number}" for number in range(24)]
    finished = Counter[str]()
    busy = most = 0
    all_done = anyio.Event()

    async def do(task: str) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await client.query("jobs:next", {})  # some work, while others may claim
        busy -= 1
        finished[task] += 1
        if len(finished) == len(tasks):
            all_done.set()

    await add(client, *tasks[:12])
    async with (
        ConvexClient(jobs_deployment.url) as other,
        anyio.create_task_group() as workers,
    ):
        for connection in (client, client, other, other):
            workers.start_soon(work, connection, do)
        await add(client, *tasks[12:])
        await all_done.wait()
        workers.cancel_scope.cancel()
    assert finished == Counter(tasks)
    assert most > 1
    assert await client.query("jobs:next", {}) is None


async def test_a_job_that_fails_is_tried_again_and_keeps_nobody_from_the_others(
    client: ConvexClient, work: Callable[..., Coroutine[Any, Any, None]]
) -> None:
    tried = Counter[str]()
    over = anyio.Event()

    async def do(task: str) -> None:
        tried[task] += 1
        if task == "good":
            over.set()
        elif tried[task] < 3 or task == "bad":
            raise ValueError(task)

    await add(client, "bad", "shaky", "good")
    async with anyio.create_task_group() as workers:
        workers.start_soon(work, client, do)
        await over.wait()
        workers.cancel_scope.cancel()
    assert tried == {"bad": 5, "shaky": 3, "good": 1}
    assert await client.query("jobs:next", {}) is None


async def test_who_is_told_to_stop_finishes_the_job_at_hand_and_begins_no_other(
    client: ConvexClient, work: Callable[..., Coroutine[Any, Any, None]]
) -> None:
    begun: list[str] = []
    started, go_on = anyio.Event(), anyio.Event()

    async def do(task: str) -> None:
        begun.append(task)
        started.set()
        await go_on.wait()

    await add(client, "first", "second")
    async with anyio.create_task_group() as workers:
        workers.start_soon(work, client, do)
        await started.wait()
        workers.cancel_scope.cancel()
        go_on.set()
    assert begun == ["first"]
    assert (await client.mutation("jobs:claim", {}))["task"] == "second"


@asynccontextmanager
async def service(
    deployment: LocalDeployment, backend: str
) -> AsyncGenerator[tuple[Process, Callable[[], Awaitable[bytes]]]]:
    """The page's process of workers, and what reads its next line."""
    async with await anyio.open_process(
        [sys.executable, "-c", SERVICE, backend],
        env={**os.environ, "CONVEX_URL": deployment.url},
        stderr=None,
    ) as process:
        assert process.stdout is not None
        said = BufferedByteReceiveStream(process.stdout)
        yield process, partial(said.receive_until, b"\n", 1_000)


async def test_the_job_of_a_killed_worker_is_taken_again_when_its_lease_is_over(
    client: ConvexClient,
    jobs_deployment: LocalDeployment,
    work: Callable[..., Coroutine[Any, Any, None]],
    anyio_backend: str,
) -> None:
    """Not before; and the dead worker's receipt is worth nothing then."""
    await add(client, "hang")
    async with service(jobs_deployment, anyio_backend) as (process, line):
        assert [await line(), await line()] == [b"ready", b"begin hang"]
        process.kill()
    done = anyio.Event()

    async def do(task: str) -> None:
        assert task == "hang"
        done.set()

    async with anyio.create_task_group() as workers:
        workers.start_soon(work, client, do)
        async with client.watch("jobs:next") as upcoming:
            assert await anext(upcoming) is None
        assert not done.is_set()
        await jobs_deployment.advance(LEASE + 1)
        await done.wait()
        workers.cancel_scope.cancel()
    assert await client.query("jobs:next", {}) is None


async def test_a_late_worker_is_told_so(
    client: ConvexClient, jobs_deployment: LocalDeployment
) -> None:
    """By `done`, which does nothing then; nor does `release`."""
    assert await client.mutation("jobs:claim", {}) is None
    await add(client, "slow")
    held = await client.mutation("jobs:claim", {})
    late = {"job": held["job"], "claim": held["claim"]}
    await jobs_deployment.advance(LEASE + 1)
    await jobs_deployment.wait_idle()
    again = await client.mutation("jobs:claim", {})
    assert (again["task"], again["claim"]) == ("slow", 2)
    await client.mutation("jobs:release", late)
    assert not await client.mutation("jobs:done", late)
    assert await client.mutation("jobs:done", {"job": again["job"], "claim": again["claim"]})


async def test_a_signal_stops_the_process_when_its_job_is_done(
    client: ConvexClient, jobs_deployment: LocalDeployment, anyio_backend: str
) -> None:
    await add(client, "wait")
    async with service(jobs_deployment, anyio_backend) as (process, line):
        assert [await line(), await line()] == [b"ready", b"begin wait"]
        process.send_signal(signal.SIGTERM)
        assert process.stdin is not None
        await process.stdin.send(b"\n")
        assert await line() == b"end wait"
        assert await process.wait() == 0
    assert await client.query("jobs:next", {}) is None
