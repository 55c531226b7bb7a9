"""Imports: CPU seconds beyond those of a bare interpreter."""

from __future__ import annotations

import os
import sys
from typing import Final

# httpx imports these for its command line where they happen to be installed.
BLOCK: Final = "import sys; sys.modules.update(dict.fromkeys(('click', 'pygments', 'rich')));"
# What a program that does not use them shall not pay for.
LAZY: Final = ("aiohttp", "asyncio", "cattrs", "httpx", "numpy", "trio", "websockets")
CHECK: Final = f"loaded = set({LAZY}) & set(sys.modules); sys.exit(str(loaded) if loaded else 0)"
REPEAT: Final = 3


def import_cell(*, name: str) -> dict[str, float]:
    """The least of a few imports, each in a fresh interpreter."""
    assert name != "aioconvex" or not _run(f"{BLOCK} import {name}; {CHECK}")[0]
    bare = min(_run("pass")[1] for _ in range(REPEAT))
    return {"cpu": min(_run(f"{BLOCK} import {name}")[1] for _ in range(REPEAT)) - bare}


def _run(code: str) -> tuple[int, float]:
    """Run code in another interpreter: its exit status, and its CPU seconds."""
    child = os.posix_spawn(sys.executable, [sys.executable, "-I", "-c", code], os.environ)
    _, status, used = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
