"""`aioconvex mastra export` and `import`: killed in the middle, nothing is lost and nothing twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Final

import pytest

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.mastra import BulkConvex
from cli.command import aioconvex, environment

# Commands block the thread they are called in: one event loop is enough.
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

COUNT: Final = 3_000
T: Final = "2026-01-02T03:04:05.678Z"


@pytest.fixture
async def client(convex_deployment: LocalDeployment) -> AsyncGenerator[ConvexClient]:
    """Some thousand messages in a thread."""
    await convex_deployment.reset()
    async with ConvexClient(convex_deployment.url) as client:
        yield client


async def fill(client: ConvexClient, count: int = COUNT) -> None:
    for start in range(0, count, 1_000):
        rows = [
            {"id": f"m-{n}", "thread_id": "t", "content": f'"{n}"', "role": "user", "type": "v2",
             "createdAt": T}
            for n in range(start, start + 1_000)
        ]  # fmt: skip
        request = {"op": "batchInsert", "tableName": "mastra_messages", "records": rows}
        await client.mutation("mastra/storage:handle", request)


# The command, which kills itself when it has told of some steps with messages: at a time that no
# scheduler decides on.
KILLING: Final = """
import os, signal, sys
from aioconvex._cli import _output, main

left = int(sys.argv.pop(1))
tell = _output.Output.event

def event(self, name, **details):
    global left
    tell(self, name, **details)
    left -= details.get("file") == "messages.jsonl"
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

_output.Output.event = event
main()
"""


def killed_after(
    steps: int, folder: Path, deployment: LocalDeployment, *arguments: str
) -> list[dict[str, Any]]:
    """Run the command until it is killed; what it had told."""
    done = subprocess.run(
        [sys.executable, "-c", KILLING, str(steps), "mastra", *arguments, "--json"],
        cwd=folder,
        env=environment(folder, CONVEX_URL=deployment.url),
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def run(folder: Path, deployment: LocalDeployment, *arguments: str) -> list[dict[str, Any]]:
    done = aioconvex(folder, "mastra", *arguments, "--json", CONVEX_URL=deployment.url)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


async def test_killed_runs_go_on_where_they_were(
    client: ConvexClient, convex_deployment: LocalDeployment, tmp_path: Path
) -> None:
    """Export and import, each killed on its way, give what one export gives."""
    await fill(client)
    await BulkConvex(client=client).export_to(tmp_path / "whole")
    whole = contents(tmp_path / "whole")
    assert len(set(whole["messages.jsonl"].splitlines())) == COUNT

    told = killed_after(2, tmp_path, convex_deployment, "export", "a")
    assert 0 < told[-1]["rows"] < COUNT
    assert run(tmp_path, convex_deployment, "export", "a")[-1]["rows"] == COUNT
    assert contents(tmp_path / "a") == whole

    await convex_deployment.reset()
    told = killed_after(4, tmp_path, convex_deployment, "import", "a")
    assert 0 < told[-1]["rows"] < COUNT
    assert run(tmp_path, convex_deployment, "import", "a")[-1]["rows"] == COUNT
    assert contents(tmp_path / "a") == whole

    await BulkConvex(client=client).export_to(tmp_path / "b")
    assert contents(tmp_path / "b") == whole


async def test_failures_are_told_with_what_to_do(
    convex_deployment: LocalDeployment, tmp_path: Path
) -> None:
    """Wrong rows, a folder that is none, a guarded deployment; never a traceback."""
    (tmp_path / "messages.jsonl").write_text("{}\n")
    done = aioconvex(tmp_path, "mastra", "import", ".", CONVEX_URL=convex_deployment.url)
    assert done.returncode == 1
    assert "messages.jsonl, line 1: id, thread_id," in done.stderr
    assert "run the same command again" in done.stderr

    done = aioconvex(tmp_path, "mastra", "import", "nowhere", CONVEX_URL=convex_deployment.url)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "nowhere" in done.stderr

    without = dict.fromkeys(("CONVEX_URL", "CONVEX_SELF_HOSTED_URL"), "")
    done = aioconvex(tmp_path, "mastra", "export", "a", **without)
    assert (done.returncode, "CONVEX_URL" in done.stderr) == (2, True)


async def test_the_credentials_are_those_of_the_environment(
    client: ConvexClient, convex_deployment: LocalDeployment, tmp_path: Path
) -> None:
    """A secret, or the admin's key; nothing of them is printed."""
    await fill(client, 1_000)
    url = convex_deployment.url
    await convex_deployment.set_env(MASTRA_ACCESS_SECRET="open sesame")
    try:
        denied = aioconvex(tmp_path, "mastra", "export", "a", "--deployment", url)
        assert (denied.returncode, "MASTRA_ACCESS_SECRET" in denied.stderr) == (1, True)
        for name, value in {
            "MASTRA_ACCESS_SECRET": "open sesame",
            "CONVEX_ADMIN_KEY": convex_deployment.admin_key,
        }.items():
            done = aioconvex(
                tmp_path, "mastra", "export", name, "--deployment", url, **{name: value}
            )
            assert done.returncode == 0, done.stderr
            assert f"1000 rows in 3 files are in {name}" in done.stderr
            assert value not in done.stdout + done.stderr
    finally:
        await convex_deployment.set_env(MASTRA_ACCESS_SECRET=None)
