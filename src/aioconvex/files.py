"""File storage, as streams. https://docs.convex.dev/file-storage."""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import anyio
import orjson

from ._protocol.headers import check_header
from ._protocol.json import is_object
from ._protocol.refusals import refusal
from ._transport.base import (
    HttpReply,
    HttpRequest,
    HttpStream,
    Transport,
    TransportError,
    collect,
)
from .errors import ArgumentError, ConvexConnectionError, ConvexTimeoutError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator

__all__ = ["Download", "Upload", "download"]

_CHUNK: Final = 2**18
_OK: Final = 200
_SHA256_BYTES: Final = 32
_PATH: Final = "file storage"  # URLs are left out of errors: an upload URL holds a token


class Download:
    """A file on its way. Iterate over its chunks, or take it as a whole."""

    def __init__(self, stream: HttpStream, seconds: float | None) -> None:
        self._chunks = stream.chunks
        self._seconds = seconds
        self._expected = _sha256_of(stream.headers.get("digest", ""))
        self._sha256 = hashlib.sha256()
        self.content_type: str | None = stream.headers.get("content-type")
        length = stream.headers.get("content-length", "")
        self.size: int | None = int(length) if length.isdecimal() else None

    def __repr__(self) -> str:
        return f"<Download of {self.content_type}, {self.size} bytes>"

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        with anyio.move_on_after(self._seconds):
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                self._check()
                raise
            except TransportError as error:
                raise ConvexConnectionError(_PATH, error.reason) from None
            self._sha256.update(chunk)
            return chunk
        raise _timed_out(self._seconds)

    async def read(self) -> bytes:
        """Read all of it into memory.

        Raises:
            ProtocolError: the bytes are not those that were stored.
            ConvexConnectionError: the connection broke, or was silent for too long.
        """
        return b"".join([chunk async for chunk in self])

    async def save(self, path: str | Path) -> None:
        """Write it to a file, which appears only when it is complete and checked.

        Raises:
            OSError: the file cannot be written.
            ConvexError: as for `read`.
        """
        target = anyio.Path(path)
        partial = target.with_name(f".{target.name}.{os.urandom(4).hex()}.part")
        try:
            async with await partial.open("wb") as file:
                async for chunk in self:
                    await file.write(chunk)
            await partial.replace(target)
        finally:
            with anyio.CancelScope(shield=True):  # a moment, so that no half file stays behind
                await partial.unlink(missing_ok=True)

    def _check(self) -> None:
        if self._expected not in {None, b64encode(self._sha256.digest()).decode("ascii")}:
            raise ProtocolError(_PATH, "the file's SHA-256 is not the one that was stored")


def _sha256_of(digest: str) -> str | None:
    algorithm, _, value = digest.partition("=")
    return value if algorithm.lower() == "sha-256" else None


@asynccontextmanager
async def download(
    transport: Transport, url: str, seconds: float | None
) -> AsyncGenerator[Download]:
    """Open a file's URL; no credentials are sent, as the URL itself is the permission."""
    # Compressed on the way, the bytes would not be those that were hashed.
    request = HttpRequest("GET", url, (("Accept-Encoding", "identity"),))
    async with AsyncExitStack() as closing:
        stream = None
        with anyio.move_on_after(seconds):
            try:
                stream = await closing.enter_async_context(transport.stream(request))
                if stream.status != _OK:
                    raise refusal("query", _PATH, stream.status, await collect(stream.chunks))
            except TransportError as error:
                raise ConvexConnectionError(_PATH, error.reason) from None
        if stream is None or stream.status != _OK:
            raise _timed_out(seconds)
        yield Download(stream, seconds)


class Upload:
    """A file to send to an upload URL.

    Raises:
        ArgumentError: it cannot be sent like this.
    """

    def __init__(
        self,
        url: str,
        source: bytes | Path | AsyncIterable[bytes],
        content_type: str,
        sha256: bytes | None,
    ) -> None:
        check_header("Content-Type", content_type)
        if sha256 is not None and len(sha256) != _SHA256_BYTES:
            raise ArgumentError("sha256", f"expected the {_SHA256_BYTES} bytes of a digest")
        if not isinstance(source, bytes | Path) and not hasattr(source, "__aiter__"):
            name = type(source).__name__
            raise ArgumentError("source", f"expected bytes, a Path or chunks of bytes, not {name}")
        self._url = url
        self._source = source
        self._content_type = content_type
        self._sha256 = sha256

    async def send(self, transport: Transport, seconds: float | None) -> str:
        """Send it, once, and return its storage id."""
        with anyio.move_on_after(seconds):
            reply = await self._send(transport)
            if reply.status != _OK:
                raise refusal("query", _PATH, reply.status, reply.body)
            return _storage_id(reply.body)
        raise _timed_out(seconds)

    async def _send(self, transport: Transport) -> HttpReply:
        digest = self._sha256 or await _digest(self._source)
        headers = [("Content-Type", self._content_type)]
        if digest is not None:
            headers.append(("Digest", f"sha-256={b64encode(digest).decode('ascii')}"))
        body = self._source if isinstance(self._source, bytes) else _Chunks(self._source)
        try:
            return await transport.send(HttpRequest("POST", self._url, tuple(headers), body))
        except TransportError as error:
            if isinstance(body, _Chunks) and body.failure is not None:
                raise body.failure from None
            raise ConvexConnectionError(_PATH, error.reason) from None


def _timed_out(seconds: float | None) -> ConvexTimeoutError:
    return ConvexTimeoutError(_PATH, f"nothing came within {seconds} s")


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
    async for chunk in _FileChunks(source):
        sha256.update(chunk)
    return sha256.digest()


class _Chunks:
    """A body's chunks, and what failed while they were made.

    HTTP libraries turn that into errors of the connection, and the user should get it as it was.
    """

    def __init__(self, source: Path | AsyncIterable[bytes]) -> None:
        self._chunks: AsyncIterator[bytes] = (
            _FileChunks(source) if isinstance(source, Path) else aiter(source)
        )
        self.failure: Exception | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            return _bytes(await anext(self._chunks))
        except StopAsyncIteration:
            raise
        except Exception as failure:
            self.failure = failure
            raise


def _bytes(chunk: object) -> bytes:
    if isinstance(chunk, bytes):
        return chunk
    raise ArgumentError("source", f"expected chunks of bytes, not {type(chunk).__name__}")


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
