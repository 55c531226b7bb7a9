"""Convex's own Python client subscribes to the embedded deployment over its WebSocket."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import pytest
from convex import ConvexClient, ConvexError

from aioconvex.local import LocalDeployment

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

APP = Path(__file__).parent / "server" / "fixtures" / "app" / "convex"
SECONDS = 30.0
FAILURE: dict[str, Any] = {"code": "TOO_LOUD"}


async def run(tour: Callable[[str], None]) -> None:
    """Run a tour of the blocking client in a thread, beside a deployment of its own."""
    async with LocalDeployment(APP) as deployment:
        with anyio.fail_after(SECONDS):
            # A tour that hangs must not keep the test from failing.
            await anyio.to_thread.run_sync(tour, deployment.url, abandon_on_cancel=True)


def names(messages: Any) -> list[str]:
    """What the messages say."""
    return [message["body"] for message in messages]


async def test_calls() -> None:
    await run(call)


def call(url: str) -> None:
    client = ConvexClient(url)
    sent = client.mutation("messages:send", {"channel": "calls", "body": "hello", "rank": 1.0})

    assert isinstance(sent, str)
    (message,) = client.query("messages:list", {"channel": "calls"})
    assert (message["_id"], message["rank"]) == (sent, 1.0)
    answer = client.action("messages:fromAction", {"channel": "calls", "fail": False})
    assert answer == {"seen": 2.0, "now": True}
    with pytest.raises(ConvexError) as caught:
        client.query("messages:fail", {"data": FAILURE})
    assert caught.value.data == FAILURE
    with pytest.raises(Exception, match="changed my mind"):
        client.mutation("messages:sendThenFail", {"channel": "calls"})
    assert len(client.query("messages:list", {"channel": "calls"})) == 2


async def test_subscription() -> None:
    await run(subscribe)


def subscribe(url: str) -> None:
    watching, writing = ConvexClient(url), ConvexClient(url)
    subscription = watching.subscribe("messages:list", {"channel": "live"})

    assert next(subscription) == []
    for count, body in enumerate(["one", "two", "three"], start=1):
        writing.mutation("messages:send", {"channel": "live", "body": body})
        assert names(next(subscription))[-1] == body
        assert count == len(watching.query("messages:list", {"channel": "live"}))
    subscription.unsubscribe()


async def test_all_subscriptions_at_one_time() -> None:
    await run(watch)


def watch(url: str) -> None:
    watching, writing = ConvexClient(url), ConvexClient(url)
    writing.mutation("live:open", {"names": ["a", "b"], "amount": 10})
    # It tells only what comes from now on; waiting for more, it would hold Python's lock for ever.
    views = watching.watch_all()
    subscriptions = [watching.subscribe("live:balance", {"name": name}) for name in ("a", "b")]

    for left in range(10, 4, -1):
        wanted = [left, 20 - left]
        # A client may show a state before all of its subscriptions are there, or more than once.
        next(view for view in views if balances(view, subscriptions) == wanted)
        writing.mutation("live:transfer", {"from": "a", "to": "b", "amount": 1})


def balances(view: Any, subscriptions: list[Any]) -> list[float]:
    """The balances of a view, which never shows half of a transfer."""
    amounts = [view[one.id]["value"] for one in subscriptions if one.id in view]
    assert len(amounts) < 2 or sum(amounts) == 20
    return amounts


async def test_identity() -> None:
    async with LocalDeployment(APP) as deployment:

        def act(url: str) -> None:
            client = ConvexClient(url)
            client.set_admin_auth(deployment.admin_key)
            assert client.query("messages:secret") == "secret"

        with anyio.fail_after(SECONDS):
            await anyio.to_thread.run_sync(act, deployment.url, abandon_on_cancel=True)
