"""How soon the embedded deployment serves: from nothing, and after a file was saved.

A cold start is set against a Node process that bundles the same project and does nothing else, start
by start in turn. Each is measured on esbuild, from the project's npm packages, and on our own
bundler, for a project without any.

Both run the server's JavaScript, as wheels carry it. Nothing else is kept from one start to the next
but what the operating system has read.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, run
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final
from unittest.mock import patch

import anyio

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.local import _launch as launch
from aioconvex.local._node import find_node

ROOT: Final = Path(__file__).parents[2]
LOCAL: Final = ROOT / "src/aioconvex/local"
STARTS: Final = 9
SAVES: Final = 20
START_LIMIT: Final = 2.0
RELOAD_LIMIT_MS: Final = 500
ANSWER: Final = """
import {{ query }} from "./_generated/server";
export const get = query({{ args: {{}}, handler: () => {number} }});
"""


@contextmanager
def project_of(*, npm: bool) -> Generator[Path]:
    """A copy of the functions in convex/, with the repository's npm packages or without any."""
    with TemporaryDirectory() as folder:
        if npm:
            Path(folder, "node_modules").symlink_to(ROOT / "node_modules")
        yield shutil.copytree(ROOT / "convex", Path(folder, "convex"))


@contextmanager
def built(node: str) -> Generator[Path]:
    """The server as wheels carry it, which this process's deployments run meanwhile."""
    with TemporaryDirectory() as folder:
        server = Path(folder, "server")
        run([node, LOCAL / "build.mjs", server], check=True)
        Path(folder, "vendor").symlink_to(LOCAL / "vendor")
        with patch.object(launch, "_SERVER", server):
            yield server


async def local_start() -> None:
    """Measure and print all of it."""
    print(f"\n{'p50, ms':<24}{'esbuild':>10}{'ours':>10}{'goal':>8}")
    node = await find_node()
    with built(node) as server, project_of(npm=True) as esbuild, project_of(npm=False) as ours:
        projects = (esbuild, ours)
        times = [await starts(node, server, project) for project in projects]
        bare, bundled, started = zip(*times, strict=True)
        reloads = [await saves(project) for project in projects]
    show("bare Node", bare)
    show("Node that only bundles", bundled)
    show("cold start", started)
    ratios = [cold / least for cold, least in zip(started, bundled, strict=True)]
    print(f"{'cold start over that':<24}{ratios[0]:>10.2f}{ratios[1]:>10.2f}{START_LIMIT:>8}")
    show("file saved to served", reloads, RELOAD_LIMIT_MS)


def show(name: str, milliseconds: tuple[float, ...] | list[float], goal: object = "") -> None:
    """Print a row."""
    print(f"{name:<24}{milliseconds[0]:>10.0f}{milliseconds[1]:>10.0f}{goal:>8}")


async def starts(node: str, server: Path, project: Path) -> tuple[float, float, float]:
    """Median milliseconds of a bare Node, of one that bundles the project, and of a deployment."""
    load = f"require({str(server / 'modules.cjs')!r})"
    code = f"{load}('project/bundle.ts').bundleProject({str(project)!r})"

    async def bare() -> None:
        await anyio.run_process([node, "--eval", "0"], stdout=DEVNULL)

    async def bundle() -> None:
        await anyio.run_process([node, "--no-warnings", "--eval", code], stdout=DEVNULL)

    rounds = [(await took(bare), await took(bundle), await start(project)) for _ in range(STARTS)]
    bare_ms, bundle_ms, start_ms = (statistics.median(times) for times in zip(*rounds, strict=True))
    return bare_ms, bundle_ms, start_ms


async def start(project: Path) -> float:
    """Milliseconds until a deployment serves; it ends outside of them."""
    before = perf_counter()
    async with LocalDeployment(project):
        return (perf_counter() - before) * 1000


async def took(action: Callable[[], Awaitable[None]]) -> float:
    """Milliseconds of one run."""
    before = perf_counter()
    await action()
    return (perf_counter() - before) * 1000


async def saves(project: Path) -> float:
    """Median milliseconds from saving a file to having a live query's new result."""
    file = project / "answer.ts"
    file.write_text(ANSWER.format(number=0))
    times: list[float] = []
    async with (
        launch.Launch(project=project, watch=True).running() as server,
        ConvexClient(server.ready.url) as client,
        client.watch("answer:get", {}) as live,
    ):
        assert await anext(live) == 0
        for number in range(1, SAVES + 1):
            before = perf_counter()
            file.write_text(ANSWER.format(number=number))
            assert await anext(live) == number
            times.append(perf_counter() - before)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    anyio.run(local_start)
