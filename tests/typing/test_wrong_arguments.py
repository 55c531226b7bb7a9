"""A wrong argument is an error in mypy and in pyright, and nothing else is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from typing_checkers import marked, mypy_errors, pyright_errors


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """wrong.py where the repository's settings, which leave it out, do not reach."""
    target = tmp_path / "wrong.py"
    shutil.copy(Path(__file__).with_name("wrong.py"), target)
    return target


def test_mypy_refuses_exactly_the_wrong_lines(wrong: Path) -> None:
    """Missing, unknown, positional and ill-typed arguments, unknown results."""
    assert mypy_errors(wrong, wrong.parent) == marked(wrong, "# wrong")


def test_pyright_refuses_exactly_the_wrong_lines(wrong: Path) -> None:
    """The same lines as mypy."""
    assert pyright_errors(wrong, wrong.parent) == marked(wrong, "# wrong")
