"""Wrong arguments of the cache are refused before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from aioconvex.errors import ArgumentError, ConfigurationError
from aioconvex.mastra import ConvexServerCache

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

# Nobody can reach it: whatever is sent fails in another way.
NOWHERE: Any = {"deployment_url": "http://127.0.0.1:9", "secret": "s"}

Use = Callable[[Any], Awaitable[object]]

WRONG: list[tuple[Use, str]] = [
    (lambda c: c.get(5), "key"),
    (lambda c: c.set(None, 1), "key"),
    (lambda c: c.set("k", math.nan), "value"),
    (lambda c: c.set("k", {"at": [datetime.now(UTC)]}), "value.at[0]"),
    (lambda c: c.set("k", {1: 2}), "value"),
    (lambda c: c.set("k", 1, ttl_ms=-1), "ttl_ms"),
    (lambda c: c.set("k", 1, ttl_ms=1.5), "ttl_ms"),
    (lambda c: c.set("k", 1, ttl_ms=True), "ttl_ms"),
    (lambda c: c.set("k", 1, ttl_ms=2**60), "ttl_ms"),
    (lambda c: c.list_push("l", b"bytes"), "value"),
    (lambda c: c.list_push_indexed("l", "n", [1]), "value"),
    (lambda c: c.list_push_indexed("l", "n", {"a": math.inf}), "value.a"),
    (lambda c: c.list_push_indexed("l", "l", {}), "counter_key"),
    (lambda c: c.list_from_to("l", 0.5), "start"),
    (lambda c: c.list_from_to("l", 0, None), "end"),
    (lambda c: c.list_length(b"l"), "key"),
    (lambda c: c.delete(0), "key"),
    (lambda c: c.increment(None), "key"),
]


@pytest.mark.parametrize(("use", "named"), WRONG)
async def test_a_wrong_argument_is_refused_by_name(use: Use, named: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        await use(ConvexServerCache(**NOWHERE))
    assert str(caught.value).startswith(f"{named}: ")


@pytest.mark.parametrize(
    "wrong", [{"ttl_ms": -1}, {"ttl_ms": 10**400}, {"ttl_ms": "5"}, {"key_prefix": None}]
)
async def test_4_10_wrong_settings_are_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        ConvexServerCache(**NOWHERE, **wrong)


async def test_4_10_requests_time_out_and_a_negative_time_is_refused() -> None:
    """The published option `requestTimeoutMs` is the connection's `timeout`, in seconds."""
    ConvexServerCache(**NOWHERE, timeout=None)
    for wrong in (-1, 0):
        with pytest.raises(ConfigurationError, match="None waits for ever"):
            ConvexServerCache(**NOWHERE, timeout=wrong)
