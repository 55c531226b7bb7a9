"""Through hundreds of lost connections: each mutation once and in order, each reader up to date."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import anyio
import pytest
from attrs import define, field

from aioconvex import ConvexClient
from live.fault_proxy import FATAL, FaultProxy, Kind, schedule
from live.quick import hurry
from live.restarts import Restartable

pytestmark = pytest.mark.anyio

LEDGER = Path(__file__).parent / "fixtures" / "ledger" / "convex"
MUTATIONS = 10_000
LANES = 20
FAULTS = 300
RESTARTS = 4  # two of them by SIGKILL
GAP = 14_000  # bytes between faults, on average
TOKEN_SECONDS = 3.0
WRITER = "ada"
SECONDS = 240


@define
class Lane:
    """One after the other, and a reader that must see every count."""

    name: str
    seen: list[float] = field(factory=list)
    answers: list[float] = field(factory=list)
    finished: anyio.Event = field(factory=anyio.Event)

    async def write(self, client: ConvexClient, order: count[int], number: int) -> None:
        live = client.live()
        for one in range(1, number + 1):
            entry = {"lane": self.name, "number": one, "order": next(order)}
            self.answers.append(await live.mutation("ledger:append", entry))

    async def read(self, client: ConvexClient, until: int) -> None:
        async with client.watch("ledger:count", {"lane": self.name}).every() as live:
            async for value in live:
                self.seen.append(value)
                if value >= until:
                    break
        self.finished.set()


@define
class CachedTokens:
    """A provider that, as many SDKs do, gives its token again until it expires or cannot be good.

    So it does not help to ask it in time: tokens expire while they are in use.
    """

    deployment: Restartable
    made: int = 0
    _token: str = ""
    _made_at: float = 0.0
    _restarts: int = 0

    async def __call__(self, *, force_refresh: bool) -> str:  # noqa: ARG002  # it knows when to
        now, restarts = anyio.current_time(), self.deployment.restarts
        is_old = now >= self._made_at + TOKEN_SECONDS or restarts != self._restarts
        if not self._token or is_old:
            self._token = await self.deployment.mint_token(WRITER, TOKEN_SECONDS)
            self._made_at, self._restarts = now, restarts
            self.made += 1
        return self._token


async def newest(client: ConvexClient, until: int, seen: list[float]) -> None:
    """A reader that is content with the newest total."""
    async with client.watch("ledger:total") as live:
        async for value in live:
            seen.append(value)
            if value >= until:
                return


def descriptors() -> Counter[str]:
    """How many open descriptors there are of each kind."""
    kinds: Counter[str] = Counter()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists the folder
            kinds[str(entry.readlink()).partition(":")[0]] += 1
    return kinds


@asynccontextmanager
async def nothing_left_behind() -> AsyncGenerator[None]:
    """After the block there are the tasks and descriptors that there were before."""

    def held() -> tuple[Counter[str | None], Counter[str]]:
        gc.collect()
        return Counter(task.name for task in anyio.get_running_tasks()), descriptors()

    before = held()
    yield
    assert held() == before


async def test_mutations_through_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10,000 mutations, 300 faults and more: nothing twice, nothing lost, nothing out of order."""
    hurry(monkeypatch, pause=0.005, silence=0.4)
    deployment = Restartable(LEDGER, tmp_path / "data")
    lanes = [Lane(f"lane-{number}") for number in range(LANES)]
    totals: list[float] = []
    started = perf_counter()

    with anyio.fail_after(SECONDS):
        async with deployment.running():
            proxy = FaultProxy(deployment.port, schedule(20261124, gap=GAP))
            tokens = CachedTokens(deployment)
            async with (
                nothing_left_behind(),
                proxy.running(),
                ConvexClient(proxy.url, auth=tokens) as client,
            ):
                await work(client, deployment, lanes, totals)
            report(proxy, deployment, tokens, perf_counter() - started)
            async with ConvexClient(f"http://127.0.0.1:{deployment.port}") as client:
                entries = [
                    await client.query("ledger:entries", {"lane": lane.name}) for lane in lanes
                ]

    numbers = [float(number) for number in range(1, MUTATIONS // LANES + 1)]
    for lane, written in zip(lanes, entries, strict=True):
        assert [number for _, number, _, _ in written] == numbers
        assert {writer for *_, writer in written} == {WRITER}
        assert lane.answers == numbers
        assert lane.seen in (numbers, [0.0, *numbers])
    in_time = sorted(entry for written in entries for entry in written)
    assert [order for _, _, order, _ in in_time] == list(range(MUTATIONS))
    assert totals == sorted(set(totals))
    assert totals[-1] == MUTATIONS
    assert proxy.struck.total() + deployment.restarts >= FAULTS
    assert set(proxy.struck) == set(Kind)
    assert tokens.made > 1 + deployment.restarts  # some expired


async def work(
    client: ConvexClient, deployment: Restartable, lanes: list[Lane], totals: list[float]
) -> None:
    """Let every lane write and read, and restart the deployment now and then."""
    order = count()
    each = MUTATIONS // len(lanes)

    async def restart_now_and_then() -> None:
        async with client.watch("ledger:total") as live:
            due = MUTATIONS // (RESTARTS + 1)
            async for total in live:
                if total >= due:
                    await deployment.restart(kill=deployment.restarts % 2 == 0)
                    due = (deployment.restarts + 1) * MUTATIONS // (RESTARTS + 1)
                    if deployment.restarts == RESTARTS:
                        return

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(restart_now_and_then)
        tasks.start_soon(newest, client, MUTATIONS, totals)
        for lane in lanes:
            tasks.start_soon(lane.read, client, each)
            tasks.start_soon(lane.write, client, order, each)


def report(
    proxy: FaultProxy, deployment: Restartable, tokens: CachedTokens, seconds: float
) -> None:
    """Show what happened (`pytest -s`)."""
    struck: dict[str, Any] = {kind.name.lower(): proxy.struck[kind] for kind in Kind}
    fatal = sum(proxy.struck[kind] for kind in FATAL)
    print(  # noqa: T201
        f"\n{MUTATIONS} mutations in {seconds:.1f} s through {proxy.struck.total()} faults "
        f"({fatal} of them fatal: {struck}), {deployment.restarts} restarts, {tokens.made} tokens, "
        f"{proxy.connections} connections"
    )
