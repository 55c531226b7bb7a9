"""`aioconvex dev` as a user runs it: functions are served, and bindings follow them."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.command import COMMAND, aioconvex, environment

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).parents[2]
SOURCE = """
import { query } from "./_generated/server";
export const NAME = query({ args: {}, handler: async () => null });
"""
SETTINGS = """
[tool.aioconvex.generate]
project = "convex"
out = "api"
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder with a project of one function."""
    (tmp_path / "convex").mkdir()
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    save(tmp_path, "first")
    return tmp_path


def save(folder: Path, name: str) -> None:
    (folder / "convex" / "tasks.ts").write_text(SOURCE.replace("NAME", name))


@contextmanager
def running_dev(folder: Path, *more: str) -> Generator[subprocess.Popen[str]]:
    command = [*COMMAND, "dev", *more, "--port", "0", "--data", "data"]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def wait_for(process: subprocess.Popen[str], *said: str) -> None:
    """Read lines until each of these has been said, in whatever order."""
    assert process.stdout is not None
    left, heard = set(said), ""
    for line in process.stdout:
        heard += line
        left = {words for words in left if words not in line}
        if not left:
            return
    raise AssertionError(f"{left} not said in:\n{heard}")


def test_bindings_follow_what_is_served(app: Path) -> None:
    (app / "pyproject.toml").write_text(SETTINGS)
    with running_dev(app) as process:
        wait_for(process, "CONVEX_SELF_HOSTED_URL=", "watching convex")
        assert "def first" in (app / "api" / "functions" / "tasks.py").read_text()
        save(app, "second")
        wait_for(process, "Reloaded: 1 functions", "files written")
        assert "def second" in (app / "api" / "functions" / "tasks.py").read_text()


def test_without_settings_nothing_is_generated(app: Path) -> None:
    with running_dev(app) as process:
        wait_for(process, "CONVEX_SELF_HOSTED_URL=")
        save(app, "second")
        wait_for(process, "Reloaded: 1 functions")

    assert not (app / "api").exists()


def test_the_project_is_the_one_of_the_settings(app: Path) -> None:
    (app / "convex").rename(app / "backend")
    (app / "pyproject.toml").write_text(SETTINGS.replace('"convex"', '"backend"'))
    with running_dev(app) as process:
        wait_for(process, "CONVEX_SELF_HOSTED_URL=", "CONVEX_SITE_URL=", "watching backend")


def test_bindings_of_another_project_than_the_one_that_is_served_are_left_alone(app: Path) -> None:
    (app / "other").mkdir()
    (app / "pyproject.toml").write_text(SETTINGS)
    with running_dev(app, "other") as process:
        wait_for(
            process, "bindings are not kept up to date: they are those of convex", "CONVEX_SITE"
        )

    assert not (app / "api").exists()


PROVIDERS = """
export default { providers: [{ domain: process.env.ISSUER, applicationID: process.env.APP }] };
"""


def test_a_project_that_needs_variables_is_served_with_them(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are given once, by value or by name; without them it says how."""
    (app / "convex" / "auth.config.ts").write_text(PROVIDERS)
    monkeypatch.setenv("APP", "my-app")
    with running_dev(app) as process:
        wait_for(process, "`aioconvex dev --env`")
    with running_dev(app, "--env", "ISSUER=https://id.example.com", "--env", "APP") as process:
        wait_for(process, "CONVEX_SELF_HOSTED_URL=")
        process.terminate()
        process.wait()
    with running_dev(app) as process:
        wait_for(process, "CONVEX_SELF_HOSTED_URL=")


def test_a_variable_that_the_shell_does_not_have_is_wrong_usage(app: Path) -> None:
    done = aioconvex(app, "dev", "--env", "SURELY_NOT_SET")

    assert done.returncode == 2
    assert "SURELY_NOT_SET is not set; set it, or say SURELY_NOT_SET=VALUE" in done.stderr
