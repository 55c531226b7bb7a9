"""The command line as a user meets it: what it prints, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.command import aioconvex

SPEC = {
    "url": "https://happy-animal-123.convex.cloud",
    "functions": [
        {
            "identifier": "tasks.js:list",
            "functionType": "Query",
            "visibility": {"kind": "public"},
            "args": {"type": "object", "value": {}},
            "returns": {"type": "array", "value": {"type": "string"}},
        },
        {
            "identifier": "tasks.js:loose",
            "functionType": "Mutation",
            "visibility": {"kind": "public"},
            "args": {"type": "any"},
            "returns": None,
        },
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a saved function spec."""
    (tmp_path / "spec.json").write_text(json.dumps(SPEC))
    return tmp_path


def test_help_teaches() -> None:
    """`--help` names the commands, and a command's shows how it is used."""
    assert "generate" in aioconvex(Path.cwd(), "--help").stdout
    shown = aioconvex(Path.cwd(), "generate", "--help").stdout
    assert "aioconvex generate --project convex --out src/my_app/convex_api" in shown
    assert "--check" in shown


def test_generate_then_check_then_change(folder: Path) -> None:
    """A first run writes, `--check` agrees, a changed spec makes it fail with a diff."""
    options = ("--spec", "spec.json", "--out", "api")

    first = aioconvex(folder, "generate", *options)
    assert (first.returncode, first.stdout) == (0, "")
    assert "2 functions (1 fully typed), 0 tables" in first.stderr
    assert "untyped: tasks:loose: no args validator, no returns validator" in first.stderr
    assert aioconvex(folder, "generate", *options, "--check").returncode == 0

    changed = json.loads(json.dumps(SPEC).replace("tasks.js:list", "tasks.js:all"))
    (folder / "spec.json").write_text(json.dumps(changed))
    check = aioconvex(folder, "generate", *options, "--check")
    assert check.returncode == 1
    assert "-    def list_(self) -> list[str]:" in check.stdout
    assert "+    def all(self) -> list[str]:" in check.stdout or "+    def all_(" in check.stdout
    assert "def list_" in (folder / "api" / "functions" / "tasks.py").read_text()


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (("generate", "--spec", "spec.json"), "say where the bindings go", 2),
        (("generate", "--out", "api"), "say where the functions are, once", 2),
        (("generate", "--out", "api", "--spec", "x", "--project", "y"), "once: --project DIR", 2),
        (("generate", "--out", "api", "--spec", "missing.json"), "missing.json cannot be read", 1),
        (("generate", "--out", "api", "--project", "nowhere"), "no Convex project folder", 1),
        (("generate", "--bogus"), "Unknown option", 2),
        (("dev", "nowhere"), "no Convex project folder", 1),
        (("dev", "--port", "65535"), "for --port", 2),
        (
            ("generate", "--out", "api", "--deployment", "http://127.0.0.1:1"),
            "http://127.0.0.1:1 does not answer",
            1,
        ),
        (
            ("generate", "--out", "api", "--deployment", "http://example.com"),
            "would send credentials in the clear",
            2,
        ),
    ],
)
def test_a_failure_is_one_clear_message(
    folder: Path, arguments: tuple[str, ...], message: str, code: int
) -> None:
    """Exit code 2 for wrong usage, 1 for failure; never a traceback, never half an output."""
    done = aioconvex(folder, *arguments, CONVEX_ADMIN_KEY="local|hunter2")

    assert done.returncode == code
    assert message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    assert not (folder / "api").exists()


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    """The core package alone has the command, which explains itself."""
    code = "import sys; sys.modules['cyclopts'] = None\nfrom aioconvex._cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "pip install 'aioconvex[cli]'" in done.stderr


def test_ctrl_c_while_it_is_loading_ends_it_without_a_traceback(tmp_path: Path) -> None:
    code = """
import sys

class CtrlC:
    def find_spec(self, name, *_):
        if name == "cyclopts":
            raise KeyboardInterrupt

sys.meta_path.insert(0, CtrlC())
from aioconvex._cli import main; main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (130, "")


def test_paths_that_a_terminal_cannot_show_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "Lädchen" / "convex").mkdir(parents=True)

    done = aioconvex(tmp_path / "Lädchen", "doctor", PYTHONIOENCODING="ascii")

    assert "L\\xe4dchen" in done.stdout
    assert "Traceback" not in done.stderr


def test_help_shows_patterns_as_they_are_typed(folder: Path) -> None:
    said = aioconvex(folder, "generate", "--help", COLUMNS="200").stdout

    assert "admin/* or *:list*" in said
