"""HTTP over httpx: bytes out, bytes in. The only module that imports httpx for calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx
from attrs import frozen

from aioconvex._protocol.url import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HttpReply", "HttpTransport", "TransportError"]

# Convex's largest result is 16 MiB; escapes in JSON can make its text several times as long.
_MAX_REPLY: Final = 128 * 2**20
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)


@frozen
class HttpReply:
    """A complete reply."""

    status: int
    body: bytes


class TransportError(Exception):
    """No complete reply; `maybe_sent` tells whether the server may have received the request."""

    def __init__(self, reason: str, *, maybe_sent: bool, timed_out: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.maybe_sent = maybe_sent
        self.timed_out = timed_out


class HttpTransport:
    """A pool of connections to one deployment.

    Args:
        origin: the deployment's URL, already checked.
        headers: sent with every request; may hold credentials, and is never shown.
    """

    def __init__(self, origin: str, headers: Mapping[str, str]) -> None:
        url = httpx.URL(origin)
        self._client = httpx.AsyncClient(
            base_url=url,
            headers=headers,
            # Building a TLS context takes tens of milliseconds, and plain http needs none.
            verify=url.scheme == "https",
            # A proxy of the environment cannot reach this machine's loopback.
            trust_env=not is_loopback(url.host),
            follow_redirects=False,
        )

    async def send(self, path: str, body: bytes, *, patience: float | None) -> HttpReply:
        """POST a JSON body.

        Args:
            path: below the origin, with its leading slash.
            body: the JSON text.
            patience: seconds for each of connecting, sending and waiting for bytes; `None` for ever.

        Raises:
            TransportError: no complete reply came back.
        """
        # Waiting for a free connection is not the server's fault: it has no limit of its own.
        limits = httpx.Timeout(patience, pool=None)
        request = self._client.build_request("POST", path, content=body, timeout=limits)
        try:
            return await self._exchange(request)
        except httpx.HTTPError as error:
            raise TransportError(
                f"{type(error).__name__}: {error}" if str(error) else type(error).__name__,
                maybe_sent=not isinstance(error, _NEVER_SENT),
                timed_out=isinstance(error, httpx.TimeoutException),
            ) from None

    async def _exchange(self, request: httpx.Request) -> HttpReply:
        response = await self._client.send(request, stream=True)
        try:
            chunks: list[bytes] = []
            size = 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > _MAX_REPLY:
                    raise TransportError(
                        f"the reply is larger than {_MAX_REPLY} bytes",
                        maybe_sent=True,
                        timed_out=False,
                    )
                chunks.append(chunk)
            return HttpReply(response.status_code, b"".join(chunks))
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()
