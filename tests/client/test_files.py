"""Files up and down, as streams, with their digests."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import (
    ArgumentError,
    ConfigurationError,
    ConvexConnectionError,
    ConvexTimeoutError,
    DeploymentError,
    ProtocolError,
)
from client.deployment import Stub

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * 4096  # a MiB, in several chunks
STORED = {"body": {"storageId": "kg2abc"}}


def digest_of(content: bytes) -> str:
    return f"sha-256={b64encode(hashlib.sha256(content).digest()).decode()}"


def file(content: bytes, **step: Any) -> dict[str, Any]:
    headers = {"Content-Type": "image/png", "Digest": digest_of(content)}
    return {
        "body": content.decode("latin-1"),
        **step,
        "headers": {**headers, **step.get("headers", {})},
    }


class Chunks:
    """Chunks as they come, with an empty one among them, or an error at the end."""

    def __init__(self, *chunks: Any, failure: Exception | None = None) -> None:
        self._chunks = iter(chunks)
        self._failure = failure

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        await anyio.lowlevel.checkpoint()
        for chunk in self._chunks:
            return chunk  # type: ignore[no-any-return]
        if self._failure is not None:
            raise self._failure
        raise StopAsyncIteration


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def upload(stub: Stub, case: str, source: Any, **given: Any) -> str:
    async with ConvexClient(stub.url, auth="jwt") as client:
        return await client.upload(f"{stub.url}/api/storage/upload?token={case}", source, **given)


@pytest.mark.parametrize("content", [b"", b"small", CONTENT], ids=["empty", "small", "large"])
async def test_bytes_and_paths_are_sent_with_their_digest(
    stub: Stub, tmp_path: Path, content: bytes
) -> None:
    """As raw bytes, without credentials: the URL itself is the permission."""
    case = stub.case(STORED)
    path = tmp_path / "file"
    path.write_bytes(content)
    for source in (content, path):
        assert await upload(stub, case, source, content_type="image/png") == "kg2abc"

    for request in stub.seen(case).requests:
        assert request["body"].encode("latin-1") == content
        assert request["headers"]["content-type"] == "image/png"
        assert request["headers"]["digest"] == digest_of(content)
    assert stub.seen(case).authorizations == [None, None]


async def test_chunks_are_sent_as_they_come(stub: Stub) -> None:
    """Without a digest, unless the caller knows it; an empty chunk is not the end."""
    case = stub.case(STORED)
    sha256 = hashlib.sha256(b"onetwo").digest()
    await upload(stub, case, Chunks(b"one", b"", b"two"))
    await upload(stub, case, Chunks(b"one", b"two"), sha256=sha256)

    first, second = stub.seen(case).requests
    assert first["body"] == second["body"] == "onetwo"
    assert first["headers"]["transfer-encoding"] == "chunked"
    assert "digest" not in first["headers"]
    assert second["headers"]["digest"] == digest_of(b"onetwo")


async def test_what_a_source_raises_is_what_the_caller_gets(stub: Stub, tmp_path: Path) -> None:
    """Not an error of the connection that it broke."""
    case = stub.case(STORED)
    for failure in (LookupError("gone"), TimeoutError("slow disk"), OSError(5, "bad sector")):
        with pytest.raises(type(failure)) as caught:
            await upload(stub, case, Chunks(b"one", failure=failure))
        assert caught.value is failure
    with pytest.raises(FileNotFoundError):
        await upload(stub, case, tmp_path / "missing")
    with pytest.raises(ArgumentError, match="not str"):
        await upload(stub, case, Chunks(b"one", "two"))

    assert stub.seen(case).requests == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"source": "text"}, "source: .*not str"),
        ({"source": 5}, "source: .*not int"),
        ({"content_type": "a\r\nX: y"}, "headers.Content-Type"),
        ({"sha256": b"short"}, "sha256: "),
    ],
)
async def test_an_upload_that_cannot_be_sent_is_refused(
    stub: Stub, given: dict[str, Any], message: str
) -> None:
    """Before anything is sent."""
    case = stub.case(STORED)
    with pytest.raises(ArgumentError, match=message):
        await upload(stub, case, **{"source": b"x", **given})

    assert stub.seen(case).requests == []


@pytest.mark.parametrize(
    "url",
    ["http://a.example/x?token=hunter2", "https://u:hunter2@a.example", "hunter2", "https://a b/hunter2",
     "https://[hunter2", "https://a.example:hunter2/"],
)  # fmt: skip
async def test_a_url_that_is_none_is_refused_and_not_shown(url: str) -> None:
    """It may hold a token."""
    async with ConvexClient("https://a.convex.cloud") as client:
        with pytest.raises(ConfigurationError) as caught:
            await client.upload(url, b"x")
        assert "hunter2" not in str(caught.value)
        with pytest.raises(ConfigurationError):
            client.download(url)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ({"status": 400, "body": {"code": "BadDigest", "message": "x"}}, DeploymentError),
        ({"body": {}}, ProtocolError),
        ({"body": "<html>"}, ProtocolError),
        ({"drop": "read"}, ConvexConnectionError),
        ({"drop": "body", **STORED}, ConvexConnectionError),
    ],
)
async def test_a_failed_upload_is_a_typed_error_and_sent_once(
    stub: Stub, step: dict[str, Any], error: type[Exception]
) -> None:
    """A second one would store a second file."""
    case = stub.case(step)
    with pytest.raises(error):
        await upload(stub, case, CONTENT)

    assert len(stub.seen(case).requests) == 1


async def test_a_download_is_read_saved_or_iterated(stub: Stub, tmp_path: Path) -> None:
    """With its type and size, and without credentials."""
    case = stub.case(file(CONTENT))
    url = f"{stub.url}/api/storage/{case}"
    async with ConvexClient(stub.url, admin_key="k|1") as client:
        async with client.download(url) as download:
            assert (download.content_type, download.size) == ("image/png", len(CONTENT))
            assert repr(download) == f"<Download of image/png, {len(CONTENT)} bytes>"
            assert await download.read() == CONTENT
        async with client.download(url) as download:
            await download.save(tmp_path / "picture.png")
        async with client.download(url) as download:
            assert b"".join([chunk async for chunk in download]) == CONTENT
        async with client.download(url) as download:
            await anext(download)  # and no more

    assert files(tmp_path) == {"picture.png": CONTENT}
    assert stub.seen(case).authorizations == [None] * 4


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (file(CONTENT[:-1] + b"x", headers={"Digest": digest_of(CONTENT)}), ProtocolError),
        (file(b"", headers={"Digest": digest_of(CONTENT)}), ProtocolError),
        (file(CONTENT, drop="body"), ConvexConnectionError),
        (file(CONTENT, drop="end"), ProtocolError),
        (file(b"x", headers={"Digest": digest_of(b"x").swapcase()}), ProtocolError),
        ({"drop": "read"}, ConvexConnectionError),
        ({"status": 404, "body": {"code": "FileNotFound", "message": "x"}}, DeploymentError),
    ],
    ids=["corrupt", "empty", "broken off", "cut short", "other case", "lost", "not found"],
)
async def test_a_bad_download_is_noticed_and_leaves_no_file(
    stub: Stub, tmp_path: Path, step: dict[str, Any], error: type[Exception]
) -> None:
    """Neither the file nor a part of it; one that was there stays."""
    case = stub.case(step)
    target = tmp_path / "picture.png"
    target.write_bytes(b"old")
    async with ConvexClient(stub.url) as client:
        with pytest.raises(error):
            async with client.download(f"{stub.url}/api/storage/{case}") as download:
                await download.save(target)
        assert await client.query("healthy:f") == 1.0

    assert files(tmp_path) == {"picture.png": b"old"}


async def test_a_digest_of_another_kind_or_none_is_not_checked(stub: Stub) -> None:
    """There is nothing to compare."""
    case = stub.case(file(b"x", headers={"Digest": "md5=abc"}), {"body": "x"})
    async with ConvexClient(stub.url) as client:
        for _ in range(2):
            async with client.download(f"{stub.url}/api/storage/{case}") as download:
                assert await download.read() == b"x"


async def test_a_cancelled_save_leaves_no_part(stub: Stub, tmp_path: Path) -> None:
    """And a client that works."""
    case = stub.case(file(CONTENT))
    async with ConvexClient(stub.url) as client:
        async with client.download(f"{stub.url}/api/storage/{case}") as download:
            with anyio.CancelScope() as scope:
                await anext(download)
                scope.cancel()
                await download.save(tmp_path / "picture.png")
        assert scope.cancelled_caught
        assert await client.query("healthy:f") == 1.0

    assert files(tmp_path) == {}


async def test_errors_of_the_user_s_own_inside_the_block_pass(stub: Stub) -> None:
    """What happens in the block is not the download's."""
    case, lost = stub.case(file(b"x")), stub.case({"drop": "read"})
    url = f"{stub.url}/api/storage/{case}"
    async with ConvexClient(stub.url, max_retries=0) as client:
        for failure in (
            TimeoutError("mine"),
            LookupError("mine"),
            ConvexTimeoutError("a:b", "mine"),
        ):
            with pytest.raises(type(failure), match="mine") as caught:
                async with client.download(url):
                    raise failure
            assert caught.value is failure
        with pytest.raises(ConvexConnectionError, match=lost):
            async with client.download(url):
                await client.query(f"{lost}:f")


async def test_a_server_that_stops_in_the_middle_is_not_waited_for() -> None:
    """The timeout is for each wait."""

    async def serve(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            await anyio.sleep_forever()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        async with ConvexClient(f"http://127.0.0.1:{port}", timeout=0.1) as client:
            with pytest.raises(ConvexTimeoutError):
                async with client.download(f"{client.url}/api/storage/x") as download:
                    await download.read()
        tasks.cancel_scope.cancel()


async def test_a_generator_is_a_source_too(stub: Stub) -> None:
    """The usual way to write chunks."""

    async def chunks() -> AsyncGenerator[bytes]:
        for _ in range(100):
            yield bytes(10_000)

    case = stub.case(STORED)
    assert await upload(stub, case, chunks()) == "kg2abc"
    assert len(stub.seen(case).requests[0]["body"]) == 1_000_000
