"""How much of the benchmark's cores other programs take, from Linux's own counts."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter
from typing import Final

TICK: Final = 1 / os.sysconf("SC_CLK_TCK")


def busy() -> float:
    """CPU seconds that all programs have used on all cores."""
    counts = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0].split()
    return sum(map(int, counts[1:4])) * TICK  # user, nice, system


def used_by(process: int) -> float:
    """CPU seconds that a process has used."""
    counts = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(counts[11]) + int(counts[12])) * TICK


class Watch:
    """What others take of the machine from now on."""

    def __init__(self, server: int) -> None:
        self.server = server
        self.own = self._own()
        self.busy, self.started = busy(), perf_counter()

    def disturbance(self) -> float:
        """CPU seconds of others in each second."""
        others = busy() - self.busy - (self._own() - self.own)
        return max(others / (perf_counter() - self.started), 0.0)

    def _own(self) -> float:
        """CPU seconds of the server, of this process, and of the cells that have ended."""
        times = os.times()
        ours = times.user + times.system + times.children_user + times.children_system
        return used_by(self.server) + ours
