"""What one writes with `websockets` and orjson: the protocol's messages, and no client around them."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import orjson
from websockets.asyncio.client import ClientConnection, connect


class ByHand:
    """A connection that has one query and any number of mutations."""

    def __init__(self, url: str) -> None:
        self.url = url.replace("http", "ws", 1) + "/api/sync"

    async def __aenter__(self) -> Self:
        self.socket: ClientConnection = await connect(self.url, compression=None, max_size=None)
        await self.send(type="Connect", sessionId=str(uuid4()), connectionCount=0, clientTs=0)
        self.requests = 0
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.socket.close()

    async def send(self, **message: Any) -> None:
        """Send a message."""
        await self.socket.send(orjson.dumps(message), text=True)

    async def receive(self) -> Any:
        """Receive a message."""
        return orjson.loads(await self.socket.recv(decode=False))

    async def subscribe(self, path: str, args: dict[str, Any]) -> None:
        """Subscribe to the query."""
        add = {"type": "Add", "queryId": 0, "udfPath": path, "args": [args]}
        await self.send(type="ModifyQuerySet", baseVersion=0, newVersion=1, modifications=[add])

    async def value(self) -> Any:
        """The query's next value."""
        while True:
            message = await self.receive()
            if message["type"] == "Transition" and message["modifications"]:
                return message["modifications"][0]["value"]

    async def mutate(self, path: str) -> None:
        """Send a mutation; its answer is what `receive` gives."""
        number, self.requests = self.requests, self.requests + 1
        await self.send(type="Mutation", requestId=number, udfPath=path, args=[{}])
