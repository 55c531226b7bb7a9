"""The least that a task of asyncio takes: bytes made beforehand go out, and it wakes when some come.

No client of live queries in Python can be faster; there is no JSON, no mask worth the name, and what
comes is not looked at.
"""

from __future__ import annotations

import asyncio
from typing import cast

import orjson

_UPGRADE = (
    b"GET /api/sync HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Floor(asyncio.Protocol):
    """A connection that has one query."""

    @classmethod
    async def subscribed(cls, url: str, path: str) -> Floor:
        """Connect, and watch the query."""
        host, _, port = url.removeprefix("http://").partition(":")
        _, floor = await asyncio.get_running_loop().create_connection(cls, host, int(port))
        await floor.swap(_UPGRADE)
        add = {"type": "Add", "queryId": 0, "udfPath": path, "args": [{}]}
        change = {"baseVersion": 0, "newVersion": 1, "modifications": [add]}
        await floor.swap(_frame({"type": "ModifyQuerySet", **change}))
        return floor

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if not self.answer.done():
            self.answer.set_result(data)

    async def swap(self, data: bytes) -> bytes:
        """Send bytes, and take what comes first."""
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return await self.answer


def mutations(path: str, count: int) -> list[bytes]:
    """Write so many mutations."""
    call = {"type": "Mutation", "udfPath": path, "args": [{}]}
    return [_frame({**call, "requestId": number}) for number in range(count)]


def _frame(message: dict[str, object]) -> bytes:
    text = orjson.dumps(message)
    size = len(text)
    head = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return b"\x81" + head + bytes(4) + text
