"""Over httpx, on asyncio and trio. The only module that imports it for calls.

Only names that httpx and its continuation httpx2 share are used.
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager, contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Self

import httpx

from .base import (
    CONNECT_SECONDS,
    HttpReply,
    HttpRequest,
    HttpStream,
    TransportError,
    collect,
    proxy_for,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, AsyncIterator, Generator

__all__ = ["HttpxTransport"]

_log: Final = logging.getLogger("aioconvex.http")
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
# Only connecting is timed here: the caller's deadline ends everything else.
_TIMEOUTS: Final = {"timeout": httpx.Timeout(None, connect=CONNECT_SECONDS).as_dict()}


class HttpxTransport:
    """A pool of httpx's, or the user's own client.

    Args:
        origin: where requests will go; it decides about TLS and proxies.
        client: the user's client, whose settings then hold and which stays open at the end.
    """

    # httpx's pool looks at every connection for every request, so more at once are served slower.
    in_flight: int = 16

    def __init__(self, origin: str, client: httpx.AsyncClient | None = None) -> None:
        self._client = client
        self._own = None if client else _pool(origin)

    async def send(self, request: HttpRequest) -> HttpReply:
        """See `Transport`."""
        async with self.stream(request) as reply:
            return HttpReply(reply.status, reply.headers, await collect(reply.chunks))

    @asynccontextmanager
    async def stream(self, request: HttpRequest) -> AsyncGenerator[HttpStream]:
        """See `Transport`."""
        with _as_transport_error(request):
            response = await self._send(_httpx_request(request))
        chunks = _chunks(response)
        # What the user's block raises is the user's, so the yield is not inside the translation.
        try:
            yield HttpStream(response.status_code, response.headers, _Chunks(chunks, request))
        finally:
            with _as_transport_error(request):
                await response.aclose()
            await _unwind(chunks)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        if self._own is not None:
            # Straight to the pool: redirects and cookies are not for us, and the layer above
            # costs as much as the rest of a small call.
            return await self._own.handle_async_request(request)
        assert self._client is not None  # noqa: S101  # one of the two
        return await self._client.send(request, stream=True, follow_redirects=False)

    async def aclose(self) -> None:
        """See `Transport`."""
        if self._own is not None:
            await self._own.aclose()


def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    if "content-encoding" in response.headers:
        return response.aiter_bytes()
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101  # of an async transport
    return aiter(stream)  # without the layers that would decompress it


async def _unwind(chunks: AsyncIterator[bytes]) -> None:
    """End the generators in which a body that was not read to its end is suspended.

    httpx and httpcore nest several, and trio complains of each one that it finds forgotten. Asking
    the closed response for more raises in the innermost, and so ends all of them.
    """
    try:
        await anext(chunks)
    except (StopAsyncIteration, httpx.HTTPError, httpx.StreamError):
        pass  # the usual end, and the one that is provoked here
    except RuntimeError as error:
        _log.debug("closing a reply early: %r", error)


@contextmanager
def _as_transport_error(request: HttpRequest) -> Generator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        if isinstance(error, _NEVER_SENT):
            request.maybe_sent = False
        name = type(error).__name__
        raise TransportError(f"{name}: {error}" if str(error) else name) from None


class _Chunks:
    """A reply's body as it comes."""

    def __init__(self, chunks: AsyncIterator[bytes], request: HttpRequest) -> None:
        self._chunks = chunks
        self._request = request

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        with _as_transport_error(self._request):
            return await anext(self._chunks)


class _Body(httpx.AsyncByteStream):
    """A request's body, which notes that it leaves.

    No generator, which trio would find suspended when a server hangs up.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._request.maybe_sent = True  # asked for only once there is a connection
        body = self._request.body
        return _Once(body) if isinstance(body, bytes) else aiter(body)


class _Once:
    """One chunk."""

    def __init__(self, chunk: bytes) -> None:
        self._chunk: bytes | None = chunk

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        chunk, self._chunk = self._chunk, None
        if chunk is None:
            raise StopAsyncIteration
        return chunk


def _httpx_request(request: HttpRequest) -> httpx.Request:
    url = _url(request.url)
    if request.body == b"":
        request.maybe_sent = True  # its head is all of it
    # httpx leaves a request alone that brings its own stream, so the framing is ours to say.
    framing = (
        ("Content-Length", str(len(request.body)))
        if isinstance(request.body, bytes)
        else ("Transfer-Encoding", "chunked")
    )
    headers = [("Host", url.netloc.decode("ascii")), *request.headers, framing]
    return httpx.Request(
        request.method, url, headers=headers, stream=_Body(request), extensions=_TIMEOUTS
    )


@cache
def _tls() -> ssl.SSLContext:
    # Building one takes tens of milliseconds.
    return httpx.create_ssl_context()


_url: Final = lru_cache(maxsize=64)(httpx.URL)


def _pool(origin: str) -> httpx.AsyncHTTPTransport:
    url = httpx.URL(origin)
    proxy = proxy_for(url.scheme, url.host)
    return httpx.AsyncHTTPTransport(
        verify=_tls() if url.scheme == "https" or proxy else False, proxy=proxy
    )
