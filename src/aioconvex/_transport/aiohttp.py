"""Over aiohttp, on asyncio only: a third of httpx's CPU for a small call (extra `[aiohttp]`).

It is used directly, not through `httpx-aiohttp`: that reports a connection lost after sending as
one that was never made, and a mutation repeated on its word would be applied twice.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final, Self

import aiohttp
from aiohttp.payload import Payload
from yarl import URL

from .base import (
    CONNECT_SECONDS,
    MAX_REPLY,
    HttpReply,
    HttpRequest,
    HttpStream,
    TransportError,
    collect,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Generator

    from aiohttp.abc import AbstractStreamWriter

__all__ = ["AiohttpTransport"]

_NEVER_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_TELLING: Final = (*_NEVER_SENT, aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError)
# Only connecting is timed here: the caller's deadline ends everything else.
_TIMEOUTS: Final = aiohttp.ClientTimeout(
    total=None, connect=None, sock_read=None, sock_connect=CONNECT_SECONDS
)
_CHUNK: Final = 2**16


class AiohttpTransport:
    """A session of aiohttp's, without cookies, redirects and netrc files.

    Args:
        proxy: the URL of an HTTP proxy. aiohttp's own look at the environment costs two threads a
            request, and reads ~/.netrc.
    """

    in_flight: int = 100

    def __init__(self, proxy: str | None) -> None:
        self._proxy = proxy
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # the client bounds what is in flight
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_TIMEOUTS,
        )

    async def send(self, request: HttpRequest) -> HttpReply:
        """See `Transport`."""
        try:
            response = await self._request(request)
            if response.content.is_eof():  # as with small ones, which come with their head
                try:
                    body = response.content.read_nowait()
                finally:
                    response.release()
            else:
                async with response:
                    body = await _read(response)
            return HttpReply(response.status, response.headers, body)
        except _FAILURES as error:
            raise _transport_error(error, request) from None

    @asynccontextmanager
    async def stream(self, request: HttpRequest) -> AsyncGenerator[HttpStream]:
        """See `Transport`."""
        with _as_transport_error(request):
            response = await self._request(request)
        # What the user's block raises is the user's, so the yield is not inside the translation.
        async with response:
            yield HttpStream(response.status, response.headers, _Chunks(response, request))

    def _request(self, request: HttpRequest) -> Awaitable[aiohttp.ClientResponse]:
        body = request.body
        if body == b"":
            request.maybe_sent = True  # its head is all of it
        return self._session.request(
            request.method,
            URL(request.url, encoded=True),
            headers=request.headers,
            data=None if body == b"" else _Body(request),
            allow_redirects=False,
            proxy=self._proxy,
            middlewares=(_once,) if request.method != "POST" else None,
        )

    async def aclose(self) -> None:
        """See `Transport`."""
        await self._session.close()


class _Body(Payload):
    """A request's body, which notes that it leaves."""

    _autoclose = True  # it holds nothing open

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._request = request
        if isinstance(request.body, bytes):
            self._size = len(request.body)

    async def write_with_length(
        self,
        writer: AbstractStreamWriter,
        content_length: int | None,  # noqa: ARG002  # that of the body itself
    ) -> None:
        request = self._request
        request.maybe_sent = True
        body = request.body
        if isinstance(body, bytes):
            await writer.write(body)
            return
        async for chunk in body:
            if chunk:  # an empty one would end a chunked body
                await writer.write(chunk)

    async def write(self, writer: AbstractStreamWriter) -> None:  # of older versions of aiohttp
        await self.write_with_length(writer, None)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002
        raise TypeError("a request's body is bytes")


class _Chunks:
    """A reply's body as it comes."""

    def __init__(self, response: aiohttp.ClientResponse, request: HttpRequest) -> None:
        self._chunks: AsyncIterator[bytes] = aiter(response.content.iter_chunked(_CHUNK))
        self._request = request

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        with _as_transport_error(self._request):
            return await anext(self._chunks)


class _Lost(Exception):  # noqa: N818  # never leaves this module
    """A connection was lost, said in a way that aiohttp does not know."""


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating GET, PUT, DELETE, … when a connection is lost after sending."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Lost(_reason(error)) from None


_FAILURES: Final = (_Lost, aiohttp.ClientError, TimeoutError)


@contextmanager
def _as_transport_error(request: HttpRequest) -> Generator[None]:
    try:
        yield
    except _FAILURES as error:
        raise _transport_error(error, request) from None


def _transport_error(error: Exception, request: HttpRequest) -> TransportError:
    if isinstance(error, _NEVER_SENT):
        request.maybe_sent = False
    return TransportError(str(error) if isinstance(error, _Lost) else _reason(error))


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = response.content
    size = response.content_length
    if size is not None and size <= MAX_REPLY and "Content-Encoding" not in response.headers:
        return await content.read()  # cannot become larger than it says
    return await collect(content.iter_chunked(_CHUNK))


def _reason(error: Exception) -> str:
    name = type(error).__name__
    if isinstance(error, _TELLING):
        return f"{name}: {error}" if str(error) else name
    # The other texts may have the URL, which may be a secret.
    return (
        f"{name}: {os.strerror(error.errno)}"
        if isinstance(error, OSError) and error.errno
        else name
    )
