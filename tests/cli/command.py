"""The command line as a subprocess, as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["COMMAND", "aioconvex", "environment"]

# Shells start what runs in the background with Ctrl-C ignored, and that is inherited.
SETTING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
COMMAND = [sys.executable, "-c", f"{SETTING}; from aioconvex._cli import main; main()"]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Without colours, and with a cache of its own."""
    own = {"NO_COLOR": "1", "COLUMNS": "100", "AIOCONVEX_CACHE_DIR": str(folder / ".cache")}
    return {**os.environ, **own, **more}


def aioconvex(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
    )
