"""The throughput table: peers side by side, in rounds, against one stub server.

Calls per second swing by a factor of two on a busy machine. So each cell is a process of its own on
one core, the stub is on the other, the peers take turns within a round, ratios are taken within a
round, and what counts is their median. A cell is repeated when other programs ran beside it.
"""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeAlias

from attrs import frozen

from bench.goals import GOALS, Goal, Ratio, Results, cells
from bench.machine import Watch

RESULTS: Final = Path(__file__).parent / "results"
ROOT: Final = Path(__file__).parent.parent
ROUNDS: Final = 9
SECONDS: Final = 0.8
TIME_LIMIT: Final = 180
TRIES: Final = 3
CALM: Final = 0.1  # CPU seconds of others in each second
PEERS: Final = (
    *("aiohttp", "anyio", "convex", "httpcore", "httpx", "orjson", "pydantic", "numpy"),
    "websockets",
)

Cells: TypeAlias = Callable[[Mapping[str, int]], Mapping[str, Mapping[str, Any]]]
"""Every cell by name, with what `bench.cell` is to be told; made from the stub's ports."""


@frozen
class Measured:
    """One number of the table, measured."""

    goal: Goal
    ratio: Ratio
    rounds: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def met(self) -> bool:
        return self.goal.met(self.ratio, self.median)


def throughput(*, quick: bool) -> bool:
    """Measure all of it, print the table and write it; whether every goal is met."""
    seconds = SECONDS / 2 if quick else SECONDS
    rounds = list(measure(3 if quick else ROUNDS, partial(cells, seconds=seconds)))
    table = table_of(GOALS, rounds)
    text = markdown(table, rounds)
    print(f"\n{text}")
    if not quick:
        write("Throughput", table, rounds, text)
    return all(item.met for item in table)


def table_of(goals: list[Goal], rounds: list[Results]) -> list[Measured]:
    """Every number of the table."""
    return [
        Measured(goal, ratio, [ratio.of(results) for results in rounds])
        for goal in goals
        for ratio in goal.ratios
    ]


def measure(rounds: int, cells_on: Cells) -> Generator[Results]:
    """Run every cell once in each round, the second round backwards, and so on."""
    with stub() as (ports, process):
        for number in range(1, rounds + 1):
            todo = list(cells_on(ports).items())
            if number % 2 == 0:
                todo.reverse()
            print(f"round {number} of {rounds}: {len(todo)} cells", flush=True)
            yield {name: undisturbed(given, process) for name, given in todo}


@contextmanager
def stub() -> Generator[tuple[Mapping[str, int], int]]:
    """Run the stub server; its ports by name, and its process."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.stub"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline()), server.pid
        server.communicate()  # closes its standard input, at which it ends


def undisturbed(given: Mapping[str, Any], process: int) -> dict[str, float]:
    """Run a cell until other programs leave it alone, or take the run they left most alone."""
    best: dict[str, float] = {"disturbance": math.inf}
    for _ in range(TRIES):
        watch = Watch(process)
        result = cell(given)
        result["disturbance"] = watch.disturbance()
        best = min(best, result, key=lambda one: one["disturbance"])
        if best["disturbance"] <= CALM:
            break
    return best


def cell(given: Mapping[str, Any]) -> dict[str, float]:
    """Run one cell in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "bench.cell", json.dumps(given)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        timeout=TIME_LIMIT,
        check=True,
    )
    result: dict[str, float] = json.loads(ran.stdout)
    return result


def markdown(table: list[Measured], rounds: list[Results]) -> str:
    """Write the table, and the medians it comes from."""
    lines = [
        "| goal | must | measured (least to most of the rounds) | |",
        "|---|--:|--:|---|",
        *(_row(item) for item in table),
        "",
        "| cell, median | a second | p50 | CPU |",
        "|---|--:|--:|--:|",
        *(_cell_row(name, rounds) for name in rounds[0]),
    ]
    return "\n".join(lines)


def _cell_row(name: str, rounds: list[Results]) -> str:
    def median(metric: str, scale: float, unit: str) -> str:
        found = [results[name][metric] for results in rounds if metric in results[name]]
        return f"{statistics.median(found) * scale:,.0f}{unit}" if found else ""

    rate, p50, cpu = median("rate", 1, ""), median("p50", 1e6, " µs"), median("cpu", 1e6, " µs")
    return f"| {name} | {rate} | {p50} | {cpu} |"


def _row(item: Measured) -> str:
    goal, ratio = item.goal, item.ratio
    label = f": {ratio.label}" if ratio.label else ""
    bound = f"{'≥' if goal.at_least else '≤'} {ratio.bound}"
    spread = f"{min(item.rounds):.2f} to {max(item.rounds):.2f}"
    verdict = "met" if item.met else "**missed**"
    return f"| {goal.text}{label} | {bound} | {item.median:.2f} ({spread}) | {verdict} |"


def others(rounds: list[Results]) -> float:
    """What other programs took of the machine meanwhile."""
    return statistics.median(cell["disturbance"] for results in rounds for cell in results.values())


def write(title: str, table: list[Measured], rounds: list[Results], text: str) -> None:
    """Keep the table as Markdown, and everything it comes from as JSON."""
    RESULTS.mkdir(exist_ok=True)
    setting = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "others": f"{others(rounds):.2f} CPU seconds a second (median)",
        **{name: version(name) for name in PEERS},
    }
    told = ", ".join(f"{name} {value}" for name, value in setting.items())
    head = f"# {title}\n\nWritten by `nox -s bench`: {len(rounds)} rounds; {told}.\n\n"
    (RESULTS / f"{title.lower()}.md").write_text(f"{head}{text}\n", encoding="utf-8")
    numbers = [
        {
            "goal": item.goal.text,
            "part": item.ratio.label,
            "must": item.ratio.bound,
            "at_least": item.goal.at_least,
            "median": item.median,
            "rounds": item.rounds,
            "met": item.met,
        }
        for item in table
    ]
    kept = {"setting": setting, "goals": numbers, "rounds": rounds}
    (RESULTS / f"{title.lower()}.json").write_text(
        json.dumps(kept, indent=1) + "\n", encoding="utf-8"
    )
