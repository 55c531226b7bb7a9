"""Just enough of Convex's sync protocol to answer the clients of the benchmark, and fast.

https://docs.convex.dev describes no wire format; this follows the open-source backend's
`convex_sync_types`, over WebSocket frames (RFC 6455). What a client subscribes to decides what it
gets: `live:count` follows the mutations of its connection, `live:stream` pushes as many values as
its argument says, and everything else is one value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final

import orjson

from bench.payloads import TINY_VALUE, rows_of
from live.frames import PING, PONG, TEXT, FrameReader, frame
from live.frames import timestamp as spelled

COUNT: Final = "live:count"
STREAM: Final = "live:stream"


class SyncSocket:
    """One client's frames in, transitions out."""

    def __init__(
        self, send: Callable[[bytes], None], push: Callable[[Iterator[bytes]], None]
    ) -> None:
        self.send = send
        self.push = push
        self.frames = FrameReader()
        self.query_set = 0
        self.ts = spelled(0)
        self.clock = count(1)
        self.counted = 0
        self.counters: list[int] = []

    def received(self, data: bytes) -> None:
        """Take bytes, and answer every complete frame; the answers leave in one piece."""
        answers: list[bytes] = []
        for opcode, payload in self.frames.received(data):
            if opcode == PING:
                answers.append(frame(payload, PONG))
            elif opcode == TEXT:
                answers += self._answers(orjson.loads(payload))
        if answers:
            self.send(b"".join(answers))

    def _answers(self, message: dict[str, Any]) -> Iterator[bytes]:
        """Answer a message; Connect and Event want no answer."""
        match message["type"]:
            case "ModifyQuerySet":
                changes = message["modifications"]
                modifications = b",".join(self._modification(change) for change in changes)
                yield self._transition(modifications, message["newVersion"])
                for change in changes:
                    if change.get("udfPath") == STREAM:
                        self.push(self._stream(change["queryId"], **change["args"][0]))
            case "Mutation":
                yield from self._commit(message["requestId"])

    def _commit(self, request: int) -> Iterator[bytes]:
        self.counted += 1
        values = b",".join(_updated(query, b"%d.0" % self.counted) for query in self.counters)
        transition = self._transition(values)
        yield frame(
            b'{"type":"MutationResponse","requestId":%d,"success":true,"result":null,'
            b'"ts":"%b","logLines":[]}' % (request, self.ts.encode())
        )
        yield transition

    def _modification(self, change: dict[str, Any]) -> bytes:
        query = change["queryId"]
        if change["type"] == "Remove":
            return b'{"type":"QueryRemoved","queryId":%d}' % query
        if change["udfPath"] == COUNT:
            self.counters.append(query)
            return _updated(query, b"%d.0" % self.counted)
        if change["udfPath"] == STREAM:
            return _updated(query, b'{"n":0.0,"rows":[]}')
        return _updated(query, orjson.dumps(TINY_VALUE))

    def _stream(self, query: int, values: float, size: float) -> Iterator[bytes]:
        """Value after value, with their number."""
        rows = orjson.dumps(rows_of(int(size)))
        for number in range(1, int(values) + 1):
            yield self._transition(_updated(query, b'{"n":%d.0,"rows":%b}' % (number, rows)))

    def _transition(self, modifications: bytes, query_set: int | None = None) -> bytes:
        start = _version(self.query_set, self.ts)
        self.query_set = self.query_set if query_set is None else query_set
        self.ts = spelled(next(self.clock))
        return frame(
            b'{"type":"Transition","startVersion":%b,"endVersion":%b,"modifications":[%b]}'
            % (start, _version(self.query_set, self.ts), modifications)
        )


def _updated(query: int, value: bytes) -> bytes:
    return b'{"type":"QueryUpdated","queryId":%d,"value":%b,"logLines":[],"journal":null}' % (
        query,
        value,
    )


def _version(query_set: int, ts: str) -> bytes:
    return b'{"querySet":%d,"identity":0,"ts":"%b"}' % (query_set, ts.encode())
