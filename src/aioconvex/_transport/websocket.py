"""One WebSocket: texts out, texts in, on a byte stream.

The framing is websockets' sans-IO protocol, but for texts that come whole. Only the names that it
has had since version 13 are used, so that it goes along with whatever else a program has installed.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from ssl import SSLError
from typing import TYPE_CHECKING, Final, Self

import anyio
from attrs import define, field
from websockets.client import ClientProtocol
from websockets.exceptions import WebSocketException
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from aioconvex._protocol.sync.chunks import MAX_MESSAGE

from .base import CONNECT_SECONDS, TransportError
from .direct import DirectStream
from .frames import FrameCutter, text_frame
from .streams import drop, open_stream

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from .base import Headers
    from .streams import Stream

__all__ = ["SocketClosedError", "WebSocket"]

_CHUNK: Final = 2**16
_GOODBYE_SECONDS: Final = 1.0
_NORMAL: Final = 1000
_ABNORMAL: Final = 1006
_SHOWN: Final = 200
_END_OF_HEAD: Final = b"\r\n\r\n"
_MAX_UNSENT: Final = 1000

# Frames hold tokens and users' values: they are not logged, whatever the program's root level.
_silent: Final = logging.Logger("frames", logging.CRITICAL + 1)  # noqa: LOG001  # below no root


class SocketClosedError(TransportError):
    """The server closed the WebSocket: with a code and a reason, or 1006 when it just hung up."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason or f"closed with code {code}")
        self.code = code
        self.server_reason = reason


@define(eq=False)
class WebSocket:
    """An open WebSocket. One task may send while another receives, but no two do the same.

    Or nobody does, and the stream's own callbacks use `feed` and `encode`.
    """

    stream: Stream = field(repr=False)
    _protocol: ClientProtocol = field(repr=False)
    _frames: FrameCutter = field(init=False, repr=False)
    _early: bytes = field(default=b"", init=False, repr=False)
    _parts: bytearray | None = field(default=None, init=False, repr=False)
    _torn: bool = field(default=False, init=False)
    _pinged: float | None = field(default=None, init=False)
    latency: float | None = field(default=None, init=False)
    """Seconds of the newest round trip that `ping` began."""

    def __attrs_post_init__(self) -> None:
        self._frames = FrameCutter(MAX_MESSAGE, self._read)

    @classmethod
    async def connect(cls, url: str, headers: Headers, *, deflate: bool = False) -> Self:
        """Open one, through the environment's proxy if it names one.

        Args:
            url: `ws://` or `wss://`.
            headers: what the upgrade's request shall say besides.
            deflate: offer compression (permessage-deflate).

        Raises:
            TransportError: it did not open within ten seconds, or the server refused.
        """
        uri = parse_uri(url)
        extensions = [ClientPerMessageDeflateFactory(client_max_window_bits=True)]
        protocol = ClientProtocol(
            uri,
            max_size=MAX_MESSAGE,
            logger=_silent,
            extensions=extensions if deflate else None,
        )
        with anyio.move_on_after(CONNECT_SECONDS):
            stream = await open_stream(uri.host, uri.port, secure=uri.secure)
            socket = cls(stream, protocol)
            try:
                await socket._upgrade(headers)
            except BaseException:
                await drop(stream)
                raise
            return socket
        raise TransportError(f"no connection within {CONNECT_SECONDS:.0f} s")

    async def _upgrade(self, headers: Headers) -> None:
        protocol = self._protocol
        request = protocol.connect()
        for name, value in headers:
            request.headers[name] = value
        protocol.send_request(request)
        await self._send(self.encode([]))
        seen = b""
        while protocol.state is State.CONNECTING:
            if protocol.handshake_exc is not None:
                raise self._no_upgrade(protocol.handshake_exc)
            with _as_transport_error():
                try:
                    data = await self.stream.receive(_CHUNK)
                except anyio.EndOfStream:
                    protocol.receive_eof()
                else:
                    self._take_answer(data, seen)
                    seen = (seen + data)[1 - len(_END_OF_HEAD) :]
        if protocol.handshake_exc is not None:
            raise self._no_upgrade(protocol.handshake_exc)
        protocol.events_received()

    def _take_answer(self, data: bytes, seen: bytes) -> None:
        """Take a piece of the answer to the upgrade; what follows it is frames, hence kept."""
        end = (seen + data).find(_END_OF_HEAD)
        cut = len(data) if end < 0 else end + len(_END_OF_HEAD) - len(seen)
        self._protocol.receive_data(data[:cut])
        if self._protocol.state is State.OPEN:
            self._early = data[cut:]
        elif cut < len(data):
            self._protocol.receive_data(data[cut:])

    def _no_upgrade(self, error: Exception) -> TransportError:
        for event in self._protocol.events_received():
            if isinstance(event, Response) and event.status_code != 101:  # noqa: PLR2004  # HTTP's
                shown = bytes(event.body or b"")[:_SHOWN].decode("utf-8", "replace")
                return TransportError(f"HTTP {event.status_code} instead of a WebSocket: {shown}")
        return TransportError(f"no WebSocket: {error}")

    def ping(self) -> None:
        """Have a ping sent with the next `send`; its answer, seen by `receive`, sets `latency`."""
        if self._pinged is None and self._protocol.state is State.OPEN:
            self._pinged = self._now()
            self._protocol.send_ping(b"")

    def _now(self) -> float:
        return self.stream.now() if isinstance(self.stream, DirectStream) else anyio.current_time()

    @property
    def must_send(self) -> bool:
        """Whether the protocol itself has something to say, such as a pong: then `send` soon."""
        return bool(self._protocol.writes)

    async def send(self, texts: Sequence[bytes]) -> None:
        """Send messages in one write, with what the protocol itself has to say.

        Raises:
            TransportError: the connection is lost. The server may have got any part of them.
        """
        await self._send(self.encode(texts))

    def encode(self, texts: Sequence[bytes]) -> bytes:
        """Write frames for messages, with what the protocol itself has to say.

        Raises:
            TransportError: the connection is closing.
        """
        protocol = self._protocol
        if protocol.extensions or protocol.state is not State.OPEN:
            self._leave(texts)
            texts = ()
        return b"".join([*protocol.data_to_send(), *map(text_frame, texts)])

    def _leave(self, texts: Sequence[bytes]) -> None:
        """Leave it to websockets to write what is compressed, or comes too late."""
        try:
            for text in texts:
                self._protocol.send_text(text)
        except WebSocketException as error:
            raise TransportError(str(error)) from None

    async def receive(self) -> list[bytes | bytearray]:
        """Wait until something comes, and take the whole messages in it; there may be none.

        Raises:
            TransportError: the connection is lost, or the server broke the protocol;
                `SocketClosedError` if the server closed it.
        """
        if self._early:
            return self.feed(b"")
        self.check_open()
        with _as_transport_error():
            try:
                data: bytes | None = await self.stream.receive(_CHUNK)
            except anyio.EndOfStream:
                data = None
        return self.feed(data)

    def feed(self, data: bytes | None) -> list[bytes | bytearray]:
        """Take bytes of the stream, None for its end, and give the messages that they complete.

        Raises:
            TransportError: as `receive`.
        """
        if self._early and data is not None:
            data, self._early = self._early + data, b""
        if data is None:
            self._protocol.receive_eof()
        texts = self._frames.cut(data or b"")
        if not texts:
            self.check_open()
        return texts

    def _read(self, frames: bytes | bytearray) -> list[bytes | bytearray] | None:
        """Have websockets read what is no whole text; see `FrameCutter`."""
        protocol = self._protocol
        protocol.receive_data(frames)
        if len(protocol.writes) > _MAX_UNSENT:
            raise TransportError("the server sends pings, but does not take the answers")
        texts = [
            text
            for event in protocol.events_received()
            if isinstance(event, Frame) and (text := self._whole(event)) is not None
        ]
        return texts if protocol.state is State.OPEN else None

    def check_open(self) -> None:
        """See whether more may come.

        Raises:
            TransportError: as `receive`.
        """
        if self._protocol.state is not State.OPEN:
            raise self._why_closed()

    def _whole(self, frame: Frame) -> bytes | bytearray | None:
        """Take a frame, and give the message that it ends."""
        if frame.opcode is Opcode.BINARY:
            self._protocol.fail(1003, "texts only")
            return None
        if frame.opcode is Opcode.TEXT:
            if frame.fin:
                return bytes(frame.data) if isinstance(frame.data, memoryview) else frame.data
            self._parts = bytearray(frame.data)
        elif frame.opcode is Opcode.PONG and self._pinged is not None:
            self.latency, self._pinged = self._now() - self._pinged, None
        elif frame.opcode is Opcode.CONT and self._parts is not None:
            self._parts += frame.data
            if frame.fin:
                text, self._parts = self._parts, None
                return text
        return None

    def _why_closed(self) -> TransportError:
        received = self._protocol.close_rcvd
        if received is not None:
            return SocketClosedError(received.code, received.reason)
        broken = self._protocol.parser_exc
        if isinstance(broken, EOFError):
            return SocketClosedError(_ABNORMAL, "")
        if broken is None:
            return TransportError("the server sent something else than texts")
        return TransportError(f"the server broke the WebSocket protocol: {broken}")

    async def aclose(self, reason: str = "") -> None:
        """Say goodbye without waiting for an answer, and drop the connection."""
        with anyio.CancelScope(shield=True), anyio.move_on_after(_GOODBYE_SECONDS):
            if self._protocol.state is State.OPEN:
                self._protocol.send_close(_NORMAL, reason)
            if not self._torn:
                try:
                    await self._send(self.encode([]))
                except TransportError:
                    self._torn = True  # nobody is there to hear it
        await drop(self.stream)

    async def _send(self, frames: bytes) -> None:
        if frames:
            # What is cut off half-way leaves a frame that nothing may follow.
            torn, self._torn = self._torn, True
            with _as_transport_error():
                await self.stream.send(frames)
            self._torn = torn


@contextmanager
def _as_transport_error() -> Generator[None]:
    try:
        yield
    except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError, SSLError) as error:
        cause = error.__cause__ or error
        raise TransportError(f"{type(cause).__name__}: {cause}".rstrip(": ")) from None
