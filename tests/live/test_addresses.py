"""A host's addresses are tried side by side, and the connection is nobody else's."""

from __future__ import annotations

import gc
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

import anyio
import pytest

from aioconvex._transport import addresses
from aioconvex._transport.addresses import reach
from aioconvex._transport.base import TransportError
from aioconvex._transport.streams import open_stream

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """Only asyncio has these sockets."""
    return "asyncio"


@contextmanager
def listening(backlog: int = 5) -> Generator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as server:
        yield server


@contextmanager
def deaf() -> Generator[socket.socket]:
    """An address that never answers: its queue is full, so that Linux drops what comes."""
    with ExitStack() as stack:
        server = stack.enter_context(listening(0))
        for _ in range(4):
            other = stack.enter_context(socket.socket())
            other.setblocking(False)  # noqa: FBT003  # the standard library's signature
            other.connect_ex(server.getsockname())
        yield server


def refusing() -> tuple[str, int]:
    """An address where nobody listens."""
    with listening() as server:
        found: tuple[str, int] = server.getsockname()
    return found


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let every name stand for these addresses, in order."""

    def to(*found: tuple[str, int]) -> None:
        async def getaddrinfo(*_: object, **__: object) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address) for address in found]

        monkeypatch.setattr("anyio.getaddrinfo", getaddrinfo)

    return to


async def test_an_address_that_refuses_is_passed_over(resolve: Any) -> None:
    """At once, whatever the head start."""
    with listening() as server:
        resolve(refusing(), server.getsockname())
        with await reach("somewhere", 1) as raw:
            assert raw.getpeername() == server.getsockname()


async def test_an_address_that_is_silent_is_not_waited_for(
    resolve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another is tried beside it."""
    monkeypatch.setattr(addresses, "_HEAD_START_SECONDS", 0.01)
    with deaf() as silent, listening() as server:
        resolve(silent.getsockname(), server.getsockname())
        with anyio.fail_after(10):
            raw = await reach("somewhere", 1)
        with raw:
            assert raw.getpeername() == server.getsockname()


async def test_if_none_answers_the_last_says_why(resolve: Any) -> None:
    """As one error, and not as a group of them."""
    resolve(refusing(), refusing())
    with pytest.raises(
        TransportError, match=r"no connection to somewhere:1: .*Connect call failed"
    ):
        await open_stream("somewhere", 1, secure=False)


async def test_a_name_that_nobody_knows_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any socket is made."""

    async def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("anyio.getaddrinfo", getaddrinfo)
    with pytest.raises(TransportError, match=r"no connection to somewhere:1: .*not known"):
        await open_stream("somewhere", 1, secure=False)


async def test_who_is_cancelled_leaves_no_socket(resolve: Any) -> None:
    """Pytest would show the warning of one that is not closed."""
    with deaf() as silent:
        resolve(silent.getsockname())
        with anyio.move_on_after(0.05) as scope:
            await reach("somewhere", 1)
        assert scope.cancelled_caught
        gc.collect()
