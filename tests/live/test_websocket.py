"""The WebSocket: TLS, proxies, compression, large messages, and how it ends."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import ByteStream, SocketAttribute, SocketStream
from anyio.streams.tls import TLSListener
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from aioconvex import ConvexClient
from aioconvex._protocol.sync.chunks import MAX_MESSAGE
from aioconvex._transport.base import TransportError
from aioconvex._transport.httpx import tls_context
from aioconvex._transport.websocket import SocketClosedError, WebSocket
from live.frames import BINARY, PING, PONG, TEXT, close_frame, frame
from live.hostile import ANSWER, HostileServer, Scene, Wire, honest, reply
from live.loops import ALL_LOOPS

pytestmark = [pytest.mark.anyio, ALL_LOOPS]

CERTIFICATE = Path(__file__).parent / "fixtures" / "localhost.pem"
CONTINUATION = 0x0


@asynccontextmanager
async def serving(
    handle: Callable[[Any], Awaitable[None]], tls: ssl.SSLContext | None = None
) -> AsyncGenerator[int]:
    """A server on a port of its own."""
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as plain:
        listener = plain if tls is None else TLSListener(plain, tls, standard_compatible=False)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, handle)
            yield plain.extra(SocketAttribute.local_port)
            tasks.cancel_scope.cancel()


@asynccontextmanager
async def connected(scene: Scene) -> AsyncGenerator[WebSocket]:
    """A WebSocket to a server that plays a scene after the upgrade."""

    async def upgraded(wire: Wire) -> None:
        await wire.upgrade()
        await scene(wire)

    async with HostileServer([upgraded]).running() as server:
        socket = await WebSocket.connect(f"ws://127.0.0.1:{server.port}/", ())
        try:
            with anyio.fail_after(20):
                yield socket
        finally:
            await socket.aclose()


def sends(*pieces: bytes) -> Scene:
    """Send bytes as they are, and wait for the client to go."""

    async def scene(wire: Wire) -> None:
        for piece in pieces:
            await wire.stream.send(piece)
        await wire.message("no such message")

    return scene


async def until(socket: WebSocket, number: int) -> Sequence[bytes | bytearray]:
    """Receive so many messages."""
    texts: list[bytes | bytearray] = []
    while len(texts) < number:
        texts += await socket.receive()
    return texts


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@pytest.fixture
def _trusting(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Let this process trust our certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


async def honest_stream(stream: SocketStream) -> None:
    async with stream:
        with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
            await honest(Wire(stream, count(1)))


@pytest.mark.usefixtures("_trusting")
async def test_over_tls() -> None:
    """With the settings that calls use too, such as `SSL_CERT_FILE`."""
    async with (
        serving(honest_stream, server_context()) as port,
        ConvexClient(f"https://localhost:{port}") as client,
    ):
        assert await client.watch("a:b").once() == ANSWER


async def test_a_certificate_of_an_unknown_authority_is_refused() -> None:
    """Nobody else may have the tokens."""

    async def handle(stream: ByteStream) -> None:
        await stream.aclose()

    async with serving(handle, server_context()) as port:
        with pytest.raises(TransportError, match=r"no TLS with localhost: .*certificate"):
            await WebSocket.connect(f"wss://localhost:{port}/", ())


class Proxy:
    """An HTTP proxy that knows one host."""

    def __init__(self, port: int, answer: bytes = b"HTTP/1.1 200 Connected\r\n\r\n") -> None:
        self.port = port
        self.answer = answer
        self.heads: list[bytes] = []

    async def __call__(self, client: SocketStream) -> None:
        async with client:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += await client.receive(1)
            self.heads.append(head)
            await client.send(self.answer)
            if b" 200 " in self.answer:
                async with (
                    await anyio.connect_tcp("127.0.0.1", self.port) as server,
                    anyio.create_task_group() as tasks,
                ):
                    tasks.start_soon(self.pump, client, server)
                    await self.pump(server, client)
                    tasks.cancel_scope.cancel()

    async def pump(self, source: SocketStream, target: SocketStream) -> None:
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async for chunk in source:
                await target.send(chunk)


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the proxy of the environment."""
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def use(url: str) -> None:
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("https_proxy", url)

    return use


@pytest.mark.usefixtures("_trusting")
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_through_the_environment_s_proxy(
    scheme: str, proxied: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By CONNECT, with its login; not for hosts that the environment excepts."""
    async with serving(honest_stream, server_context() if scheme == "https" else None) as port:
        proxy = Proxy(port)
        async with serving(proxy) as proxy_port:
            proxied(f"http://user:pass%20word@127.0.0.1:{proxy_port}")
            url = f"{scheme}://deployment.test:{port}"
            async with ConvexClient(url, allow_http=True) as client:
                assert await client.watch("a:b").once() == ANSWER
            login = b64encode(b"user:pass word")
            assert proxy.heads == [
                b"CONNECT deployment.test:%d HTTP/1.1\r\nHost: deployment.test:%d\r\n"
                b"Proxy-Authorization: Basic %s\r\n\r\n" % (port, port, login)
            ]
            monkeypatch.setenv("no_proxy", "deployment.test")
            with pytest.raises(TransportError, match=r"no connection to deployment\.test"):
                await WebSocket.connect(f"ws://deployment.test:{port}/", ())


async def test_a_proxy_that_refuses_is_named_without_its_password(
    proxied: Callable[[str], None],
) -> None:
    """Nor does one that speaks no HTTP, or hangs up, or is none."""
    for answer, reason in [
        (b"HTTP/1.1 407 Login\r\n\r\n", "refused to connect to deployment.test:80: 407"),
        (b"SSH-2.0\r\n\r\n", "refused to connect to deployment.test:80: no HTTP"),
        (b"HTTP/1.1 200", "the proxy 127.0.0.1 hung up"),
        (b"x" * 70_000, "no end"),
    ]:
        async with serving(Proxy(0, answer.replace(b" 200", b" 299"))) as port:
            proxied(f"http://user:secret@127.0.0.1:{port}")
            with pytest.raises(TransportError) as caught:
                await WebSocket.connect("ws://deployment.test/", ())
            assert reason in str(caught.value)
            assert "secret" not in str(caught.value)
    proxied("socks5://user:secret@127.0.0.1:1")
    with pytest.raises(TransportError, match=r"kind socks5://") as caught:
        await WebSocket.connect("ws://deployment.test/", ())
    assert "secret" not in str(caught.value)


async def deflating(stream: SocketStream) -> None:
    """Echo, compressed, as the open-source server does: it takes a bare offer alone."""
    factory = ServerPerMessageDeflateFactory()
    protocol = ServerProtocol(extensions=[factory])
    async with stream:
        with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
            while True:
                protocol.receive_data(await stream.receive())
                for event in protocol.events_received():
                    if isinstance(event, Request):
                        offer = event.headers["Sec-WebSocket-Extensions"]
                        assert offer == "permessage-deflate; client_max_window_bits"
                        response = protocol.accept(event)
                        protocol.send_response(response)
                    elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                        assert protocol.extensions
                        protocol.send_text(bytes(event.data))
                await stream.send(b"".join(protocol.data_to_send()))


async def test_messages_are_compressed_if_asked() -> None:
    """In both directions, if the server agrees."""
    async with serving(deflating) as port:
        socket = await WebSocket.connect(f"ws://127.0.0.1:{port}/", (), deflate=True)
        text = b"abc" * 100_000
        await socket.send([text, b"{}"])
        with anyio.fail_after(20):
            assert await until(socket, 2) == [text, b"{}"]
        await socket.aclose()
    async with HostileServer([]).running() as server:
        async with ConvexClient(server.url, compress_live=True) as client:
            assert await client.watch("a:b").once() == ANSWER  # which did not agree
        assert b"permessage-deflate" in server.wires[0].head


async def test_large_messages_both_ways() -> None:
    """Whole, or in fragments with a ping between."""
    size = 16 * 2**20
    text = b"x" * size

    async def scene(wire: Wire) -> None:
        await wire.stream.send(frame(text))
        await wire.stream.send(frame(text[: size // 2], TEXT, final=False))
        await wire.stream.send(frame(b"?", PING))
        await wire.stream.send(frame(text[size // 2 :], CONTINUATION))
        assert await wire.message("large") == {"type": "large", "text": "y" * size}
        await wire.stream.send(frame(b"{}"))
        await wire.message("no such message")

    async with connected(scene) as socket, anyio.create_task_group() as tasks:
        tasks.start_soon(socket.send, [b'{"type":"large","text":"' + b"y" * size + b'"}'])
        assert await until(socket, 2) == [text, text]
        assert await until(socket, 1) == [b"{}"]


async def test_a_message_of_a_gigabyte_is_refused_before_it_comes() -> None:
    """No memory is taken for it."""
    async with connected(sends(frame(b"x", declared=2**30))) as socket:
        with pytest.raises(TransportError, match="broke the WebSocket protocol"):
            await until(socket, 1)
    halves = frame(b"x" * 2**20, TEXT, final=False) + frame(
        b"x", CONTINUATION, declared=MAX_MESSAGE - 2**20 + 1
    )
    async with connected(sends(halves)) as socket:
        with pytest.raises(TransportError, match="broke the WebSocket protocol"):
            await until(socket, 1)


async def test_pings_are_answered_by_the_next_send() -> None:
    """The one who sends is told that there is something to send."""

    async def scene(wire: Wire) -> None:
        await wire.stream.send(frame(b"abc", PING))
        assert wire._frames.received(await wire.stream.receive()) == [(PONG, b"abc")]  # noqa: SLF001
        await wire.stream.send(frame(b"{}"))
        await wire.message("no such message")

    async with connected(scene) as socket:
        assert await socket.receive() == []
        assert socket.must_send
        await socket.send([])
        assert not socket.must_send
        assert await until(socket, 1) == [b"{}"]


async def test_a_flood_of_pings_has_an_end() -> None:
    """If nothing can be sent, the answers do not gather for ever."""
    async with connected(sends(frame(b"x" * 125, PING) * 2000)) as socket:
        with pytest.raises(TransportError, match="pings"):
            await until(socket, 1)


@pytest.mark.parametrize(
    ("ending", "code", "reason"),
    [
        (close_frame(1013, "TooManyConcurrentMutations"), 1013, "TooManyConcurrentMutations"),
        (close_frame(1000), 1000, "closed with code 1000"),
        (frame(b"", 0x8), 1005, "closed with code 1005"),
        (b"", 1006, "closed with code 1006"),
    ],
)
async def test_how_the_server_closed_it_is_told(ending: bytes, code: int, reason: str) -> None:
    """After everything that came before."""

    async def scene(wire: Wire) -> None:
        await wire.stream.send(frame(b"{}") + ending)

    async with connected(scene) as socket:
        assert await until(socket, 1) == [b"{}"]
        with pytest.raises(SocketClosedError) as caught:
            await until(socket, 1)
        assert (caught.value.code, caught.value.reason) == (code, reason)


@pytest.mark.parametrize("piece", [frame(b"x", BINARY), b"\xff\xff", frame(b"x", CONTINUATION)])
async def test_what_breaks_the_protocol_is_an_error(piece: bytes) -> None:
    """Of ours, whatever library finds it."""
    async with connected(sends(piece)) as socket:
        with pytest.raises(TransportError):
            await until(socket, 1)
        with pytest.raises(TransportError):
            await socket.send([b"{}"])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(404, body=b"no such deployment"), "HTTP 404 instead of a WebSocket: no such"),
        (reply(200), "HTTP 200 instead of a WebSocket"),
        (b"HTTP/1.1 101 Fine\r\n\r\n", "no WebSocket: "),
        (b"SSH-2.0-OpenSSH\r\n", "no WebSocket: "),
        (b"", "no WebSocket: "),
    ],
)
async def test_a_server_that_opens_no_websocket(answer: bytes, reason: str) -> None:
    """It is said what it did instead."""

    async def scene(wire: Wire) -> None:
        await wire.request()
        await wire.stream.send(answer)

    async with HostileServer([scene]).running() as server:
        with anyio.fail_after(20), pytest.raises(TransportError) as caught:
            await WebSocket.connect(f"ws://127.0.0.1:{server.port}/", ())
        assert reason in str(caught.value)


async def test_connecting_takes_ten_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the server accepts and is silent."""
    monkeypatch.setattr("aioconvex._transport.websocket.CONNECT_SECONDS", 0.05)

    async def scene(wire: Wire) -> None:
        await wire.message("no such message")

    async with HostileServer([scene]).running() as server:
        with anyio.fail_after(20), pytest.raises(TransportError, match="within"):
            await WebSocket.connect(f"ws://127.0.0.1:{server.port}/", ())


async def test_a_peer_that_takes_nothing_cannot_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The goodbye is not waited for."""
    monkeypatch.setattr("aioconvex._transport.websocket._GOODBYE_SECONDS", 0.05)

    async def deaf(_wire: Wire) -> None:
        await anyio.sleep_forever()

    async with connected(deaf) as socket:
        with anyio.move_on_after(0.2):
            await socket.send([b"x" * 2**26])
