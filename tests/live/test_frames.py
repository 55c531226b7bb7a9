"""Texts cut out of a server's bytes, against websockets' own reading of the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import anyio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from aioconvex._transport.frames import FrameCutter, text_frame
from aioconvex._transport.websocket import SocketClosedError, WebSocket
from live.frames import BINARY, CLOSE, PING, PONG, TEXT, accept, frame

CONTINUATION = 0x0
LIMIT = 70_000

payloads = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([125, 126, 127, 65_535, 65_536, LIMIT, LIMIT + 1]).map(bytes),
)
opcodes = st.sampled_from([TEXT, TEXT, TEXT, CONTINUATION, PING, PONG, BINARY, CLOSE, 0x3, 0x41])
good = st.builds(frame, payloads, opcodes, final=st.booleans())
masked = st.just(b"\x81\x81\x00\x00\x00\x00x")
streams = st.lists(st.one_of(good, good, good, masked), max_size=8).map(b"".join)
cuts = st.lists(st.integers(1, 70_010), max_size=8)


def opened() -> ClientProtocol:
    """A protocol after its upgrade."""
    protocol = ClientProtocol(parse_uri("ws://localhost/"), max_size=LIMIT)
    protocol.state = State.OPEN
    protocol.parser = super(ClientProtocol, protocol).parse()
    next(protocol.parser)
    return protocol


class Reader:
    """Makes whole messages of a protocol's frames."""

    def __init__(self) -> None:
        self.protocol = opened()
        self.parts = b""

    def read(self, data: bytes | bytearray) -> list[bytes]:
        """The messages that some bytes complete."""
        self.protocol.receive_data(data)
        texts: list[bytes] = []
        for event in self.protocol.events_received():
            assert isinstance(event, Frame)
            if event.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
                self.parts += event.data
                if event.fin:
                    texts.append(self.parts)
                    self.parts = b""
        return texts

    def end(self) -> object:
        """How it ended, if it did, and how much there is to answer (its masks are random)."""
        protocol = self.protocol
        answers = [len(write) for write in protocol.data_to_send()]
        return protocol.state, protocol.close_rcvd, protocol.close_sent, answers

    def read_open(self, data: bytes | bytearray) -> list[bytes | bytearray] | None:
        """The same for a cutter."""
        texts: list[bytes | bytearray] = [*self.read(data)]
        return texts if self.protocol.state is State.OPEN else None


def pieces_of(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    """The data in pieces of these sizes and a last one."""
    pieces: list[bytes] = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


@given(streams, cuts)
@example(frame(b"a", final=False) + frame(b"b"), [1])
@example(frame(b"a") + frame(b"\x03\xe8", CLOSE) + frame(b"b"), [])
@settings(max_examples=150)
def test_it_gives_what_websockets_gives(data: bytes, sizes: list[int]) -> None:
    """The same texts, answers and ends, wherever the stream is cut."""
    alone, beside = Reader(), Reader()
    cutter = FrameCutter(LIMIT, beside.read_open)
    expected: list[bytes] = []
    found: list[bytes | bytearray] = []
    for piece in pieces_of(data, sizes):
        expected += alone.read(piece)
        found += cutter.cut(piece)
    assert found == expected
    assert beside.end() == alone.end()


@pytest.mark.parametrize("size", [1, 125, 126, 65_535, 65_536])
def test_a_whole_text_does_not_trouble_websockets(size: int) -> None:
    """That is what it is there for."""

    def never(_frame: bytes | bytearray) -> None:
        raise AssertionError

    cutter = FrameCutter(LIMIT, never)
    assert cutter.cut(frame(b"x" * size) * 2) == [b"x" * size] * 2


@pytest.mark.parametrize(
    "head",
    [
        frame(b"", declared=LIMIT + 1),
        frame(b"a", final=False) + frame(b"", CONTINUATION, declared=LIMIT),
    ],
)
def test_what_is_too_long_is_refused_by_its_head(head: bytes) -> None:
    """Not after as many bytes have come."""
    reader = Reader()
    cutter = FrameCutter(LIMIT, reader.read_open)
    assert cutter.cut(head) == []
    assert reader.protocol.state is State.CLOSING


class CutStream:
    """A server that sends an answer and all its frames at once, cut in two somewhere."""

    def __init__(self, frames: bytes, cut: int) -> None:
        self.frames = frames
        self.cut = cut
        self.pieces: list[bytes] = []

    async def send(self, item: bytes) -> None:
        answer = accept(item)
        assert answer is not None
        everything = answer + self.frames
        cut = len(everything) - self.cut
        self.pieces = [piece for piece in (everything[:cut], everything[cut:]) if piece]

    async def receive(self, _max_bytes: int = 65536) -> bytes:
        if not self.pieces:
            raise anyio.EndOfStream
        return self.pieces.pop(0)

    async def aclose(self) -> None:
        pass


@pytest.mark.anyio
async def test_frames_may_come_with_the_answer_to_the_upgrade(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """None is lost, wherever the stream is cut."""
    frames = frame(b"a") + frame(b"b", final=False) + frame(b"c", CONTINUATION)
    for cut in range(len(frames) + 60):
        stream = CutStream(frames, cut)

        async def open_stream(*_: object, stream: CutStream = stream, **__: object) -> CutStream:
            return stream

        monkeypatch.setattr("aioconvex._transport.websocket.open_stream", open_stream)
        socket = await WebSocket.connect("ws://127.0.0.1:1/", ())
        texts: list[bytes | bytearray] = []
        with suppress(SocketClosedError):
            while True:
                texts += await socket.receive()
        assert texts == [b"a", b"bc"]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, LIMIT])
def test_a_server_reads_the_text_that_was_written(size: int) -> None:
    server = ServerProtocol(max_size=LIMIT)
    server.state = State.OPEN
    server.parser = super(ServerProtocol, server).parse()
    next(server.parser)
    text = bytes(number % 128 for number in range(size))
    server.receive_data(text_frame(text) + text_frame(b"next"))
    assert server.events_received() == [Frame(Opcode.TEXT, text), Frame(Opcode.TEXT, b"next")]


def test_no_two_frames_are_masked_alike() -> None:
    assert len({text_frame(b"the same") for _ in range(20)}) == 20
