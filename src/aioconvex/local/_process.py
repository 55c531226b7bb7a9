"""The server's process, from its start to its end, whatever happens to us or to it.

The protocol: the server writes one JSON line to stdout when it serves or has failed to, writes
lines for people to stderr, and exits when its stdin closes, which the operating system does for
us when we die.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from collections import deque
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
import anyio.to_thread
from anyio import BrokenResourceError, CancelScope
from attrs import define, field, frozen

from aioconvex.errors import LocalDeploymentError

from ._tasks import background_tasks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from anyio.abc import ByteReceiveStream, ByteSendStream, Process

__all__ = ["Ready", "Server", "log_line", "serve"]

_LOGGER: Final = logging.getLogger("aioconvex.local")
_EXIT_SECONDS: Final = 3.0  # the server promises 2
_DRAIN_SECONDS: Final = 1.0
_REMEMBERED_LINES: Final = 20


def log_line(line: str) -> None:
    """Pass a line of the server's stderr to `logging`, under `aioconvex.local`."""
    _LOGGER.info("%s", line)


@frozen
class Ready:
    """What the server said when it began to serve."""

    url: str
    site_url: str
    admin_key: str = field(repr=False)


@define(eq=False)
class Server:
    """A server process that belongs to the block of `serve`."""

    ready: Ready
    _process: Process = field(repr=False)
    _outputs: _Outputs = field(repr=False)

    @property
    def pid(self) -> int:
        """The process id, for signals."""
        return self._process.pid

    async def wait_stopped(self) -> LocalDeploymentError:
        """Wait until the process has ended, and say how; from any event loop."""
        await self._outputs.wait_ended()
        return _stopped("stopped", self._process, self._outputs)


@define(eq=False)
class _Outputs:
    """Reads both output streams to their ends, always: a full pipe would block the server."""

    write: Callable[[str], None]
    first_line: str | None = None
    first_line_read: anyio.Event = field(factory=anyio.Event)
    last_lines: deque[str] = field(factory=lambda: deque[str](maxlen=_REMEMBERED_LINES))
    scope: CancelScope = field(factory=lambda: CancelScope(shield=True))
    _ended: threading.Event = field(factory=threading.Event)

    async def read(self, process: Process) -> None:
        """Read until the process has ended and said all, or `scope` is cancelled."""
        try:
            with self.scope:
                async with anyio.create_task_group() as tasks:
                    # We asked for pipes, so both streams are there.
                    tasks.start_soon(self._read_stdout, cast("ByteReceiveStream", process.stdout))
                    tasks.start_soon(self._read_stderr, cast("ByteReceiveStream", process.stderr))
                    await process.wait()
        finally:
            self._ended.set()

    async def wait_ended(self) -> None:
        """Wait until `read` is over; from any event loop."""
        # An abandoned thread ends with the server: `read` sets the event in any case.
        await anyio.to_thread.run_sync(self._ended.wait, abandon_on_cancel=True)

    async def _read_stdout(self, stream: ByteReceiveStream) -> None:
        await _each_line(stream, self._say)
        self.first_line_read.set()

    async def _read_stderr(self, stream: ByteReceiveStream) -> None:
        await _each_line(stream, self._remember)

    def _say(self, line: str) -> None:
        if self.first_line is None:
            self.first_line = line
            self.first_line_read.set()

    def _remember(self, line: str) -> None:
        self.last_lines.append(line)
        self.write(line)


@asynccontextmanager
async def serve(
    command: Sequence[str], write: Callable[[str], None] = log_line, *, first_line: str = ""
) -> AsyncGenerator[Server]:
    """Run the server for the length of the block; no process outlives it.

    `write` gets each line of the server's stderr; it must neither raise nor wait. `first_line` goes
    to its stdin, which afterwards only stays open.

    Raises:
        LocalDeploymentError: the server could not start; `code` and `message` are its own words.
    """
    async with background_tasks() as tasks:
        # Cancelled in the middle of this, asyncio would lose the process.
        tasks.cancel_scope.shield = True
        # A session of its own keeps Ctrl-C from the server: we end it, in order.
        process = await anyio.open_process(command, start_new_session=True)
        tasks.cancel_scope.shield = False
        outputs = _Outputs(write)
        tasks.start_soon(outputs.read, process)
        try:
            with suppress(BrokenResourceError, OSError):  # it has ended; its output says why
                await cast("ByteSendStream", process.stdin).send(f"{first_line}\n".encode())
            yield Server(await _ready(process, outputs), process, outputs)
        finally:
            await _end(process, outputs)


async def _ready(process: Process, outputs: _Outputs) -> Ready:
    await outputs.first_line_read.wait()
    if outputs.first_line is None:
        with anyio.move_on_after(_EXIT_SECONDS):
            await outputs.wait_ended()
        raise _stopped("stopped while starting", process, outputs)
    said = _parse(outputs.first_line)
    if said.get("ready") is not True:
        raise LocalDeploymentError(
            str(said.get("code", "BadReadyLine")),
            str(said.get("message", "The server's first line is not its ready line.")),
        )
    return Ready(said["url"], said["siteUrl"], said["adminKey"])


def _parse(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {}


def _stopped(what: str, process: Process, outputs: _Outputs) -> LocalDeploymentError:
    lines = "".join(f"\n  {line}" for line in outputs.last_lines)
    last_words = f"Its last lines:{lines}" if lines else "It wrote nothing."
    return LocalDeploymentError(
        "ServerStopped",
        f"The local deployment {what} ({_exit_words(process.returncode)}). {last_words}",
    )


def _exit_words(code: int | None) -> str:
    if code is None:
        return "its process still runs"
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


async def _end(process: Process, outputs: _Outputs) -> None:
    """End the process, kindly at first; shielded, because it must end, and bounded."""
    with CancelScope(shield=True):
        with anyio.move_on_after(_EXIT_SECONDS):
            with suppress(BrokenResourceError, OSError):  # its end of the pipe is closed already
                await cast("ByteSendStream", process.stdin).aclose()
            await process.wait()
        if process.returncode is None:
            _kill(process)
        with anyio.move_on_after(_DRAIN_SECONDS):
            await outputs.wait_ended()
        outputs.scope.cancel()  # whoever still holds the pipes has nothing to tell us
        await process.aclose()


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)  # with its bundler and other children
        else:
            process.kill()


async def _each_line(stream: ByteReceiveStream, use: Callable[[str], None]) -> None:
    rest = b""
    async for chunk in stream:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            use(line.decode(errors="replace"))
    if rest:
        use(rest.decode(errors="replace"))
