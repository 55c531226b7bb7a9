"""Which of a host's addresses to talk to: the first that answers."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio
from attrs import define, field

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

__all__ = ["reach"]

_Address: TypeAlias = "tuple[int, int, int, str, tuple[Any, ...]]"

# How long one address is waited for before the next is tried beside it, as RFC 8305 recommends.
_HEAD_START_SECONDS: Final = 0.25


async def reach(host: str, port: int) -> socket.socket:
    """Connect a socket of asyncio's, which is the caller's own.

    As anyio's `connect_tcp` does; but a stream of anyio's cannot be taken over, because until
    version 4.16 closing it ends the connection for whoever has a copy of its socket.

    Raises:
        OSError: no address answers.
    """
    addresses = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    race = _Race()
    try:
        async with anyio.create_task_group() as tasks:
            for address in addresses:
                await race.enter(tasks, address)
    except BaseException:
        if race.winner is not None:
            race.winner.close()
        raise
    if race.winner is None:
        raise race.failures[-1]
    return race.winner


@define(eq=False)
class _Race:
    winner: socket.socket | None = None
    failures: list[OSError] = field(factory=list[OSError])

    async def enter(self, tasks: TaskGroup, address: _Address) -> None:
        """Try an address beside those that are tried already."""
        failed = anyio.Event()
        tasks.start_soon(self._try, tasks, address, failed)
        with anyio.move_on_after(_HEAD_START_SECONDS):
            await failed.wait()

    async def _try(self, tasks: TaskGroup, address: _Address, failed: anyio.Event) -> None:
        try:
            raw = await _connect(address)
        except OSError as error:
            self.failures.append(error)
            failed.set()
            return
        if self.winner is None:
            self.winner = raw
            tasks.cancel_scope.cancel()
        else:
            raw.close()


async def _connect(address: _Address) -> socket.socket:
    family, kind, protocol, _, place = address
    raw = socket.socket(family, kind, protocol)
    try:
        raw.setblocking(False)  # noqa: FBT003  # the standard library's signature
        await asyncio.get_running_loop().sock_connect(raw, place)
    except BaseException:
        raw.close()
        raise
    return raw
