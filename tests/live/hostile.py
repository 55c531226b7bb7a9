"""A server that does to its clients what a script says, and is honest when the script is over.

    async with HostileServer([reset_at_once, say(b"{")]).running() as server: ...

The first connection meets the first scene, the second the second, and so on; every further one
meets an honest server that answers each query with `ANSWER`, each page of one with `PAGE`, and each
mutation with its arguments.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any, Final, Self, TypeAlias

import anyio
from anyio.abc import SocketAttribute, SocketStream
from attrs import define, field

from live.frames import CLOSE, PING, PONG, TEXT, FrameReader, accept, frame, timestamp

__all__ = ["ANSWER", "HostileServer", "Scene", "Wire", "answered", "honest", "reply"]

ANSWER: Final = "an honest answer"
PAGE: Final = {"page": [ANSWER], "isDone": False, "continueCursor": "next"}
_HEAD_END: Final = b"\r\n\r\n"

Scene: TypeAlias = Callable[["Wire"], Awaitable[None]]
"""One connection; it ends with the scene."""


@define
class Wire:
    """One client's connection, from the server's side."""

    stream: SocketStream
    clock: count[int]
    head: bytes = b""
    version: dict[str, Any] = field(
        factory=lambda: {"querySet": 0, "identity": 0, "ts": timestamp(0)}
    )
    received: list[dict[str, Any]] = field(factory=list)
    _frames: FrameReader = field(factory=FrameReader)
    _waiting: list[tuple[int, bytes]] = field(factory=list)

    async def request(self) -> None:
        """Read the request's head."""
        while _HEAD_END not in self.head:
            self.head += await self.stream.receive()

    async def upgrade(self) -> None:
        """Accept the WebSocket."""
        await self.request()
        answer = accept(self.head)
        assert answer is not None, self.head
        await self.stream.send(answer)

    async def message(self, kind: str | None = None) -> dict[str, Any]:
        """The client's next message, or its next one of a kind; pings are answered meanwhile."""
        while True:
            while not self._waiting:
                self._waiting = self._frames.received(await self.stream.receive())
            opcode, payload = self._waiting.pop(0)
            if opcode == PING:
                await self.stream.send(frame(payload, PONG))
            elif opcode == CLOSE:
                raise anyio.EndOfStream
            elif opcode == TEXT:
                message: dict[str, Any] = json.loads(payload)
                self.received.append(message)
                if kind in (None, message["type"]):
                    return message

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self.stream.send(frame(json.dumps(message).encode()))

    def transition(
        self,
        *modifications: Mapping[str, Any],
        query_set: int | None = None,
        identity: int | None = None,
    ) -> dict[str, Any]:
        """The next transition; from now on the client is expected to be there."""
        start = self.version
        self.version = {
            "querySet": start["querySet"] if query_set is None else query_set,
            "identity": start["identity"] if identity is None else identity,
            "ts": timestamp(next(self.clock)),
        }
        return {
            "type": "Transition",
            "startVersion": start,
            "endVersion": self.version,
            "modifications": list(modifications),
        }


def answered(query: int, value: Any = ANSWER) -> dict[str, Any]:
    """The modification that gives a query its value."""
    return {
        "type": "QueryUpdated",
        "queryId": query,
        "value": value,
        "logLines": [],
        "journal": None,
    }


def reply(status: int, *headers: str, body: bytes = b"") -> bytes:
    """An HTTP reply."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + _HEAD_END + body


async def honest(wire: Wire) -> None:
    """Answer everything, until the client goes."""
    await wire.upgrade()
    while True:
        message = await wire.message()
        match message["type"]:
            case "ModifyQuerySet":
                changes = message["modifications"]
                added = [
                    answered(one["queryId"], PAGE if "paginationOpts" in one["args"][0] else ANSWER)
                    for one in changes
                    if one["type"] == "Add"
                ]
                await wire.say(**wire.transition(*added, query_set=message["newVersion"]))
            case "Authenticate":
                identity = message["baseVersion"] + 1
                await wire.say(**wire.transition(identity=identity))
            case "Mutation":
                await _commit(wire, message)
            case "Action":
                await wire.say(
                    type="ActionResponse",
                    requestId=message["requestId"],
                    success=True,
                    result=message["args"][0],
                    logLines=[],
                )
            case _:
                pass  # Connect and Event want no answer


async def _commit(wire: Wire, message: Mapping[str, Any]) -> None:
    transition = wire.transition()
    await wire.say(
        type="MutationResponse",
        requestId=message["requestId"],
        success=True,
        result=message["args"][0],
        ts=transition["endVersion"]["ts"],
        logLines=[],
    )
    await wire.say(**transition)


@define
class HostileServer:
    """Plays a scene for each connection; see the module."""

    scenes: Iterable[Scene]
    after: Scene = honest
    wires: list[Wire] = field(factory=list)
    port: int = 0
    _clock: count[int] = field(factory=lambda: count(1))

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Self]:
        """Serve for the length of the block."""
        scenes = iter(self.scenes)

        async def play(stream: SocketStream) -> None:
            wire = Wire(stream, self._clock)
            self.wires.append(wire)
            async with stream:
                with suppress(
                    anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError
                ):
                    await next(scenes, self.after)(wire)

        async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
            self.port = listener.extra(SocketAttribute.local_port)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listener.serve, play)
                yield self
                tasks.cancel_scope.cancel()
