"""`dev`, as a process of its own: that is how signals reach it."""

from __future__ import annotations

import signal
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import STDOUT
from typing import TYPE_CHECKING

import anyio
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream
from attrs import frozen

from aioconvex.client import ConvexClient
from aioconvex.errors import ConvexConnectionError, FunctionError, LocalDeploymentError
from aioconvex.local._command import dev

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from anyio.abc import Process

pytestmark = pytest.mark.anyio

SCRIPT = """
import anyio, functools, sys
from aioconvex.local._command import dev

write = functools.partial(print, flush=True)
anyio.run(functools.partial(dev, sys.argv[1], port=0, data=sys.argv[2], write=write), backend=sys.argv[3])
"""
LOGGING = """
import { queryGeneric } from "convex/server";

export const shout = queryGeneric({ handler: () => console.log("hear me") });
export const fail = queryGeneric({ handler: () => { throw new Error("not today"); } });
"""


@frozen
class Terminal:
    """A running `dev` and the lines it wrote."""

    process: Process
    output: BufferedByteReceiveStream

    async def line_with(self, words: str) -> str:
        """Read up to the next line that holds `words`."""
        while True:
            line = (await self.output.receive_until(b"\n", 65536)).decode()
            if words in line:
                return line

    async def rest(self) -> str:
        """Read to the end."""
        text = bytes(self.output.buffer)
        async for chunk in self.output:
            text += chunk
        return text.decode()


@asynccontextmanager
async def running_dev(project: Path, data: Path, backend: str) -> AsyncGenerator[Terminal]:
    command = [sys.executable, "-c", SCRIPT, str(project), str(data), backend]
    async with await anyio.open_process(command, stderr=STDOUT) as process:
        assert process.stdout is not None
        try:
            with anyio.fail_after(30):
                yield Terminal(process, BufferedByteReceiveStream(process.stdout))
        finally:
            with suppress(ProcessLookupError):  # it has ended, as it should
                process.kill()


def save(file: Path, text: str) -> None:
    """Save as editors do: nobody reads the file when it is empty already and not yet written."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


async def test_says_where_it_serves_and_what_functions_log_and_why_they_fail(
    project: Path, tmp_path: Path, anyio_backend: str
) -> None:
    (project / "logging.ts").write_text(LOGGING)

    async with running_dev(project, tmp_path / "data", anyio_backend) as terminal:
        url = (await terminal.line_with("CONVEX_SELF_HOSTED_URL=")).strip().partition("=")[2]
        key_line = await terminal.line_with("admin key")
        async with ConvexClient(url) as client:
            await client.query("logging:shout")
            shout = await terminal.line_with("hear me")
            with pytest.raises(FunctionError):
                await client.query("logging:fail")
        failed = await terminal.line_with("not today")
        terminal.process.terminate()

    assert key_line.split()[-1] == str(tmp_path / "data" / "admin-key")
    assert "local|" not in key_line
    assert "logging:shout" in shout
    assert failed == "[logging:fail] Uncaught Error: not today"


async def test_serves_files_as_they_are_saved_and_shows_what_is_wrong_with_them(
    project: Path, tmp_path: Path, anyio_backend: str
) -> None:
    async with running_dev(project, tmp_path / "data", anyio_backend) as terminal:
        url = (await terminal.line_with("CONVEX_SELF_HOSTED_URL=")).strip().partition("=")[2]
        save(project / "logging.ts", LOGGING)
        await terminal.line_with("Reloaded: 4 functions")
        save(project / "logging.ts", "export const = 1;")
        await terminal.line_with("Not reloaded")
        where = await terminal.line_with("logging.ts:1:14")
        async with ConvexClient(url) as client:
            await client.query("logging:shout")
        terminal.process.terminate()

    assert "Expected identifier" in where


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
async def test_stops_quietly_on_a_signal(
    project: Path, tmp_path: Path, anyio_backend: str, signum: signal.Signals
) -> None:
    async with running_dev(project, tmp_path / "data", anyio_backend) as terminal:
        url = (await terminal.line_with("CONVEX_SELF_HOSTED_URL=")).strip().partition("=")[2]
        await terminal.line_with("admin key")
        terminal.process.send_signal(signum)
        rest = await terminal.rest()

        assert await terminal.process.wait() == 0
    assert "Traceback" not in rest
    with pytest.raises(ConvexConnectionError):
        async with ConvexClient(url) as client:
            await client.query("notes:all")


async def test_a_reader_that_goes_away_ends_it(project: Path, tmp_path: Path) -> None:
    def write(line: str) -> None:
        if line.startswith("CONVEX_SELF_HOSTED_URL"):
            raise BrokenPipeError

    with anyio.fail_after(30):
        await dev(project, port=0, data=tmp_path / "data", write=write)


async def test_raises_what_keeps_it_from_starting(tmp_path: Path) -> None:
    with pytest.raises(LocalDeploymentError) as caught:
        await dev(tmp_path / "missing", port=0, data=tmp_path / "data")

    assert caught.value.code == "NoProject"
