"""Exact search of many vectors, in a cell: its ratio to one matrix product holds on any machine."""

from __future__ import annotations

from typing import Final

from bench.throughput import cell

LIMIT: Final = 2.0


def local_vectors() -> bool:
    """Measure it; whether a repeated query keeps its ratio to one matrix product."""
    result = cell({"of": "vectors"})
    print()
    for name, value in result.items():
        print(f"{name:<20}{value:>10.2f}")
    met = result["ratio"] <= LIMIT
    print(f"a repeated query: at most {LIMIT} matrix products: {'met' if met else 'MISSED'}")
    return met
