"""Importing the package costs little: the generated classes load when they are needed."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import sys
import aioconvex.mastra
print(*(name for name in sys.modules if name.startswith("aioconvex.mastra._generated.")))
print(*(name for name in sys.modules if name.startswith("numpy")))
"""


def test_neither_generated_classes_nor_numpy_are_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
