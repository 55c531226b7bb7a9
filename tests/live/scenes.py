"""What a hostile server does to a client that watches a query: one scene each."""

from __future__ import annotations

import json
import socket
import struct
import zlib
from collections.abc import Callable
from typing import Any, Final

import anyio
from anyio.abc import SocketAttribute

from live.frames import BINARY, TEXT, accept, close_frame, frame, timestamp
from live.hostile import Scene, Wire, answered, reply

__all__ = [
    "HANDSHAKES",
    "IGNORED",
    "MESSAGES",
    "bomb",
    "chunk_text",
    "deflate_bomb",
    "say_nothing",
    "says",
    "sends",
    "strangers",
    "subscribed",
]

CONTINUATION: Final = 0x0
GIGABYTE: Final = 1 << 30
LARGEST: Final = 2**63 - 1


def sends(*pieces: bytes, upgraded: bool = True) -> Scene:
    """Send bytes as they are, when the client has subscribed or has asked for the WebSocket."""

    async def scene(wire: Wire) -> None:
        if upgraded:
            await subscribed(wire)
        else:
            await wire.request()
        for piece in pieces:
            await wire.stream.send(piece)
        await drained(wire)

    return scene


def says(*messages: Any) -> Scene:
    """Send messages, whatever they are, to a client that has subscribed."""
    return sends(*(frame(json.dumps(message).encode()) for message in messages))


async def subscribed(wire: Wire) -> int:
    """Upgrade, and read until the query's id is known."""
    await wire.upgrade()
    message = await wire.message("ModifyQuerySet")
    query: int = message["modifications"][0]["queryId"]
    return query


async def drained(wire: Wire) -> None:
    """Wait until the client has had enough."""
    while True:
        await wire.message()


def step(start: dict[str, Any], end: dict[str, Any], *modifications: Any) -> dict[str, Any]:
    """A transition from version to version."""
    nothing = {"querySet": 0, "identity": 0, "ts": timestamp(0)}
    return {
        "type": "Transition",
        "startVersion": {**nothing, **start},
        "endVersion": {**nothing, **end},
        "modifications": list(modifications),
    }


def chunk(number: int, total: int, text: str = "{", name: str = "9") -> dict[str, Any]:
    """A slice of a transition."""
    return {
        "type": "TransitionChunk",
        "chunk": text,
        "partNumber": number,
        "totalParts": total,
        "transitionId": name,
    }


def chunk_text(number: int, total: int, text: str) -> bytes:
    """A slice as the text of its frame."""
    return json.dumps(chunk(number, total, text)).encode()


def mutated(**fields: Any) -> dict[str, Any]:
    """The answer to a mutation."""
    told: dict[str, Any] = {
        "requestId": 77,
        "success": True,
        "result": None,
        "ts": timestamp(1),
        "logLines": [],
    }
    return {"type": "MutationResponse", **told, **fields}


async def hang_up(wire: Wire) -> None:
    """Close before reading anything."""


async def hang_up_after_the_request(wire: Wire) -> None:
    await wire.request()


async def hang_up_after_the_upgrade(wire: Wire) -> None:
    await wire.upgrade()


async def hang_up_after_the_subscription(wire: Wire) -> None:
    await subscribed(wire)


async def reset(wire: Wire) -> None:
    """Answer with RST."""
    await subscribed(wire)
    raw = wire.stream.extra(SocketAttribute.raw_socket)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def say_nothing(_wire: Wire) -> None:
    """Take the connection, and never say a word."""
    await anyio.sleep_forever()


HANDSHAKES: Final[dict[str, Scene]] = {
    "hangs up": hang_up,
    "hangs up after the request": hang_up_after_the_request,
    "speaks another language": sends(b"SSH-2.0-OpenSSH_9.6\r\n", upgraded=False),
    "sends a line without an end": sends(b"HTTP/1.1 101 " + b"x" * 100_000, upgraded=False),
    "sends headers without an end": sends(
        b"HTTP/1.1 101 Switching Protocols\r\n" + b"X-Filler: y\r\n" * 10_000, upgraded=False
    ),
    "sends a body without an end": sends(
        b"HTTP/1.1 500 Oops\r\n\r\n" + b"<p>sorry</p>" * 200_000, upgraded=False
    ),
    "accepts with the wrong key": sends(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: bm90IHRoZSByaWdodCBrZXk=\r\n\r\n",
        upgraded=False,
    ),
    "accepts what was not offered": sends(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Extensions: permessage-lzma\r\n\r\n",
        upgraded=False,
    ),
    "answers a page": sends(reply(200, body=b"<html>hotel wifi</html>"), upgraded=False),
    **{
        f"answers HTTP {status}": sends(
            reply(status, *headers, body=b'{"code":"Refused","message":"no"}'), upgraded=False
        )
        for status, headers in {
            400: (),
            401: ('WWW-Authenticate: Basic realm="x"',),
            403: (),
            404: (),
            429: ("Retry-After: 3600",),
            500: (),
            503: ("Retry-After: 3600",),
        }.items()
    },
}
"""Instead of a WebSocket."""

START: Final = {"querySet": 0, "identity": 0, "ts": timestamp(0)}
ONE: Final = {"querySet": 1, "ts": timestamp(5)}
DEEP: Final = b'{"type":"Transition","modifications":' + b"[" * 100_000


MESSAGES: Final[dict[str, Scene]] = {
    "hangs up after the upgrade": hang_up_after_the_upgrade,
    "hangs up after the subscription": hang_up_after_the_subscription,
    "resets": reset,
    "sends bad UTF-8": sends(frame(b'{"type":"Ping\xff"}')),
    "sends a lone surrogate": sends(frame(b'{"type":"Ping","x":"\\ud83d"}'), frame(b"{")),
    "sends a binary frame": sends(frame(b'{"type":"Ping"}', BINARY)),
    "declares a gigabyte": sends(frame(b"{", declared=GIGABYTE)),
    "declares more than there is": sends(frame(b"{", declared=LARGEST)),
    "sends an unknown opcode": sends(frame(b"{}", 0x5)),
    "sets a reserved bit": sends(frame(b"{}", TEXT | 0x40)),
    "sends a masked frame": sends(b"\x81\x82\x00\x00\x00\x00{}"),
    "continues nothing": sends(frame(b"{}", CONTINUATION)),
    "begins twice": sends(frame(b"{", final=False), frame(b"{}")),
    "sends a long ping": sends(frame(b"x" * 126, 0x9)),
    "sends no JSON": sends(frame(b"hello")),
    "sends nothing": sends(frame(b"")),
    "sends half a document": sends(frame(b'{"type":"Transition"')),
    "nests without end": sends(frame(DEEP)),
    "sends a number": says(5),
    "sends a list": says([{"type": "Ping"}]),
    "sends null": says(None),
    "sends no type": says({}),
    "sends a type that is no text": says({"type": ["Ping"]}),
    "sends a transition without versions": says({"type": "Transition"}),
    "starts elsewhere": says(step({"querySet": 3}, ONE)),
    "starts at another time": says(step({"ts": timestamp(1)}, ONE)),
    "starts as somebody else": says(step({"identity": 1}, ONE)),
    "ends where nobody asked": says(step({}, {**ONE, "querySet": 2})),
    "ends as somebody else": says(step({}, {**ONE, "identity": 1})),
    "goes back in time": says(
        step({}, ONE), step({"querySet": 1, "ts": timestamp(5)}, {**ONE, "ts": timestamp(4)})
    ),
    "has versions that are no integers": says(step({"querySet": 0.5}, ONE)),
    "has versions below zero": says(step({"querySet": -1}, ONE)),
    "has versions beyond any integer": says(step({}, {"querySet": 10**30, "ts": timestamp(5)})),
    "has versions that are text": says(step({"querySet": "0"}, ONE)),
    "has versions that are true": says(step({}, {"querySet": True, "ts": timestamp(5)})),
    "has a time that is no base64": says(step({"ts": "!"}, ONE)),
    "has a short time": says(step({}, {**ONE, "ts": "AAAA"})),
    "has a time beyond the end": says(step({}, {**ONE, "ts": "//////////8="})),
    "has modifications that are none": says(step({}, ONE, "x")),
    "has modifications of an unknown type": says(
        step({}, ONE, {"type": "QueryMoved", "queryId": 0})
    ),
    "has no value": says(step({}, ONE, {"type": "QueryUpdated", "queryId": 0, "logLines": []})),
    "has a query id that is text": says(step({}, ONE, {**answered(0), "queryId": "0"})),
    "fails without a message": says(step({}, ONE, {"type": "QueryFailed", "queryId": 0})),
    "answers without an id": says(mutated(requestId=None)),
    "answers with a time that is none": says(mutated(ts=5)),
    "sends slices out of order": says(chunk(1, 3)),
    "sends a slice twice": says(chunk(0, 3), chunk(0, 3)),
    "sends slices of two": says(chunk(0, 3), chunk(1, 3, name="8")),
    "changes its mind on the number": says(chunk(0, 3), chunk(1, 4)),
    "sends a slice of none": says(chunk(0, 0)),
    "sends a slice below zero": says(chunk(-1, 3)),
    "sends slices that are no JSON": says(chunk(0, 2), chunk(1, 2, "}}")),
    "sends slices of another message": says(chunk(0, 2, '{"type":'), chunk(1, 2, '"Ping"}')),
    "sends empty slices": says(*(chunk(number, 9, "") for number in range(9))),
    **{
        f"closes with {code}": sends(close_frame(code, "InternalServerError"))
        for code in (1000, 1001, 1003, 1008, 1011, 1012, 1013, 4040)
    },
    "closes with a code that is none": sends(close_frame(17)),
    "closes with half a code": sends(frame(b"\x03", 0x8)),
    "closes with bad UTF-8": sends(frame(b"\x03\xe8\xff", 0x8)),
}
"""After the subscription; after each of them the client connects again."""


def ignored(*messages: Any) -> Scene:
    """Send messages that mean nothing, and then the answer on the same connection."""

    async def scene(wire: Wire) -> None:
        query = await subscribed(wire)
        for message in messages:
            await wire.say(**message)
        await wire.say(**wire.transition(answered(query), query_set=1))
        await drained(wire)

    return scene


IGNORED: Final[dict[str, Scene]] = {
    "an unknown message": ignored({"type": "Weather", "sunny": True}),
    "a message with more fields": ignored({"type": "Ping", "sunny": True}),
    "the answer to an unknown mutation": ignored(mutated()),
    "the answer to an unknown action": ignored(
        {"type": "ActionResponse", "requestId": 5, "success": True, "result": 1, "logLines": []}
    ),
    "a slice of what never comes": ignored(chunk(0, 3)),
}
"""After the subscription; the connection goes on."""


def bomb(piece: Callable[[int], bytes], pieces: int) -> Scene:
    """Send piece after piece, until the client has had enough; who stands it gets the answer."""

    async def scene(wire: Wire) -> None:
        query = await subscribed(wire)
        for number in range(pieces):
            await wire.stream.send(piece(number))
        await wire.say(**wire.transition(answered(query), query_set=1))
        await drained(wire)

    return scene


async def deflate_bomb(wire: Wire) -> None:
    """Accept compression, and send a text that is 64 MiB long when it is unpacked."""
    await wire.request()
    answer = accept(wire.head)
    assert answer is not None
    offered = b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    await wire.stream.send(answer.removesuffix(b"\r\n") + offered)
    packer = zlib.compressobj(wbits=-15)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(64))
    packed += packer.flush(zlib.Z_SYNC_FLUSH).removesuffix(b"\x00\x00\xff\xff")
    await wire.stream.send(frame(packed, TEXT | 0x40))
    while await wire.stream.receive():
        pass  # until the client has had enough


async def strangers(wire: Wire) -> None:
    """Send results of thousands of queries that nobody asked for, and one that was."""
    query = await subscribed(wire)
    others = [answered(query + number, "x" * 100) for number in range(1, 101)]
    for _ in range(300):
        await wire.say(**wire.transition(*others, query_set=1))
    await wire.say(**wire.transition(answered(query)))
    await drained(wire)
