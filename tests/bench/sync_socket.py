"""Just enough of Convex's sync protocol to answer the queries of the PyPI `ConvexClient`.

https://docs.convex.dev describes no wire format; this follows the open-source backend's
`convex_sync_types`, over WebSocket frames (RFC 6455).
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha1
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from bench.payloads import TINY_VALUE

if TYPE_CHECKING:
    from collections.abc import Callable

GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT: Final = 0x1
PING: Final = 0x9


def accept(key: bytes) -> bytes:
    """The answer to a WebSocket handshake."""
    token = b64encode(sha1(key + GUID).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + token + b"\r\n\r\n"
    )


class SyncSocket:
    """One client's frames in, transitions out."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.send = send
        self.buffer = b""
        self.version: dict[str, Any] = {"querySet": 0, "identity": 0, "ts": _timestamp(0)}
        self.clock = count(1)

    def received(self, data: bytes) -> None:
        """Take bytes, and answer every complete frame."""
        self.buffer += data
        while (frame := self._frame()) is not None:
            opcode, payload = frame
            if opcode == PING:
                self.send(bytes([0x8A, len(payload)]) + payload)
            elif opcode == TEXT:
                self._message(json.loads(payload))

    def _frame(self) -> tuple[int, bytes] | None:
        """Cut a frame off the buffer; a client's frames are masked, and short here."""
        start, size = 2, len(self.buffer) > 1 and self.buffer[1] & 0x7F
        if size == 126:
            start, size = 4, int.from_bytes(self.buffer[2:4], "big")
        end = start + 4 + size
        if len(self.buffer) < max(end, 6):
            return None
        mask, masked = self.buffer[start : start + 4], self.buffer[start + 4 : end]
        opcode = self.buffer[0] & 0x0F
        self.buffer = self.buffer[end:]
        return opcode, bytes(byte ^ mask[index % 4] for index, byte in enumerate(masked))

    def _message(self, message: dict[str, Any]) -> None:
        if message["type"] != "ModifyQuerySet":
            return  # Connect wants no answer
        end = {
            "querySet": message["newVersion"],
            "identity": 0,
            "ts": _timestamp(next(self.clock)),
        }
        transition = {
            "type": "Transition",
            "startVersion": self.version,
            "endVersion": end,
            "modifications": [_modification(item) for item in message["modifications"]],
        }
        self.version = end
        text = json.dumps(transition).encode()
        self.send(_server_frame(text))


def _modification(change: dict[str, Any]) -> dict[str, Any]:
    if change["type"] == "Remove":
        return {"type": "QueryRemoved", "queryId": change["queryId"]}
    return {
        "type": "QueryUpdated",
        "queryId": change["queryId"],
        "value": TINY_VALUE,
        "logLines": [],
        "journal": None,
    }


def _server_frame(text: bytes) -> bytes:
    size = len(text)
    head = bytes([0x81, size]) if size < 126 else bytes([0x81, 126]) + size.to_bytes(2, "big")
    return head + text


def _timestamp(number: int) -> str:
    return b64encode(number.to_bytes(8, "little")).decode()
