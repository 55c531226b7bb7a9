"""Over httpx, on asyncio and trio. The only module that imports it for calls.

Only names that httpx and its continuation httpx2 share are used.
"""

from __future__ import annotations

import logging
from collections import deque
from contextlib import asynccontextmanager, contextmanager
from functools import cache, lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Final, Self, cast
from urllib.parse import urlsplit

import httpx

from aioconvex.errors import ConfigurationError

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

__all__ = ["HttpxTransport", "tls_context"]

_log: Final = logging.getLogger("aioconvex.http")
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_IDLE_SECONDS: Final = 5.0  # as long as httpx keeps an idle connection
# Only connecting is timed here: the caller's deadline ends everything else.
_TIMEOUTS: Final = {"timeout": httpx.Timeout(None, connect=CONNECT_SECONDS).as_dict()}


class HttpxTransport:
    """Pools of httpx's, or the user's own client.

    A pool looks at each of its connections and requests whenever a request begins or ends, and may
    promise one connection to several, so that it slows down with what is in flight. Here each
    request has a pool to itself: as many pools as requests at once, each with one connection.

    Args:
        origin: where requests will go; it decides about TLS and proxies.
        client: the user's client, whose settings then hold and which stays open at the end.
    """

    def __init__(self, origin: str, client: httpx.AsyncClient | None = None) -> None:
        self._client = client
        # The user's client is one pool: there more at once are served slower.
        self.in_flight: int = 16 if client else 100
        self._origin = origin
        self._idle: deque[_Lane] = deque()
        self._busy: set[_Lane] = set()
        self._closed = False

    async def send(self, request: HttpRequest) -> HttpReply:
        """See `Transport`."""
        if self._client is not None:
            async with self.stream(request) as head:
                return HttpReply(head.status, head.headers, await collect(head.chunks))
        lane = self._take()
        try:
            reply = await lane.send(request)
        except BaseException as error:
            # What it was doing is uncertain now; another one is made when it is needed.
            self._busy.discard(lane)
            await lane.aclose()
            if isinstance(error, httpx.HTTPError):
                raise _transport_error(error, request) from None
            raise
        old = self._give_back(lane)
        if old is not None:
            await old.aclose()
        return reply

    @asynccontextmanager
    async def stream(self, request: HttpRequest) -> AsyncGenerator[HttpStream]:
        """See `Transport`."""
        lane = self._take() if self._client is None else None
        try:
            async with self._streamed(lane, request) as reply:
                yield reply
        except BaseException:
            if lane is not None:
                self._busy.discard(lane)
                await lane.aclose()
            raise
        if lane is not None:
            old = self._give_back(lane)
            if old is not None:
                await old.aclose()

    @asynccontextmanager
    async def _streamed(
        self, lane: _Lane | None, request: HttpRequest
    ) -> AsyncGenerator[HttpStream]:
        with _as_transport_error(request):
            if lane is not None:
                response = await lane.begin(request)
            else:
                assert self._client is not None  # noqa: S101  # one of the two
                response = await self._client.send(
                    _as_user_s(self._client, request), stream=True, follow_redirects=False
                )
        chunks = _chunks(response)
        # What the user's block raises is the user's, so the yield is not inside the translation.
        try:
            yield HttpStream(response.status_code, response.headers, _Chunks(chunks, request))
        finally:
            with _as_transport_error(request):
                await response.aclose()
            await _unwind(chunks)

    def _take(self) -> _Lane:
        lane = self._idle.pop() if self._idle else _Lane(self._origin)
        self._busy.add(lane)
        return lane

    def _give_back(self, lane: _Lane) -> _Lane | None:
        """Take a lane back, and give one that is to be closed."""
        self._busy.discard(lane)
        lane.under_way = None  # which may be large
        if self._closed:
            return lane
        lane.idle_since = monotonic()
        self._idle.append(lane)  # the last one in is the next one out, so that others fall idle
        if lane.idle_since - self._idle[0].idle_since > _IDLE_SECONDS:
            return self._idle.popleft()
        return None

    async def aclose(self) -> None:
        """See `Transport`."""
        self._closed = True
        while self._idle:
            await self._idle.pop().aclose()
        while self._busy:
            await self._busy.pop().aclose()


class _Lane:
    """A pool for one request at a time."""

    # Straight to the pool: redirects and cookies are not for us, and the layer of httpx above it
    # costs as much as the rest of a small call.
    def __init__(self, origin: str) -> None:
        self._pool = _pool(origin)
        self.under_way: _Body | None = None
        self.idle_since = 0.0

    async def aclose(self) -> None:
        """Drop its connection, also one that is still being made."""
        if self.under_way is not None:
            self.under_way.withdrawn = True
        await self._pool.aclose()

    async def begin(self, request: HttpRequest) -> httpx.Response:
        """Send a request, and read the head of its reply."""
        self.under_way = _Body(request)
        return await self._pool.handle_async_request(_httpx_request(request, self.under_way))

    async def send(self, request: HttpRequest) -> HttpReply:
        """Send a request, and read the whole reply."""
        response = await self.begin(request)
        chunks = _chunks(response)
        try:
            body = await collect(chunks)
        except TransportError:
            await response.aclose()
            await _unwind(chunks)
            raise
        await response.aclose()
        return HttpReply(response.status_code, response.headers, body)


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
        async for _ in chunks:  # what had come before the close is still handed out
            pass
    except (httpx.HTTPError, httpx.StreamError):
        pass  # the usual end, and the one that is provoked here
    except RuntimeError as error:
        _log.debug("closing a reply early: %r", error)


@contextmanager
def _as_transport_error(request: HttpRequest) -> Generator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise _transport_error(error, request) from None


def _transport_error(error: httpx.HTTPError, request: HttpRequest) -> TransportError:
    if isinstance(error, _NEVER_SENT):
        request.maybe_sent = False
    name = type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        why = str(_root(error)) or f"no answer within {CONNECT_SECONDS:.0f} s"
        return TransportError(f"{name}: no connection to {urlsplit(request.url).netloc}: {why}")
    return TransportError(f"{name}: {error}" if str(error) else name)


def _root(error: BaseException) -> BaseException:
    """What began it: on the way here it became "All connection attempts failed"."""
    if isinstance(error, BaseExceptionGroup):
        return _root(cast("BaseExceptionGroup[BaseException]", error).exceptions[-1])
    # httpcore drops the cause, but has it as an argument.
    inner = error.__cause__ or (error.args[0] if error.args else None)
    return _root(inner) if isinstance(inner, BaseException) else error


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
        self.withdrawn = False
        """Whether it must not leave any more."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        # Asked for only once there is a connection, which an error ends.
        if self.withdrawn:
            raise TransportError("the connection came too late")
        self._request.maybe_sent = True
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


def _httpx_request(request: HttpRequest, body: _Body) -> httpx.Request:
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
    return httpx.Request(request.method, url, headers=headers, stream=body, extensions=_TIMEOUTS)


class _Url(httpx.URL):
    """A URL as text without its query: an upload URL's is a token, and httpx's clients log it."""

    def __str__(self) -> str:
        return super().__str__().partition("?")[0]


def _as_user_s(client: httpx.AsyncClient, request: HttpRequest) -> httpx.Request:
    """Write a request for the user's own client, with the headers it adds to every request."""
    written = _httpx_request(request, _Body(request))
    written.headers = httpx.Headers({**client.headers, **written.headers})
    written.url = _Url(written.url)
    return written


@cache
def tls_context() -> ssl.SSLContext:
    """The process's settings of TLS, made once: that takes tens of milliseconds."""
    return httpx.create_ssl_context()


@cache
def _no_tls() -> ssl.SSLContext:
    # Without one given, httpx makes one for each pool, which takes longer than a call.
    return httpx.create_ssl_context(verify=False)


_url: Final = lru_cache(maxsize=64)(httpx.URL)


def _pool(origin: str) -> httpx.AsyncHTTPTransport:
    url = httpx.URL(origin)
    proxy = proxy_for(url.scheme, url.host)
    verify = tls_context() if url.scheme == "https" or proxy else _no_tls()
    try:
        return httpx.AsyncHTTPTransport(verify=verify, proxy=proxy)
    except (ImportError, ValueError) as error:  # a kind of proxy that it does not know, or not yet
        raise ConfigurationError(f"{url.scheme}_proxy of the environment: {error}") from None
