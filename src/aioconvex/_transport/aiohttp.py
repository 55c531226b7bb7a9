"""Over aiohttp, on asyncio only: a third of httpx's CPU for a small call (extra `[aiohttp]`).

It is used directly, not through `httpx-aiohttp`: that reports a connection lost after sending as
one that was never made, and a mutation repeated on its word would be applied twice.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import aiohttp
from yarl import URL

from aioconvex._protocol.url import is_loopback

from .base import CONNECT_SECONDS, HttpReply, HttpRequest, HttpStream, TransportError, collect

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

__all__ = ["AiohttpTransport"]

_NEVER_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
# Only connecting is timed here: the caller's deadline ends everything else.
_TIMEOUTS: Final = aiohttp.ClientTimeout(
    total=None, connect=None, sock_read=None, sock_connect=CONNECT_SECONDS
)
_CHUNK: Final = 2**16


class AiohttpTransport:
    """A session of aiohttp's, without cookies and redirects.

    Args:
        origin: where requests will go; it decides about proxies.
    """

    in_flight: int = 100

    def __init__(self, origin: str) -> None:
        host = URL(origin).host
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # the client bounds what is in flight
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_TIMEOUTS,
            trust_env=not is_loopback(host or ""),
        )

    async def send(self, request: HttpRequest) -> HttpReply:
        """See `Transport`."""
        async with self.stream(request) as reply:
            return HttpReply(reply.status, reply.headers, await collect(reply.chunks))

    @asynccontextmanager
    async def stream(self, request: HttpRequest) -> AsyncGenerator[HttpStream]:
        """See `Transport`."""
        try:
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.body or None,
                allow_redirects=False,
            ) as response:
                chunks: AsyncIterator[bytes] = aiter(response.content.iter_chunked(_CHUNK))
                yield HttpStream(response.status, response.headers, chunks)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TransportError(
                f"{type(error).__name__}: {error}" if str(error) else type(error).__name__,
                maybe_sent=not isinstance(error, _NEVER_SENT),
            ) from None

    async def aclose(self) -> None:
        """See `Transport`."""
        await self._session.close()
