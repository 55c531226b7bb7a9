"""The embedded deployment on one port and one data folder, through any number of restarts."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import anyio
from attrs import define, field

from aioconvex.local import _control
from aioconvex.local._launch import Launch
from aioconvex.local._process import Ready

__all__ = ["Restartable"]


@define
class Restartable:
    """A deployment that can be stopped, or killed, and started again.

    Args:
        project: the folder of its functions.
        data: where its documents survive.
    """

    project: Path
    data: Path
    port: int = 0
    restarts: int = 0
    """How many there were, with the one that has begun: after each, old tokens are refused."""
    _serving: anyio.Event = field(factory=anyio.Event, init=False)
    _again: anyio.Event = field(factory=anyio.Event, init=False)
    _pid: int = field(default=0, init=False)
    _ready: Ready = field(init=False)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Self]:
        """Serve for the length of the block."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_running)
            await self._serving.wait()
            yield self
            tasks.cancel_scope.cancel()

    async def restart(self, *, kill: bool = False) -> None:
        """Stop it in order, or by SIGKILL, and start it again; returns when it serves."""
        self.restarts += 1
        if kill:
            os.kill(self._pid, signal.SIGKILL)
        self._serving = anyio.Event()
        self._again.set()
        await self._serving.wait()

    async def mint_token(self, subject: str, expires_in: float) -> str:
        """A user's token, valid for so many seconds; fails while nothing serves."""
        body = {"subject": subject, "expiresIn": expires_in, "claims": {}}
        said = await _control.post(self._ready, "token", body)
        return str(said["token"])

    async def _keep_running(self) -> None:
        while True:
            self._again = anyio.Event()
            launch = Launch(project=self.project, data=self.data, port=self.port, mint_tokens=True)
            async with launch.running() as server:
                self._pid, self._ready = server.pid, server.ready
                self.port = urlsplit(server.ready.url).port or 0
                self._serving.set()
                await self._again.wait()
