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

from aioconvex.local._launch import Launch

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
    admin_key: str = field(default="", repr=False)
    restarts: int = 0
    _serving: anyio.Event = field(factory=anyio.Event, init=False)
    _again: anyio.Event = field(factory=anyio.Event, init=False)
    _pid: int = field(default=0, init=False)

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
        if kill:
            os.kill(self._pid, signal.SIGKILL)
        self._serving = anyio.Event()
        self._again.set()
        await self._serving.wait()
        self.restarts += 1

    async def _keep_running(self) -> None:
        while True:
            self._again = anyio.Event()
            launch = Launch(project=self.project, data=self.data, port=self.port)
            async with launch.running() as server:
                ready = server.ready
                self._pid, self.admin_key = server.pid, ready.admin_key
                self.port = urlsplit(ready.url).port or 0
                self._serving.set()
                await self._again.wait()
