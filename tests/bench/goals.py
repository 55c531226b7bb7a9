"""The goals of the throughput table: each a ratio of cells measured in the same round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from attrs import frozen

Results: TypeAlias = Mapping[str, Mapping[str, float]]
"""One round: the results of each cell, by its name."""

IN_FLIGHT: Final = (1, 10, 100)
BY_HAND: Final = (("aioconvex", "httpx by hand"), ("aioconvex[aiohttp]", "aiohttp by hand"))


@frozen
class Ratio:
    """One number of the table: what it is, its bound, and how a round gives it."""

    label: str
    bound: float
    of: Callable[[Results], float]


@frozen
class Goal:
    """One row of the table; its ratios are all bounded from below, or all from above."""

    text: str
    at_least: bool
    ratios: tuple[Ratio, ...]

    def met(self, ratio: Ratio, measured: float) -> bool:
        """Whether one of its ratios keeps its bound."""
        return measured >= ratio.bound if self.at_least else measured <= ratio.bound


def over(metric: str, above: str, below: str) -> Callable[[Results], float]:
    """The ratio of one metric of two cells."""
    return lambda results: results[above][metric] / results[below][metric]


def tiny(peer: str, in_flight: int, port: str = "instant") -> str:
    """The name of a cell that makes tiny calls."""
    return f"{peer}, {in_flight} in flight, {port}"


def _against_pypi(peer: str, bounds: tuple[float, ...]) -> tuple[Ratio, ...]:
    return tuple(
        Ratio(
            f"{count} in flight",
            bound,
            over("rate", tiny(peer, count), tiny("ConvexHttpClient", count)),
        )
        for count, bound in zip(IN_FLIGHT, bounds, strict=True)
    )


def _against_slow(peer: str, bound: float) -> Ratio:
    ours = tiny("aioconvex[aiohttp]", 100, "slow")
    return Ratio(peer, bound, over("rate", ours, tiny(peer, 100, "slow")))


def _cost_of_int64(results: Results) -> float:
    """Add to the parsing what an int64 in each message adds to a typed decode."""
    added = results["int64_typed"]["cpu"] - results["page_typed"]["cpu"]
    return 1 + added / results["int64_loads"]["cpu"]


GOALS: Final = [
    Goal(
        "calls/s vs PyPI `ConvexHttpClient`, tiny, default transport",
        at_least=True,
        ratios=_against_pypi("aioconvex", (1.6, 1.7, 2.2)),
    ),
    Goal(
        "the same with `[aiohttp]`",
        at_least=True,
        ratios=_against_pypi("aioconvex[aiohttp]", (2.8, 4, 6.5)),
    ),
    Goal(
        "calls/s at 100 over calls/s at 10 in flight, default transport",
        at_least=True,
        ratios=(Ratio("", 0.7, over("rate", tiny("aioconvex", 100), tiny("aioconvex", 10))),),
    ),
    Goal(
        "50 ms server, 100 in flight, calls/s with `[aiohttp]`",
        at_least=True,
        ratios=(_against_slow("ConvexClient", 30), _against_slow("ConvexHttpClient", 3.5)),
    ),
    Goal(
        "untyped tiny call, CPU vs the same transport and orjson written by hand",
        at_least=False,
        ratios=tuple(
            Ratio(
                f"{hand}, {count} in flight",
                1.05,
                over("cpu", tiny(ours, count), tiny(hand, count)),
            )
            for ours, hand in BY_HAND
            for count in (1, 10)
        ),
    ),
    Goal(
        "page of 1,000 messages to typed objects",
        at_least=False,
        ratios=(
            Ratio("vs `orjson.loads` alone", 3.4, over("cpu", "page_typed", "page_loads")),
            Ratio(
                "vs pydantic `model_validate_json`",
                0.85,
                over("cpu", "page_typed", "page_pydantic"),
            ),
        ),
    ),
    Goal(
        "untyped decode vs `orjson.loads`",
        at_least=False,
        ratios=(
            Ratio("no special value", 1.1, over("cpu", "page_untyped", "page_loads")),
            Ratio("an int64 each", 2.8, over("cpu", "int64_untyped", "int64_loads")),
            Ratio("type-directed int64", 1.3, _cost_of_int64),
        ),
    ),
    Goal(
        "100 x 1,536 vectors",
        at_least=False,
        ratios=(
            Ratio(
                "to arrays vs `orjson.loads`", 1.7, over("cpu", "vectors_typed", "vectors_loads")
            ),
            Ratio(
                "encode vs orjson's numpy option",
                1.1,
                over("cpu", "vectors_encoded", "vectors_orjson"),
            ),
        ),
    ),
    Goal(
        "`import aioconvex` vs `import httpx`, without rich and click",
        at_least=False,
        ratios=(Ratio("CPU", 1.5, over("cpu", "import aioconvex", "import httpx")),),
    ),
]

VALUES: Final = (
    "page_pydantic",
    "page_untyped",
    "page_loads",
    "page_typed",
    "int64_typed",
    "int64_loads",
    "int64_untyped",
    "vectors_loads",
    "vectors_typed",
    "vectors_orjson",
    "vectors_encoded",
)
MODULES: Final = ("httpx", "aioconvex")


def cells(ports: Mapping[str, int], seconds: float) -> dict[str, dict[str, Any]]:
    """List every cell by name, with what `bench.cell` is to be told."""
    slow = ("aioconvex[aiohttp]", "ConvexHttpClient", "ConvexClient")
    # What is compared stands side by side, so that it meets the machine in the same mood.
    peers = (
        "httpx by hand",
        "aioconvex",
        "ConvexHttpClient",
        "aioconvex[aiohttp]",
        "aiohttp by hand",
    )
    loads = [
        *((peer, count, "instant") for count in (1, 10) for peer in peers),
        *((peer, 100, "instant") for peer in peers[1:4]),
        *((peer, 100, "slow") for peer in slow),
    ]
    found: dict[str, dict[str, Any]] = {
        tiny(peer, count, port): {
            "of": "load",
            "peer": peer,
            "url": f"http://127.0.0.1:{ports[port]}",
            "in_flight": count,
            "seconds": seconds * (2 if port == "slow" else 1),
        }
        for peer, count, port in loads
    }
    found |= {name: {"of": "value", "name": name, "seconds": seconds} for name in VALUES}
    return found | {f"import {name}": {"of": "import", "name": name} for name in MODULES}
