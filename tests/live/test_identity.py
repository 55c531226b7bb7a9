"""Whose the live queries are, and how their tokens are kept fresh."""

from __future__ import annotations

import asyncio
import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable

import anyio
import orjson
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import AuthenticationError, MutationOutcomeUnknown
from aioconvex.local import LocalDeployment
from live.hostile import ANSWER, HostileServer, Scene, Wire, answered
from live.quick import hurry
from live.virtual_time import VirtualLoop

pytestmark = pytest.mark.anyio

Tokens = Callable[..., str]


def token(name: str, life: float = 3600.0, age: float = 0.0) -> str:
    """An unsigned token, whose times can be read, with some seconds yet to live."""
    now = time.time()
    claims = orjson.dumps({"sub": name, "iat": now - age, "exp": now + life})
    return f"e30.{urlsafe_b64encode(claims).decode().rstrip('=')}.{name}"


class Provider:
    """Gives its tokens in turn, the last one for ever, and notes how it was asked."""

    def __init__(self, *tokens: str | Exception) -> None:
        self.tokens = list(tokens)
        self.asked: list[bool] = []

    async def __call__(self, *, force_refresh: bool) -> str:
        self.asked.append(force_refresh)
        given = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        if isinstance(given, Exception):
            raise given
        return given


async def welcome(wire: Wire, *, stay: bool = True) -> None:
    """Accept a token and answer a query; then be silent, or go on with the scene."""
    await wire.upgrade()
    await wire.message("ModifyQuerySet")
    await wire.say(**wire.transition(answered(0), query_set=1, identity=1))
    if stay:
        await wire.message("no such message")


def refuses(*, attempted: bool) -> Scene:
    """Refuse the token at once, or welcome it and let it expire."""

    async def scene(wire: Wire) -> None:
        if attempted:
            await wire.upgrade()
            await wire.message("Authenticate")
        else:
            await welcome(wire, stay=False)
        await wire.say(
            type="AuthError",
            error="the token is not good",
            baseVersion=0 if attempted else 1,
            authUpdateAttempted=attempted,
        )

    return scene


def shown(server: HostileServer) -> list[list[str]]:
    """The tokens that each connection was shown."""
    return [
        [message["value"] for message in wire.received if message["type"] == "Authenticate"]
        for wire in server.wires
    ]


async def test_each_view_watches_as_its_own_user(counter_deployment: LocalDeployment) -> None:
    """Over a connection of its own; the client itself stays nobody."""
    async with ConvexClient(counter_deployment.url) as client:
        ada = client.with_auth(await counter_deployment.mint_token("ada"))
        for view, user in ((ada, "ada"), (ada.with_options(timeout=5), "ada"), (client, None)):
            assert await view.watch("counter:user").once() == user
            assert await view.live().query("counter:user") == user
            assert view.connection.phase == "connected"


async def test_an_admin_can_watch_as_a_user(counter_deployment: LocalDeployment) -> None:
    """By right of the key; plainly it is nobody."""
    key = counter_deployment.admin_key
    async with ConvexClient(counter_deployment.url, admin_key=key) as client:
        bob = client.acting_as({"issuer": "https://id.example", "subject": "bob"})
        assert await bob.watch("counter:user").once() == "bob"
        assert await client.watch("counter:user").once() is None


async def test_calls_and_live_queries_share_a_provider_s_token(
    counter_deployment: LocalDeployment,
) -> None:
    """It is asked once for both."""
    provider = Provider(await counter_deployment.mint_token("ada"))
    async with ConvexClient(counter_deployment.url, auth=provider) as client:
        assert await client.query("counter:user") == "ada"
        assert await client.watch("counter:user").once() == "ada"
    assert provider.asked == [False]


async def test_a_token_is_replaced_before_it_expires() -> None:
    """Without a gap: the same connection is told of the new one."""
    old, new = token("old", life=2.1), token("new")
    provider = Provider(old, new)
    replaced = anyio.Event()

    async def scene(wire: Wire) -> None:
        await welcome(wire, stay=False)
        await wire.message("Authenticate")
        replaced.set()
        await wire.message("no such message")

    async with (
        HostileServer([scene]).running() as server,
        ConvexClient(server.url, auth=provider) as client,
        client.watch("a:b") as live,
    ):
        assert await anext(live) == ANSWER
        with anyio.fail_after(10):
            await replaced.wait()
        assert shown(server) == [[old, new]]
        assert provider.asked == [False, True]


def test_a_token_is_replaced_some_seconds_before_it_expires() -> None:
    """Ten, but for the seconds between two looks; ten later again if the provider fails."""
    asked: list[float] = []

    async def main() -> None:
        again = anyio.Event()

        async def provider(*, force_refresh: bool) -> str:
            asked.append(anyio.current_time())
            if len(asked) == 2:
                raise OSError("away")
            if force_refresh:
                again.set()
            return token("new" if force_refresh else "old", life=120.0)

        async def scene(wire: Wire) -> None:
            await welcome(wire, stay=False)
            while True:
                await wire.say(type="Ping")
                await anyio.sleep(5)  # takes no time: the clock jumps

        async with (
            HostileServer([scene]).running() as server,
            ConvexClient(server.url, auth=provider) as client,
            client.watch("a:b") as live,
        ):
            assert await anext(live) == ANSWER
            await again.wait()
            assert len(server.wires) == 1

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())
    first, second, third = asked
    assert 105 < second - first < 115
    assert 10 <= third - second < 15


async def test_a_token_that_was_being_replaced_when_the_connection_was_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not forgotten that it is about to expire: the next connection begins with another."""
    hurry(monkeypatch, silence=2.0)
    old, new = token("old", life=10.0, age=3600.0), token("new")
    asked: list[bool] = []
    being_asked = anyio.Event()

    async def provider(*, force_refresh: bool) -> str:
        asked.append(force_refresh)
        if len(asked) == 2:
            being_asked.set()
            await anyio.sleep_forever()
        return new if force_refresh else old

    async def lose_it(wire: Wire) -> None:
        await welcome(wire, stay=False)
        await being_asked.wait()

    async with (
        HostileServer([lose_it, welcome]).running() as server,
        ConvexClient(server.url, auth=provider) as client,
        client.watch("a:b") as live,
    ):
        assert await anext(live) == ANSWER
        with anyio.fail_after(10):
            while len(shown(server)) < 2 or not shown(server)[1]:
                await anyio.wait_all_tasks_blocked()
        assert shown(server) == [[old], [new]]
        assert asked == [False, True, True]


@pytest.mark.parametrize("attempted", [True, False], ids=["refused", "expired"])
async def test_a_refused_token_is_replaced(attempted: bool) -> None:  # noqa: FBT001
    """Those who watch notice nothing."""
    provider = Provider(token("old"), token("new"))
    async with (
        HostileServer([refuses(attempted=attempted), welcome]).running() as server,
        ConvexClient(server.url, auth=provider) as client,
        client.watch("a:b") as live,
    ):
        with anyio.fail_after(10):
            assert await anext(live) == ANSWER
            while len(server.wires) < 2:
                await anyio.wait_all_tasks_blocked()
            await client.ready()
        assert [tokens[0][-3:] for tokens in shown(server)] == ["old", "new"]
        assert provider.asked == [False, True]


@pytest.mark.parametrize("auth", ["eyJ.fixed.token", Provider("eyJ.the.same")])
async def test_without_another_token_everything_ends(auth: str | Provider) -> None:
    """Rather than go on as nobody; what comes next tries again."""
    refusal = refuses(attempted=True)
    async with (
        HostileServer([refusal, refusal, welcome], welcome).running() as server,
        ConvexClient(server.url, auth=auth) as client,
    ):
        async with client.watch("a:b") as live, client.watch("a:c") as other:
            for query, path in ((live, "a:b"), (other, "a:c")):
                for _ in range(2):
                    with pytest.raises(AuthenticationError, match=path) as caught:
                        await anext(query)
                    assert caught.value.status == 401
            assert client.connection.phase == "failed"
        with pytest.raises((AuthenticationError, MutationOutcomeUnknown), match=r"not good|gave"):
            await client.live().mutation("a:d")
        assert await client.watch("a:b").once() == ANSWER


async def test_what_a_provider_raises_is_raised() -> None:
    """If it never gave a token: there is nothing to wait for."""
    provider = Provider(ZeroDivisionError("no token today"))
    async with HostileServer([]).running() as server, ConvexClient(server.url, auth=provider) as c:
        for use in (c.watch("a:b").once, lambda: c.live().mutation("a:c"), c.ready):
            with pytest.raises(ZeroDivisionError, match="no token today"):
                await use()
        assert server.wires == []


async def test_a_provider_may_fail_for_a_while(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is asked again, as the connection is tried again."""
    hurry(monkeypatch)
    provider = Provider(token("old"), OSError("away"), OSError("away"), token("new"))
    async with (
        HostileServer([refuses(attempted=True), welcome]).running() as server,
        ConvexClient(server.url, auth=provider) as client,
    ):
        with anyio.fail_after(10):
            assert await client.watch("a:b").once() == ANSWER
        assert provider.asked == [False, True, True, True]
    assert "the token provider failed" in caplog.text


async def test_tokens_and_keys_are_never_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """At no level, by no library."""
    hurry(monkeypatch)
    caplog.set_level(logging.DEBUG)
    secret = token("a-secret-user")
    scenes = [refuses(attempted=True), welcome]
    async with (
        HostileServer(scenes).running() as server,
        ConvexClient(server.url, auth=Provider(secret, secret + "2")) as client,
    ):
        live = client.watch("a:b")
        assert await live.once() == ANSWER
        texts = f"{client!r} {client.live()!r} {live!r} {client.connection!r}"
    assert secret not in caplog.text + texts
    assert "a-secret-user" not in caplog.text + texts
