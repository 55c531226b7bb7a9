"""Runs the type checkers on one file and says which lines they refuse."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_MYPY_LINE: Final = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+)(?::\d+)?: error: ", re.MULTILINE)


def run(folder: Path, *command: str) -> str:
    """Run a Python module of this environment in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert not done.stderr.strip(), done.stderr
    return done.stdout


def mypy_errors(file: Path, folder: Path) -> set[int]:
    """Lines of `file` that mypy --strict refuses when it runs in `folder`."""
    output = run(folder, "mypy", "--strict", "--no-error-summary", str(file))
    hits = _MYPY_LINE.finditer(output)
    return {int(hit["line"]) for hit in hits if Path(folder, hit["file"]).samefile(file)}


def pyright_errors(file: Path, folder: Path) -> set[int]:
    """Lines of `file` that pyright refuses when it runs in `folder`."""
    command = ("pyright", "--outputjson", "--pythonpath", sys.executable, str(file))
    report = json.loads(run(folder, *command))
    assert report["summary"]["filesAnalyzed"] == 1, report
    found = report["generalDiagnostics"]
    return {item["range"]["start"]["line"] + 1 for item in found if item["severity"] == "error"}


def marked(file: Path, mark: str) -> set[int]:
    """Lines of `file` that end with a mark."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith(mark)}
