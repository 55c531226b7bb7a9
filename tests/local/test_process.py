"""The process protocol against servers that misbehave: small scripts in the server's place."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import anyio
import pytest

from aioconvex.errors import LocalDeploymentError
from aioconvex.local import _process
from aioconvex.local._node import find_node
from aioconvex.local._process import serve

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

READY = """
console.log(JSON.stringify({
  ready: true, url: "http://127.0.0.1:1", siteUrl: "http://127.0.0.1:2", adminKey: "local|5ec2e7",
}));
"""
UNTIL_STDIN_CLOSES = "process.stdin.resume(); process.stdin.on('end', () => process.exit(0));"
FOR_EVER = "setInterval(() => {}, 1000); process.on('SIGTERM', () => {});"


async def node(script: str) -> list[str]:
    return [await find_node(), "--eval", script]


def assert_gone(pid: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_serves_until_the_block_ends() -> None:
    async with serve(await node(READY + UNTIL_STDIN_CLOSES)) as server:
        assert server.ready.url == "http://127.0.0.1:1"
        assert server.ready.site_url == "http://127.0.0.1:2"
        assert server.ready.admin_key == "local|5ec2e7"
        os.kill(server.pid, 0)

    assert_gone(server.pid)


async def test_never_shows_the_admin_key() -> None:
    async with serve(await node(READY + UNTIL_STDIN_CLOSES)) as server:
        assert "5ec2e7" not in repr(server)
        assert "5ec2e7" not in repr(server.ready)


async def test_raises_what_the_server_says() -> None:
    script = """
    console.log(JSON.stringify({ready: false, code: "BundleFailed", message: "a.ts:1:2: no"}));
    process.exit(1);
    """

    with pytest.raises(LocalDeploymentError) as caught:
        async with serve(await node(script)):
            pass

    assert caught.value.code == "BundleFailed"
    assert str(caught.value) == "a.ts:1:2: no"


async def test_quotes_the_last_lines_of_a_server_that_dies_while_starting() -> None:
    script = "console.error('one\\ntwo'); process.exitCode = 7;"

    with pytest.raises(LocalDeploymentError) as caught:
        async with serve(await node(script)):
            pass

    assert caught.value.code == "ServerStopped"
    assert "stopped while starting (exit code 7)" in str(caught.value)
    assert str(caught.value).endswith("Its last lines:\n  one\n  two")


async def test_refuses_a_first_line_that_is_none_of_the_protocol() -> None:
    with pytest.raises(LocalDeploymentError) as caught:
        async with serve(await node("console.log('local|5ec2e7'); " + UNTIL_STDIN_CLOSES)):
            pass

    assert caught.value.code == "BadReadyLine"
    assert "5ec2e7" not in str(caught.value)


async def test_reads_all_output_so_that_the_server_never_blocks() -> None:
    script = """
    const line = "x".repeat(999);
    for (let i = 0; i < 1000; i++) { console.error(line); console.log(line); }
    console.error("done");
    """
    lines: list[str] = []

    async with serve(await node(READY + script), lines.append) as server:
        await server.wait_stopped()

    assert len(lines) == 1001
    assert lines[-1] == "done"


async def test_says_how_the_server_stopped() -> None:
    said_bye = anyio.Event()
    script = READY + "console.error('bye');" + FOR_EVER

    async with serve(await node(script), lambda _line: said_bye.set()) as server:
        await said_bye.wait()
        os.kill(server.pid, signal.SIGKILL)
        error = await server.wait_stopped()

    assert error.code == "ServerStopped"
    assert "stopped (signal 9)" in str(error)
    assert str(error).endswith("bye")


async def test_kills_a_server_that_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_process, "_EXIT_SECONDS", 0.1)

    async with serve(await node(READY + FOR_EVER)) as server:
        pass

    assert_gone(server.pid)


async def test_ends_although_a_grandchild_holds_the_pipes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(_process, "_DRAIN_SECONDS", 0.1)
    script = f"""
    const options = {{stdio: ["ignore", "inherit", "inherit"], detached: true}};
    const child = require("node:child_process").spawn("sleep", ["60"], options);
    require("node:fs").writeFileSync("{tmp_path}/pid", String(child.pid));
    """

    async with serve(await node(script + READY + UNTIL_STDIN_CLOSES)) as server:
        pass

    assert_gone(server.pid)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


async def test_cancelled_while_starting_leaves_no_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_process, "_EXIT_SECONDS", 0.1)
    lines: list[str] = []

    with anyio.CancelScope() as scope:

        def cancel(line: str) -> None:
            lines.append(line)
            scope.cancel()

        async with serve(await node("console.error(process.pid);" + FOR_EVER), cancel):
            pytest.fail("the server never said that it is ready")

    assert scope.cancelled_caught
    assert_gone(int(lines[0]))


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.003, 0.01, 0.03])
async def test_cancelled_at_any_moment_ends_at_once(tmp_path: Path, seconds: float) -> None:
    script = f"require('node:fs').writeFileSync('{tmp_path}/pid', String(process.pid));"
    command = await node(script + UNTIL_STDIN_CLOSES)

    with anyio.move_on_after(seconds):
        async with serve(command):
            pass

    if (tmp_path / "pid").exists():
        assert_gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("raised", [ValueError("mine"), KeyboardInterrupt()])
async def test_lets_the_blocks_own_exception_out_unwrapped(raised: BaseException) -> None:
    with pytest.raises(type(raised)) as caught:
        async with serve(await node(READY + UNTIL_STDIN_CLOSES)):
            raise raised

    assert caught.value is raised
