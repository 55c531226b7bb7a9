"""How soon the embedded deployment serves: from nothing, and after a file was saved.

A cold start is set against a Node process that bundles the same project and does nothing else, start
by start in turn. Each is measured on esbuild, from the project's npm packages, and on our own
bundler, for a project without any.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import anyio

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.local import _launch as launch
from aioconvex.local._node import find_node

ROOT: Final = Path(__file__).parents[2]
BUNDLE: Final = ROOT / "src/aioconvex/local/server/project/bundle.ts"
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


async def local_start() -> None:
    """Measure and print all of it."""
    print(f"\n{'p50, ms':<24}{'esbuild':>10}{'ours':>10}{'goal':>8}")
    with project_of(npm=True) as esbuild, project_of(npm=False) as ours:
        projects = (esbuild, ours)
        bare, bundled, started = zip(*[await starts(project) for project in projects], strict=True)
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


async def starts(project: Path) -> tuple[float, float, float]:
    """Median milliseconds of a bare Node, of one that bundles the project, and of a deployment."""
    node = [await find_node(), *launch._FLAGS]  # noqa: SLF001  # the flags that the server has
    code = f"await (await import({str(BUNDLE)!r})).bundleProject({str(project)!r})"

    async def bare() -> None:
        await anyio.run_process([*node, "--eval", "0"], stdout=DEVNULL)

    async def bundle() -> None:
        await anyio.run_process([*node, "--input-type=module", "--eval", code], stdout=DEVNULL)

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
