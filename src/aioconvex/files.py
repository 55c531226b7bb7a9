"""File storage, as streams. https://docs.convex.dev/file-storage."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import anyio
import orjson

from ._protocol.json import is_object
from ._protocol.refusals import refusal
from ._protocol.url import safe_url
from ._transport.base import HttpRequest, HttpStream, Transport, TransportError, collect
from .errors import ConvexConnectionError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator

__all__ = ["Download", "download", "upload"]

_CHUNK: Final = 2**18
_OK: Final = 200
_PATH: Final = "file storage"  # URLs are left out of errors: an upload URL holds a token


class Download:
    """A file on its way. Iterate over its chunks, or take it as a whole."""

    def __init__(self, stream: HttpStream) -> None:
        self._chunks = stream.chunks
        self._expected = stream.headers.get("digest")
        self._sha256 = hashlib.sha256()
        self.content_type: str | None = stream.headers.get("content-type")
        length = stream.headers.get("content-length", "")
        self.size: int | None = int(length) if length.isdecimal() else None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            self._check()
            raise
        self._sha256.update(chunk)
        return chunk

    async def read(self) -> bytes:
        """Read all of it into memory.

        Raises:
            ProtocolError: the bytes are not those that were stored.
            ConvexConnectionError: the connection broke.
        """
        return b"".join([chunk async for chunk in self])

    async def save(self, path: str | Path) -> None:
        """Write it to a file, which appears only when it is complete and checked.

        Raises:
            OSError: the file cannot be written.
            ConvexError: as for `read`.
        """
        target = anyio.Path(path)
        partial = target.with_name(f".{target.name}.part")
        try:
            async with await partial.open("wb") as file:
                async for chunk in self:
                    await file.write(chunk)
            await partial.replace(target)
        finally:
            with anyio.CancelScope(shield=True):  # a moment, so that no half file stays behind
                await partial.unlink(missing_ok=True)

    def _check(self) -> None:
        digest = f"sha-256={b64encode(self._sha256.digest()).decode('ascii')}"
        if self._expected is not None and self._expected.lower() != digest.lower():
            raise ProtocolError(_PATH, "the file's SHA-256 is not the one that was stored")


@asynccontextmanager
async def download(transport: Transport, url: str) -> AsyncGenerator[Download]:
    """Open a file's URL; no credentials are sent, as the URL itself is the permission."""
    request = HttpRequest("GET", safe_url(url), ())
    try:
        async with transport.stream(request) as stream:
            if stream.status != _OK:
                raise refusal("query", _PATH, stream.status, await collect(stream.chunks))
            yield Download(stream)
    except TransportError as error:
        raise ConvexConnectionError(_PATH, error.reason) from None


async def upload(
    transport: Transport,
    url: str,
    source: bytes | Path | AsyncIterable[bytes],
    content_type: str,
    sha256: bytes | None,
) -> str:
    """Send a file to an upload URL and return its storage id."""
    digest = sha256 if sha256 is not None else await _digest(source)
    headers = [("Content-Type", content_type)]
    if digest is not None:
        headers.append(("Digest", f"sha-256={b64encode(digest).decode('ascii')}"))
    body = _chunks(source) if isinstance(source, Path) else source
    request = HttpRequest("POST", safe_url(url), tuple(headers), body)
    try:
        reply = await transport.send(request)
    except TransportError as error:
        raise ConvexConnectionError(_PATH, error.reason) from None
    if reply.status != _OK:
        raise refusal("query", _PATH, reply.status, reply.body)
    return _storage_id(reply.body)


def _storage_id(body: bytes) -> str:
    try:
        content: Any = orjson.loads(body)
    except ValueError:
        content = None
    storage_id: Any = content.get("storageId") if is_object(content) else None
    if not isinstance(storage_id, str):
        raise ProtocolError(_PATH, "the reply to an upload has no storageId")
    return storage_id


async def _digest(source: bytes | Path | AsyncIterable[bytes]) -> bytes | None:
    """Hash what can be read twice."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).digest()
    if not isinstance(source, Path):
        return None
    sha256 = hashlib.sha256()
    async for chunk in _chunks(source):
        sha256.update(chunk)
    return sha256.digest()


def _chunks(path: Path) -> AsyncIterator[bytes]:
    return _FileChunks(path)


class _FileChunks:
    """A file's content; it holds the file open only while one chunk is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        chunk = await anyio.to_thread.run_sync(self._read)
        if not chunk:
            raise StopAsyncIteration
        self._position += len(chunk)
        return chunk

    def _read(self) -> bytes:
        with self._path.open("rb") as file:
            file.seek(self._position)
            return file.read(_CHUNK)
