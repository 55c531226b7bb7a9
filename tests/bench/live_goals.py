"""The goals of the live table: each a ratio of cells measured in the same round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bench.goals import Goal, Ratio, over
from bench.live_cells import UVLOOP

OURS: Final = "aioconvex"
BY_HAND: Final = "websockets by hand"
NPM: Final = "npm convex"
PYPI: Final = "PyPI convex"
PEERS: Final = (BY_HAND, OURS, NPM, PYPI)
FLOOR: Final = "bare asyncio"
ON_UVLOOP: Final = (BY_HAND + UVLOOP, OURS + UVLOOP)

LATENCY: Final = "mutation to value"
SMALL: Final = "10 KB values"
LARGE: Final = "1 MB values"
MUTATIONS: Final = "mutations, 100 in flight"

SMALL_ROWS: Final = 12
LARGE_ROWS: Final = 1_200


def cell(peer: str, what: str) -> str:
    """The name of a cell."""
    return f"{peer}, {what}"


def _against(
    metric: str, what: str, bounds: Mapping[str, float], *, ours: str = OURS
) -> tuple[Ratio, ...]:
    ours = cell(ours, what)
    return tuple(
        Ratio(f"vs {peer}", bound, over(metric, ours, cell(peer, what)))
        for peer, bound in bounds.items()
    )


LIVE_GOALS: Final = [
    Goal(
        "from a mutation to its value, p50",
        at_least=False,
        ratios=_against("p50", LATENCY, {BY_HAND: 1.4, NPM: 1.0, PYPI: 0.75}),
    ),
    Goal(
        "from a mutation to its value, p50, on uvloop",
        at_least=False,
        ratios=_against("p50", LATENCY, {BY_HAND + UVLOOP: 1.4, NPM: 1.0}, ours=OURS + UVLOOP),
    ),
    Goal(
        "10 KB values a second",
        at_least=True,
        ratios=_against("rate", SMALL, {BY_HAND: 0.7, NPM: 1.8, PYPI: 4}),
    ),
    Goal(
        "1 MB values, CPU",
        at_least=False,
        ratios=_against("cpu", LARGE, {NPM: 0.5, PYPI: 0.08}),
    ),
    Goal(
        "mutations a second, 100 in flight",
        at_least=True,
        ratios=_against("rate", MUTATIONS, {PYPI: 1.5}),
    ),
]


def live_cells(ports: Mapping[str, int], effort: float) -> dict[str, dict[str, Any]]:
    """List every cell by name, with what `bench.cell` is to be told.

    Args:
        ports: of the stub.
        effort: 1 for the counts of a full run.
    """

    def times(full: int) -> int:
        return max(int(full * effort), 10)

    kinds: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
        LATENCY: (
            (*PEERS, *ON_UVLOOP, FLOOR),
            {"what": "latency", "warm": 200, "times": times(2_000)},
        ),
        SMALL: (PEERS, _stream(SMALL_ROWS, warm=300, values=times(4_000))),
        LARGE: (PEERS, _stream(LARGE_ROWS, warm=5, values=times(40))),
        MUTATIONS: (
            (OURS, NPM, PYPI),
            {"what": "mutations", "in_flight": 100, "warm": 500, "times": times(4_000)},
        ),
    }
    url = f"http://127.0.0.1:{ports['instant']}"
    return {
        cell(peer, kind): {"of": "live", "peer": peer, "url": url, **given}
        for kind, (peers, given) in kinds.items()
        for peer in peers
    }


def _stream(rows: int, *, warm: int, values: int) -> dict[str, Any]:
    return {"what": "stream", "size": rows, "warm": warm, "values": warm + values}
