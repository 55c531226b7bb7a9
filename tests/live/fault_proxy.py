"""A TCP proxy between client and server that breaks connections by a seeded schedule.

A fault strikes when so many bytes have passed on its connection, in both directions together. So
what happens depends on the traffic and the seed, and hardly on the clock.
"""

from __future__ import annotations

import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, suppress
from enum import Enum
from typing import Any, Final, Self

import anyio
from anyio.abc import TaskGroup
from attrs import define, field, frozen

__all__ = ["Fault", "FaultProxy", "Kind", "schedule"]

_CHUNK: Final = 65_536
_LINGER_ZERO: Final = struct.pack("ii", 1, 0)


class Kind(Enum):
    """What happens to a connection."""

    CUT = "closed in the middle of a message"
    RESET = "RST, with what was on its way lost"
    SILENCE = "half open: nothing passes any more, and nobody is told"
    DELAY = "a pause"
    TRICKLE = "some bytes at a time, with pauses"
    SINGLE_BYTES = "each byte in a packet of its own"


FATAL: Final = frozenset({Kind.CUT, Kind.RESET, Kind.SILENCE})
WEIGHTS: Final = {
    Kind.CUT: 40,
    Kind.RESET: 35,
    Kind.SILENCE: 5,
    Kind.DELAY: 8,
    Kind.TRICKLE: 6,
    Kind.SINGLE_BYTES: 6,
}


@frozen
class Fault:
    """Strikes after so many bytes since the fault before."""

    kind: Kind
    after: int
    seconds: float = 0.0
    length: int = 0


def schedule(seed: int, *, gap: int, faults: int | None = None) -> Iterator[Fault]:
    """Faults, on average `gap` bytes apart; every tenth strikes early, in the handshake.

    Without `faults` they never end.
    """
    numbers = random.Random(seed)
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    count = 0
    while faults is None or count < faults:
        count += 1
        early = numbers.random() < 0.1
        yield Fault(
            kind=numbers.choices(kinds, weights)[0],
            after=numbers.randrange(400) if early else int(numbers.expovariate(1 / gap)),
            seconds=numbers.uniform(0.001, 0.02),
            length=numbers.randrange(50, 400),
        )


class _Over(Exception):  # noqa: N818  # an end, not an error
    """The connection has had its fatal fault."""


Send = Callable[[bytes], Awaitable[None]]


@define
class _Link:
    """Both directions of a connection, and the next fault on it."""

    faults: Iterator[Fault]
    struck: Counter[Kind]
    fault: Fault | None = None
    left: int = 0
    silent: bool = False

    def __attrs_post_init__(self) -> None:
        self._arm()

    def _arm(self) -> None:
        self.fault = next(self.faults, None)
        self.left = self.fault.after if self.fault else 0

    async def passing(self, data: bytes, send: Send) -> None:
        """Let bytes through, up to the fault, and let it strike."""
        while data and not self.silent:
            fault = self.fault
            if fault is None or len(data) <= self.left:
                self.left -= len(data)
                await send(data)
                return
            before, data = data[: self.left], data[self.left :]
            self._arm()  # first, because the other direction goes on meanwhile
            self.struck[fault.kind] += 1
            if before:
                await send(before)
            data = await self._strike(fault, data, send)

    async def _strike(self, fault: Fault, data: bytes, send: Send) -> bytes:
        """Do it; what is left to send after it."""
        match fault.kind:
            case Kind.CUT | Kind.RESET:
                raise _Over(fault.kind)
            case Kind.SILENCE:
                self.silent = True
            case Kind.DELAY:
                await anyio.sleep(fault.seconds)
            case Kind.TRICKLE | Kind.SINGLE_BYTES:
                step, pause = (1, 0.0) if fault.kind is Kind.SINGLE_BYTES else (20, 0.0005)
                slow, data = data[: fault.length], data[fault.length :]
                for start in range(0, len(slow), step):
                    await send(slow[start : start + step])
                    await anyio.sleep(pause)
        return data


@define
class FaultProxy:
    """Listens, and connects each client to the server behind it.

    Args:
        port: of the server, on 127.0.0.1; it may change.
        faults: shared by all connections, in the order in which they need the next.
    """

    port: int
    faults: Iterator[Fault]
    struck: Counter[Kind] = field(factory=Counter)
    connections: int = 0
    _listener: socket.socket = field(init=False)
    _tasks: TaskGroup = field(init=False)
    _links: set[anyio.CancelScope] = field(init=False, factory=set)
    _ended: anyio.Event = field(init=False, factory=anyio.Event)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    async def wait_unused(self) -> None:
        """Wait until no connection is open."""
        while self._links:
            await self._ended.wait()

    def calm(self) -> None:
        """No more faults from now on; connections that are silent or slow end."""
        self.faults = iter(())
        self.drop()

    def drop(self) -> None:
        """Close every connection, as when the server's machine goes away."""
        for scope in self._links:
            scope.cancel()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Self]:
        """Serve for the length of the block."""
        with closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as listener:
            listener.setblocking(False)  # noqa: FBT003  # the standard library's signature
            self._listener = listener
            async with anyio.create_task_group() as tasks:
                self._tasks = tasks
                tasks.start_soon(self._accept)
                yield self
                tasks.cancel_scope.cancel()

    async def _accept(self) -> None:
        while True:
            await anyio.wait_readable(self._listener)
            with suppress(BlockingIOError):
                client, _ = self._listener.accept()
                self.connections += 1
                self._tasks.start_soon(self._serve, client)

    async def _serve(self, client: socket.socket) -> None:
        with closing(client), closing(socket.socket()) as server, anyio.CancelScope() as scope:
            self._links.add(scope)
            try:
                for side in (client, server):
                    side.setblocking(False)  # noqa: FBT003
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                await _connect(server, self.port)
                await self._join(client, server)
            except OSError:
                pass  # one side is gone, and the other is told by the closing
            finally:
                self._links.discard(scope)
                self._ended.set()
                self._ended = anyio.Event()

    async def _join(self, client: socket.socket, server: socket.socket) -> None:
        link = _Link(self.faults, self.struck)

        async def pump(source: socket.socket, target: socket.socket) -> None:
            async def send(data: bytes) -> None:
                await _send(target, data)

            while data := await _receive(source):
                await link.passing(data, send)
            if link.silent and source is server:
                await anyio.sleep_forever()  # the client is not told
            pumps.cancel_scope.cancel()

        try:
            async with anyio.create_task_group() as pumps:
                pumps.start_soon(pump, client, server)
                pumps.start_soon(pump, server, client)
        except* _Over as over:
            if any(one.args[0] is Kind.RESET for one in over.exceptions):
                for side in (client, server):
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        except* OSError:
            pass  # as in `_serve`


async def _connect(sock: socket.socket, port: int) -> None:
    try:
        sock.connect(("127.0.0.1", port))
    except BlockingIOError:
        await anyio.wait_writable(sock)
        if error := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, "refused") from None


async def _receive(sock: socket.socket) -> bytes:
    while True:
        try:
            return sock.recv(_CHUNK)
        except BlockingIOError:
            await anyio.wait_readable(sock)


async def _send(sock: socket.socket, data: bytes) -> Any:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[sock.send(rest) :]
        except BlockingIOError:
            await anyio.wait_writable(sock)
