"""Byte streams to a server: TCP, TLS, and through an HTTP proxy; asyncio's own or anyio's."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

import anyio
import sniffio
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream

from .base import TransportError, proxy_for
from .direct import DirectStream

__all__ = ["Stream", "drop", "open_stream"]

_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |\r)")
_MAX_HEAD: Final = 2**16
_OK: Final = 200


class Stream(Protocol):
    """What all byte streams can do; see `anyio.abc.ByteStream`."""

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Wait for bytes."""
        ...

    async def send(self, item: bytes) -> None:
        """Send bytes."""
        ...

    async def aclose(self) -> None:
        """Drop the connection."""
        ...


async def drop(stream: Stream) -> None:
    """Close a stream, also while cancelled; it takes no time worth the name."""
    with anyio.CancelScope(shield=True):
        await stream.aclose()


async def open_stream(host: str, port: int, *, secure: bool) -> Stream:
    """Connect to a server, over TLS if `secure`, through the environment's proxy if it names one.

    Raises:
        TransportError: no connection.
    """
    proxy = proxy_for("https" if secure else "http", host)
    stream = await (_connect(host, port) if proxy is None else _tunnel(proxy, host, port))
    return await _secure(stream, host) if secure else stream


async def _connect(host: str, port: int) -> Stream:
    try:
        if sniffio.current_async_library() == "asyncio":
            return await DirectStream.connect(host, port)
        return await anyio.connect_tcp(host, port)
    except OSError as error:
        # Anyio's own text says no more than that all addresses failed.
        raise TransportError(
            f"no connection to {host}:{port}: {error.__cause__ or error}"
        ) from None


async def _secure(stream: Stream, host: str) -> Stream:
    from .httpx import tls_context  # noqa: PLC0415  # slow to import

    try:
        if isinstance(stream, DirectStream):
            await stream.secure(host, tls_context())
            return stream
        assert isinstance(stream, ByteStream)  # noqa: S101  # there are no others
        # The protocol inside says itself where it ends: no need for TLS to wait for that.
        return await TLSStream.wrap(
            stream, hostname=host, ssl_context=tls_context(), standard_compatible=False
        )
    except (anyio.BrokenResourceError, anyio.EndOfStream, OSError) as error:
        await drop(stream)
        raise TransportError(f"no TLS with {host}: {error.__cause__ or error}") from None
    except BaseException:
        await drop(stream)
        raise


async def _tunnel(proxy: str, host: str, port: int) -> Stream:
    # Only its host is shown in errors: a proxy's URL may hold a password.
    url = urlsplit(proxy)
    if url.scheme not in {"http", "https"} or url.hostname is None:
        raise TransportError(f"a proxy of the kind {url.scheme}:// cannot carry live queries")
    secure = url.scheme == "https"
    stream = await _connect(url.hostname, url.port or (443 if secure else 80))
    if secure:
        stream = await _secure(stream, url.hostname)
    try:
        await _ask(stream, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", url.netloc)
    except BaseException as error:
        await drop(stream)
        if isinstance(error, (anyio.BrokenResourceError, anyio.EndOfStream, OSError)):
            raise TransportError(f"the proxy {url.hostname} hung up") from None
        raise
    return stream


async def _ask(stream: Stream, target: str, netloc: str) -> None:
    login, at, _ = netloc.rpartition("@")
    token = b64encode(unquote(login).encode()).decode("ascii")
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if at:
        lines.append(f"Proxy-Authorization: Basic {token}")
    await stream.send("\r\n".join([*lines, "", ""]).encode("latin-1"))
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if len(head) > _MAX_HEAD:
            raise TransportError("the proxy's answer has no end")
        # Byte by byte, as what follows the head already is the server's.
        head += await stream.receive(1)
    status = _STATUS.match(head)
    if status is None or int(status[1]) != _OK:
        shown = status[1].decode("ascii") if status else "no HTTP"
        raise TransportError(f"the proxy refused to connect to {target}: {shown}")
