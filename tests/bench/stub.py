"""The server of the benchmark: canned answers, at once on one port and after 50 ms on another.

It runs on core 0 alone, prints its two ports as JSON, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterator
from functools import partial
from typing import Final, cast

import uvloop

from bench.payloads import TINY
from bench.sync_socket import SyncSocket
from live.frames import accept

DELAY: Final = 0.05
CORE: Final = 0
WAITING: Final = 8 << 20  # enough that a client never waits for the next value

LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
ANSWER: Final = HEAD % len(TINY) + TINY


class Stub(asyncio.Protocol):
    """One connection; each complete request gets the same bytes."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.buffer = b""
        self.sync: SyncSocket | None = None
        self.pushed: Iterator[bytes] = iter(())
        self.paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.WriteTransport", transport)  # uvloop's own is no subclass
        self.transport.set_write_buffer_limits(WAITING)

    def data_received(self, data: bytes) -> None:
        if self.sync is not None:
            self.sync.received(data)
            return
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            upgrade = accept(head)
            if upgrade is not None:
                self.transport.write(upgrade)
                self.sync = SyncSocket(self.send, self.push)
                self.sync.received(self.buffer[end + 4 :])
                return
            length = LENGTH.search(head)
            complete = end + 4 + (int(length[1]) if length else 0)
            if len(self.buffer) < complete:
                return
            self.buffer = self.buffer[complete:]
            self.send(ANSWER)

    def send(self, answer: bytes) -> None:
        """Answer now or later, in order all the same."""
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.write, answer)
        else:
            self.transport.write(answer)

    def push(self, frames: Iterator[bytes]) -> None:
        """Send these after what is being sent, as fast as the client takes them."""
        self.pushed = frames
        asyncio.get_running_loop().call_soon(self.resume_writing)

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False
        while not self.paused and (sent := next(self.pushed, None)) is not None:
            self.write(sent)

    def write(self, answer: bytes) -> None:
        """Write, unless the client has gone meanwhile."""
        if not self.transport.is_closing():
            self.transport.write(answer)


async def main() -> None:
    loop = asyncio.get_running_loop()
    ports: dict[str, int] = {}
    for name, delay in (("instant", 0.0), ("slow", DELAY)):
        server = await loop.create_server(partial(Stub, delay), "127.0.0.1", 0, backlog=512)
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    os.sched_setaffinity(0, {CORE})
    uvloop.run(main())
