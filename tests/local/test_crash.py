"""Commits outlive the server's sudden death."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from typing import TYPE_CHECKING
from uuid import uuid4

import anyio
import pytest
from attrs import define, field

from aioconvex.client import ConvexClient
from aioconvex.errors import ConvexConnectionError, OutcomeUnknown
from aioconvex.local._launch import Launch

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

KILLS = 8
WRITERS = 4


@define
class Ledger:
    """What the writers sent, and what the server acknowledged."""

    sent: set[str] = field(factory=set)
    acknowledged: set[str] = field(factory=set)
    kill_at: int = 0
    kill: anyio.Event = field(factory=anyio.Event)

    def next_round(self, commits: int) -> None:
        """Set `kill` after so many more commits."""
        self.kill_at = len(self.acknowledged) + commits
        self.kill = anyio.Event()

    async def write_until_refused(self, client: ConvexClient) -> None:
        """Send ever new tokens, each once, until the server is gone."""
        while True:
            token = uuid4().hex
            self.sent.add(token)
            try:
                await client.mutation("tokens:add", {"token": token})
            except (OutcomeUnknown, ConvexConnectionError):
                return
            self.acknowledged.add(token)
            if len(self.acknowledged) >= self.kill_at:
                self.kill.set()


async def test_sigkill_under_writers_loses_no_acknowledged_commit(
    tokens_project: Path, tmp_path: Path
) -> None:
    """8 x SIGKILL under 4 writers: every acknowledged token is there once, no token twice."""
    launch = Launch(project=tokens_project, data=tmp_path / "data")
    ledger = Ledger()

    for _ in range(KILLS):
        async with launch.running() as server, ConvexClient(server.ready.url) as client:
            ledger.next_round(commits=random.randint(1, 60))
            async with anyio.create_task_group() as writers:
                for _ in range(WRITERS):
                    writers.start_soon(ledger.write_until_refused, client)
                await ledger.kill.wait()
                os.kill(server.pid, signal.SIGKILL)

    async with launch.running() as server, ConvexClient(server.ready.url) as client:
        stored = Counter(await client.query("tokens:all"))

    assert ledger.acknowledged - stored.keys() == set()
    assert stored.keys() - ledger.sent == set()
    assert [token for token, times in stored.items() if times > 1] == []
    assert len(stored) - len(ledger.acknowledged) <= KILLS * WRITERS
