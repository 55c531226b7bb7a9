"""The live table: clients of live queries side by side, in rounds, against one stub server."""

from __future__ import annotations

from functools import partial
from typing import Final

from bench.live_goals import LIVE_GOALS, live_cells
from bench.throughput import ROUNDS, markdown, measure, table_of, write

QUICK: Final = 0.4


def live(*, quick: bool) -> bool:
    """Measure all of it, print the table and write it; whether every goal is met."""
    rounds = list(
        measure(3 if quick else ROUNDS, partial(live_cells, effort=QUICK if quick else 1))
    )
    table = table_of(LIVE_GOALS, rounds)
    text = markdown(table, rounds)
    print(f"\n{text}")
    if not quick:
        write("Live", table, rounds, text)
    return all(item.met for item in table)


if __name__ == "__main__":
    import sys

    live(quick="--quick" in sys.argv[1:])
