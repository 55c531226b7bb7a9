"""WebSocket frames (RFC 6455) by hand, for servers of tests: fast ones, and those that break rules."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha1
from typing import Final

from attrs import define

__all__ = [
    "BINARY",
    "CLOSE",
    "PING",
    "PONG",
    "TEXT",
    "FrameReader",
    "accept",
    "close_frame",
    "frame",
    "timestamp",
]

TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY: Final = re.compile(rb"\r\nsec-websocket-key: *(\S+)", re.IGNORECASE)
_FINAL: Final = 0x80


def accept(request: bytes) -> bytes | None:
    """The answer to the head of a request; None unless it asks for a WebSocket."""
    key = _KEY.search(request)
    if key is None:
        return None
    token = b64encode(sha1(key[1] + _GUID).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + token + b"\r\n\r\n"
    )


def frame(
    payload: bytes, opcode: int = TEXT, *, final: bool = True, declared: int | None = None
) -> bytes:
    """A server's frame; `declared` is a length that it claims to have instead of its own."""
    size = len(payload) if declared is None else declared
    head = bytes([opcode | (_FINAL if final else 0)])
    if size < 126:
        return head + bytes([size]) + payload
    if size < 1 << 16:
        return head + b"\x7e" + size.to_bytes(2, "big") + payload
    return head + b"\x7f" + size.to_bytes(8, "big") + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """The server says goodbye."""
    return frame(code.to_bytes(2, "big") + reason.encode(), CLOSE)


def timestamp(number: int) -> str:
    """A timestamp as Convex's sync protocol spells it."""
    return b64encode(number.to_bytes(8, "little")).decode()


@define
class FrameReader:
    """A client's bytes in, its frames out."""

    _buffer: bytes = b""

    def received(self, data: bytes) -> list[tuple[int, bytes]]:
        """Take bytes, and give the opcode and payload of each frame that they complete."""
        self._buffer += data
        frames: list[tuple[int, bytes]] = []
        while (found := self._next()) is not None:
            frames.append(found)
        return frames

    def _next(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        start, size = 2, buffer[1] & 0x7F
        if size == 126:
            start, size = 4, int.from_bytes(buffer[2:4], "big")
        elif size == 127:
            start, size = 10, int.from_bytes(buffer[2:10], "big")
        end = start + 4 + size
        if len(buffer) < end:
            return None
        self._buffer = buffer[end:]
        return buffer[0] & 0x0F, _unmask(buffer[start : start + 4], buffer[start + 4 : end])


def _unmask(mask: bytes, payload: bytes) -> bytes:
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)
