"""Byte streams of asyncio's own, which hand over what comes in the moment it comes.

On anyio's streams one task reads and another writes, and each message wakes them. On asyncio a
socket's callbacks do without both, which halves the way of a value to its reader.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import anyio

from aioconvex._concurrency import signal

from .addresses import reach

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

__all__ = ["DirectStream"]

# Little enough that who reads values takes them one by one: parsed all at once, those of a large
# piece keep the garbage collector busy, and leave the processor's cache.
_PIECE: Final = 2**15
_NONE: Final = memoryview(b"")


class DirectStream(asyncio.BufferedProtocol):
    """A connection: it is read by `receive`, until `attach` says to whom everything goes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        # In one turn asyncio's own loops read once; others, such as uvloop, as often as they can.
        self._reads_on = not isinstance(self._loop, asyncio.BaseEventLoop)
        self.now = self._loop.time
        """What `anyio.current_time` tells, which only knows it in a task."""
        self._transport: Any = None
        self._piece = memoryview(bytearray(_PIECE))
        self._arrived: list[bytes] = []
        self._ended = False
        self._news = signal()
        self._lost = signal()
        self._take: Callable[[bytes | None], None] | None = None
        self._go_on: Callable[[], None] | None = None
        self._stirred = False
        self.writable = True
        """Whether a write goes out at once, and does not wait behind others."""

    @classmethod
    async def connect(cls, host: str, port: int) -> DirectStream:
        """Connect over TCP.

        Raises:
            OSError: no connection.
        """
        raw = await reach(host, port)
        try:
            _, stream = await asyncio.get_running_loop().create_connection(cls, sock=raw)
        except BaseException:
            raw.close()
            raise
        return stream

    async def secure(self, host: str, context: ssl.SSLContext) -> None:
        """Go on over TLS; if that fails, the connection is gone.

        Raises:
            OSError: the peers do not agree.
        """
        plain = self._transport
        try:
            self._transport = await self._loop.start_tls(plain, self, context, server_hostname=host)
        except BaseException:
            plain.abort()
            self._lost.set()
            raise

    # --- as anyio's streams

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Wait for bytes.

        Raises:
            EndOfStream: there will be no more.
        """
        while not self._arrived:
            if self._ended:
                raise anyio.EndOfStream
            self._news = signal()
            await self._news.wait()
        data = self._arrived.pop(0)
        if len(data) > max_bytes:
            self._arrived.insert(0, data[max_bytes:])
        return data[:max_bytes]

    async def send(self, item: bytes) -> None:
        """Send, or keep until it can be sent; it does not wait."""
        self.write(item)

    async def aclose(self) -> None:
        """Drop the connection."""
        self._take = self._go_on = None
        self._transport.abort()
        await self._lost.wait()

    # --- what only this can do

    def attach(self, take: Callable[[bytes | None], None], go_on: Callable[[], None]) -> None:
        """Hand over what came and what comes.

        Args:
            take: is given bytes, and None at the end.
            go_on: is called after `stir`, and when the stream is writable again.
        """
        self._take, self._go_on = take, go_on
        arrived, self._arrived = self._arrived, []
        for data in arrived:
            take(data)
        if self._ended:
            take(None)

    def stir(self) -> None:
        """Have `go_on` called soon: once, however often this was called."""
        if not self._stirred:
            self._stirred = True
            self._loop.call_soon(self._stir)

    def _stir(self) -> None:
        self._stirred = False
        if self._go_on is not None:
            self._go_on()

    def write(self, data: bytes) -> None:
        """Send, or keep until it can be sent.

        Raises:
            BrokenResourceError: the connection is lost.
        """
        if self._ended:
            raise anyio.BrokenResourceError
        self._transport.write(data)

    # --- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = transport
        # Whose bound it is to keep nothing, uvloop writes at once, and not at its turn's end.
        self._transport.set_write_buffer_limits(high=0)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # all sizes are the same
        """See `asyncio.BufferedProtocol`."""
        return self._piece

    def buffer_updated(self, nbytes: int) -> None:
        """See `asyncio.BufferedProtocol`."""
        data = bytes(self._piece[:nbytes])
        if self._take is not None:
            self._take(data)
        else:
            self._arrived.append(data)
            self._news.set()
        if nbytes == _PIECE and self._reads_on:
            self._transport.pause_reading()
            self._loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def eof_received(self) -> None:
        """See `asyncio.Protocol`."""
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # an end like others
        """See `asyncio.Protocol`."""
        self._end()
        self._lost.set()
        self._piece = _NONE  # what is left of a connection may wait long to be collected

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self.writable = False

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self.writable = True
        if self._go_on is not None:
            self._go_on()

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._news.set()
            if self._take is not None:
                self._take(None)
