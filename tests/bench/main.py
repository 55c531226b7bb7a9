"""What we claim about speed, measured: `nox -s bench`; with `-- --quick` in fewer rounds.

The exit code is 1 only when the indexed look-up of the embedded deployment misses its ratio: it
compares a call with itself, and holds on any machine. The rest depends on the machine, and is there
to be read.
"""

from __future__ import annotations

import sys

import anyio

from bench.live import live
from bench.local_live import local_live
from bench.local_reads import local_reads
from bench.local_start import local_start
from bench.local_vectors import local_vectors
from bench.throughput import throughput


def main() -> int:
    """Measure everything."""
    quick = "--quick" in sys.argv[1:]
    throughput(quick=quick)
    live(quick=quick)
    anyio.run(local_live)
    local_vectors()
    anyio.run(local_start)
    return 0 if anyio.run(local_reads) else 1


if __name__ == "__main__":
    raise SystemExit(main())
