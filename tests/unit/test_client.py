"""The client against servers that misbehave in one way each, over real sockets."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import anyio
import anyio.abc
import orjson
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import (
    ArgumentError,
    ConfigurationError,
    ConvexConnectionError,
    ConvexTimeoutError,
    OutcomeUnknown,
    ProtocolError,
)

pytestmark = pytest.mark.anyio

Behaviour: TypeAlias = Callable[[anyio.abc.SocketStream, bytes], Awaitable[None]]


@asynccontextmanager
async def server(behave: Behaviour) -> AsyncGenerator[str]:
    """A server on loopback that reads one request and then behaves as told."""

    async def serve(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await behave(stream, await read_request(stream))

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        yield f"http://127.0.0.1:{port}"
        tasks.cancel_scope.cancel()


async def read_request(stream: anyio.abc.SocketStream) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += await stream.receive()
    head, body = received.split(b"\r\n\r\n", 1)
    (length,) = (
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += await stream.receive()
    return head + b"\r\n\r\n" + body


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answer(**fields: Any) -> bytes:
    return http("200 OK", orjson.dumps(fields))


async def hang_up(stream: anyio.abc.SocketStream, _request: bytes) -> None:
    await stream.aclose()


async def never_answer(_stream: anyio.abc.SocketStream, _request: bytes) -> None:
    await anyio.sleep_forever()


async def send_half(stream: anyio.abc.SocketStream, _request: bytes) -> None:
    await stream.send(answer(status="success", value=1.0)[:-3])


async def test_a_call_carries_path_format_client_and_credentials() -> None:
    """What goes out is what Convex's HTTP API documents."""
    seen: list[bytes] = []

    async def record(stream: anyio.abc.SocketStream, request: bytes) -> None:
        seen.append(request)
        await stream.send(answer(status="success", value={"n": {"$integer": "BQAAAAAAAAA="}}))

    async with server(record) as url, ConvexClient(url, auth="jwt-1") as client:
        assert await client.query("a:b", {"x": 1}) == {"n": 5}

    head, body = seen[0].split(b"\r\n\r\n", 1)
    assert head.startswith(b"POST /api/query HTTP/1.1\r\n")
    assert b"authorization: bearer jwt-1" in head.lower()
    assert b"convex-client: aioconvex-" in head.lower()
    assert orjson.loads(body) == {
        "path": "a:b",
        "args": {"x": 1.0},
        "format": "convex_encoded_json",
    }


@pytest.mark.parametrize("behave", [hang_up, send_half])
async def test_a_lost_reply_is_harmless_for_a_query_and_unknown_for_a_mutation(
    behave: Behaviour,
) -> None:
    """A mutation whose reply was lost may have been applied, and the error says so."""
    async with server(behave) as url, ConvexClient(url, max_retries=0) as client:
        with pytest.raises(ConvexConnectionError):
            await client.query("a:b")
        with pytest.raises(OutcomeUnknown):
            await client.mutation("a:b")
        with pytest.raises(OutcomeUnknown):
            await client.action("a:b")


async def test_a_server_that_never_answers_ends_in_a_timeout() -> None:
    """The client's timeout ends the wait."""
    async with server(never_answer) as url, ConvexClient(url, timeout=0.05) as client:
        with pytest.raises(ConvexTimeoutError):
            await client.query("a:b")
        with pytest.raises(OutcomeUnknown):
            await client.mutation("a:b")


async def test_a_mutation_that_never_left_has_a_known_outcome() -> None:
    """Nobody listens: it was not applied."""
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with ConvexClient(f"http://127.0.0.1:{port}", max_retries=0) as client:
        with pytest.raises(ConvexConnectionError):
            await client.mutation("a:b")


async def test_a_redirect_is_not_followed() -> None:
    """Credentials never travel to where a redirect points."""

    async def redirect(stream: anyio.abc.SocketStream, _request: bytes) -> None:
        await stream.send(http("307 Temporary Redirect", b"", "Location: http://127.0.0.1:1/"))

    async with server(redirect) as url, ConvexClient(url, admin_key="k|1") as client:
        with pytest.raises(Exception, match="HTTP 307"):
            await client.query("a:b")


async def test_a_page_of_a_proxy_is_a_protocol_error() -> None:
    """HTML with status 200 is shown, shortened, as what came instead of a reply."""

    async def proxy(stream: anyio.abc.SocketStream, _request: bytes) -> None:
        await stream.send(http("200 OK", b"<html>Welcome</html>"))

    async with server(proxy) as url, ConvexClient(url) as client:
        with pytest.raises(ProtocolError, match="Welcome"):
            await client.query("a:b")


async def test_log_lines_go_to_the_functions_logger(caplog: pytest.LogCaptureFixture) -> None:
    """A function's console lines are logged under `aioconvex.functions`."""

    async def log(stream: anyio.abc.SocketStream, _request: bytes) -> None:
        await stream.send(answer(status="success", value=None, logLines=["[LOG] 'hi'"]))

    with caplog.at_level(logging.INFO, "aioconvex.functions"):
        async with server(log) as url, ConvexClient(url) as client:
            await client.query("a:b")

    assert [record.getMessage() for record in caplog.records if "hi" in record.getMessage()] == [
        "a:b: [LOG] 'hi'"
    ]


async def test_wrong_arguments_are_not_sent() -> None:
    """A value Convex has no type for is refused without a connection."""
    async with ConvexClient("http://127.0.0.1:1") as client:
        with pytest.raises(ArgumentError, match=r"\$\.when: object"):
            await client.query("a:b", {"when": object()})


@pytest.mark.parametrize("name", ["auth", "admin_key"])
def test_credentials_are_never_shown(name: str) -> None:
    """Neither `repr` nor an error repeats a token or key."""
    connect: Any = ConvexClient
    client = connect("https://example.com", **{name: "hunter2"})
    assert "hunter2" not in repr(client)
    assert repr(client.live()) == "LiveCalls('https://example.com')"
    assert repr(client.with_raw_response) == "RawCalls('https://example.com')"
    with pytest.raises(ConfigurationError) as caught:
        connect("https://example.com", **{name: "hunter2ü"})
    assert "hunter2" not in str(caught.value)


def test_user_and_admin_at_once_is_a_mistake() -> None:
    """One identity a client."""
    with pytest.raises(ConfigurationError, match="not both"):
        ConvexClient("https://example.com", auth="a", admin_key="b")
