"""What a transport is: requests out, replies in, and whether a request may have arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from attrs import define, field, frozen

from aioconvex._protocol.url import is_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager

__all__ = [
    "CONNECT_SECONDS",
    "MAX_REPLY",
    "Headers",
    "HttpReply",
    "HttpRequest",
    "HttpStream",
    "Transport",
    "TransportError",
    "collect",
    "proxy_for",
]

Headers: TypeAlias = tuple[tuple[str, str], ...]

CONNECT_SECONDS: Final = 10.0
# Convex's largest result is 16 MiB; escapes in JSON can make its text several times as long.
MAX_REPLY: Final = 128 * 2**20


@define(eq=False)
class HttpRequest:
    """A request to send. Its headers may hold credentials and are never shown.

    `maybe_sent` tells, at any time and also after a cancellation, whether the server may have the
    whole request. The transport sets it before the body's first byte leaves.
    """

    method: str
    url: str = field(repr=False)  # an upload URL holds a token
    headers: Headers = field(repr=False)
    body: bytes | AsyncIterable[bytes] = field(default=b"", repr=False)
    maybe_sent: bool = field(default=False, init=False)


@define
class HttpReply:
    """A complete reply; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@frozen
class HttpStream:
    """A reply whose body is still coming; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes] = field(repr=False)


class TransportError(Exception):
    """No complete reply; `HttpRequest.maybe_sent` tells whether the server may have run it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transport(Protocol):
    """A pool of connections."""

    in_flight: int
    """How many requests at once it handles best."""

    async def send(self, request: HttpRequest) -> HttpReply:
        """Send a request and read the whole reply; it waits as long as it takes.

        Raises:
            TransportError: no complete reply came back.
        """
        ...

    def stream(self, request: HttpRequest) -> AbstractAsyncContextManager[HttpStream]:
        """Send a request and hand out the reply while its body comes.

        Raises:
            TransportError: on entering or while reading.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


async def collect(chunks: AsyncIterator[bytes]) -> bytes:
    """Read a whole body, but not without end.

    Raises:
        TransportError: the body is larger than any reply of Convex.
    """
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_REPLY:
            raise TransportError(f"the reply is larger than {MAX_REPLY} bytes")
        parts.append(chunk)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def proxy_for(scheme: str, host: str) -> str | None:
    """Find the URL of the proxy that the environment names for a host, never one for this machine."""
    if is_loopback(host):
        return None
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415  # slow to import

    proxy = None if proxy_bypass(host) else getproxies().get(scheme)
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
