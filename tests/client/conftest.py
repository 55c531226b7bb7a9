"""What the client's tests share: three stacks, and a deployment that misbehaves as told."""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec as real_find_spec
from typing import Any

import pytest

from client.deployment import Stub

STACKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "asyncio-aiohttp": ("asyncio", {}, "aiohttp"),
    "asyncio-httpx": ("asyncio", {}, "httpx"),
    "trio-httpx": ("trio", {}, "httpx"),
}


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any], str]:
    """An event loop and the HTTP library on it."""
    return STACKS[request.param]


@pytest.fixture
def anyio_backend(stack: tuple[str, dict[str, Any], str]) -> tuple[str, dict[str, Any]]:
    """The event loop of the stack."""
    return stack[0], stack[1]


@pytest.fixture(autouse=True)
def transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client choose the stack's HTTP library, as if no other were installed."""
    if "stack" in request.fixturenames and request.getfixturevalue("stack")[2] == "httpx":
        monkeypatch.setattr(
            "aioconvex._transport.choose.find_spec",
            lambda name: None if name == "aiohttp" else real_find_spec(name),
        )


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float | None]]:
    """Do not wait between tries, but write down what would have decided how long."""
    asked: list[tuple[int, float | None]] = []

    def delay(tries: int, retry_after: float | None, _jitter: float) -> float:
        asked.append((tries, retry_after))
        return 0.0

    monkeypatch.setattr("aioconvex._engine.delay", delay)
    return asked


@pytest.fixture(scope="session")
def stub() -> Generator[Stub]:
    """A deployment that misbehaves as told, in a process of its own."""
    with Stub.running() as running:
        yield running
