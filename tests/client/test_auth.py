"""Who calls: tokens, providers, admin keys, views; and that nobody else learns of them."""

from __future__ import annotations

import json
import logging
import pickle
import random
import traceback
from base64 import b64decode
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import AuthenticationError, ConfigurationError, ConvexError
from client.deployment import Stub

pytestmark = pytest.mark.anyio

SECRET = "hunter2-very-secret"


class Provider:
    """Gives t0, t1, … as told, and counts."""

    def __init__(self, *, changes: bool = True, pause: Callable[[], Awaitable[object]]) -> None:
        self.asked: list[bool] = []
        self._changes = changes
        self._pause = pause

    async def __call__(self, *, force_refresh: bool) -> str:
        self.asked.append(force_refresh)
        number = len(self.asked) - 1
        await self._pause()
        return f"t{number}" if self._changes else "t0"


async def test_a_static_token_an_admin_key_or_nothing(stub: Stub) -> None:
    """Each client says who it is on every call."""
    case = stub.case()
    for client in (
        ConvexClient(stub.url, auth="jwt"),
        ConvexClient(stub.url, admin_key="prod:name|key"),
        ConvexClient(stub.url),
    ):
        async with client:
            await client.query(f"{case}:f")

    assert stub.seen(case).authorizations == ["Bearer jwt", "Convex prod:name|key", None]


async def test_a_provider_may_be_sync_or_async_or_have_no_token(stub: Stub) -> None:
    """A lambda is enough; None calls as nobody."""
    case = stub.case()
    pause = anyio.lowlevel.checkpoint
    for auth in (lambda *, force_refresh: f"{force_refresh}", Provider(pause=pause)):
        async with ConvexClient(stub.url, auth=auth) as client:
            await client.query(f"{case}:f")
    async with ConvexClient(stub.url, auth=lambda *, force_refresh: None) as client:  # noqa: ARG005
        await client.query(f"{case}:f")

    assert stub.seen(case).authorizations == ["Bearer False", "Bearer t0", None]


async def test_an_expired_token_is_replaced_once_for_all(stub: Stub) -> None:
    """However many calls are refused at once, one asks for a new token and all use it."""
    case = stub.case({"tokens": ["Bearer t1"]})
    provider = Provider(pause=anyio.lowlevel.checkpoint)
    async with ConvexClient(stub.url, auth=provider) as client, anyio.create_task_group() as tasks:
        for kind in (client.query, client.mutation, client.action) * 10:
            tasks.start_soon(kind, f"{case}:f")

    seen = stub.seen(case)
    assert provider.asked == [False, True]
    assert seen.runs == 30
    assert set(seen.authorizations) == {"Bearer t0", "Bearer t1"}


async def test_a_provider_that_has_no_other_token_is_not_asked_again(stub: Stub) -> None:
    """The same token once more would be refused once more."""
    case = stub.case({"tokens": []})
    provider = Provider(changes=False, pause=anyio.lowlevel.checkpoint)
    refused: list[AuthenticationError] = []

    async def call(client: ConvexClient) -> None:
        with pytest.raises(AuthenticationError) as caught:
            await client.mutation(f"{case}:f")
        refused.append(caught.value)

    async with ConvexClient(stub.url, auth=provider) as client:
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(call, client)
        assert provider.asked == [False, True]
        await call(client)

    assert provider.asked == [False, True, True]
    assert len(refused) == len(stub.seen(case).requests) == 21


async def test_what_a_provider_raises_reaches_every_waiting_call_and_the_next_asks_again(
    stub: Stub,
) -> None:
    """The caller gets the provider's own error, and one failure is not asked for many times."""
    case = stub.case()
    asked: list[bool] = []
    caught: list[Exception] = []

    async def provider(*, force_refresh: bool) -> str:
        asked.append(force_refresh)
        await anyio.lowlevel.checkpoint()
        if len(asked) == 1:
            raise LookupError("no session")
        return "t"

    async def call(client: ConvexClient) -> None:
        try:
            await client.query(f"{case}:f")
        except LookupError as error:
            caught.append(error)

    async with ConvexClient(stub.url, auth=provider) as client:
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(call, client)
        assert (len(caught), asked) == (10, [False])
        await call(client)

    assert stub.seen(case).authorizations == ["Bearer t"]


@pytest.mark.parametrize("over", ["http", "live query", "live mutation"])
async def test_a_provider_s_failure_shows_its_place_and_no_other_call_s(
    stub: Stub, over: str
) -> None:
    """However many wait for it, it does not grow with them."""
    frames: list[list[str]] = []

    async def provider(*, force_refresh: bool) -> str:  # noqa: ARG001  # what providers take
        await anyio.lowlevel.checkpoint()
        raise ZeroDivisionError("no token today")

    async def use(client: ConvexClient) -> None:
        live = client.live()
        call = {"http": client.query, "live query": live.query, "live mutation": live.mutation}
        with pytest.raises(ZeroDivisionError) as caught:
            await call[over]("a:b")
        frames.append([frame.name for frame in traceback.extract_tb(caught.tb)])

    async with (
        ConvexClient(stub.url, auth=provider) as client,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(20):
            tasks.start_soon(use, client)

    assert len(frames) == 20
    for names in frames:
        assert (names.count("use"), names.count("provider")) == (1, 1)
        assert len(names) < 15


async def test_a_provider_s_timeout_is_its_own(stub: Stub) -> None:
    """Only the client's deadline becomes the client's error."""

    def provider(*, force_refresh: bool) -> str:
        raise TimeoutError(f"identity provider, {force_refresh}")

    async with ConvexClient(stub.url, auth=provider) as client:
        with pytest.raises(TimeoutError, match="identity provider, False"):
            await client.query("x:f")


async def test_a_cancelled_refresh_is_taken_over(stub: Stub) -> None:
    """The call that asks may be cancelled; the next one asks in its place."""
    case = stub.case()
    asked: list[bool] = []

    async def provider(*, force_refresh: bool) -> str:
        asked.append(force_refresh)
        if len(asked) == 1:
            await anyio.sleep_forever()
        return "t"

    first = anyio.CancelScope()

    async def call_and_be_cancelled(client: ConvexClient) -> None:
        with first:
            await client.query(f"{case}:f")

    async with ConvexClient(stub.url, auth=provider) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(call_and_be_cancelled, client)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(client.query, f"{case}:f")
        await anyio.wait_all_tasks_blocked()
        first.cancel()

    assert asked == [False, False]
    assert stub.seen(case).runs == 1


@pytest.mark.parametrize("token", [5, b"bytes", "two words", "line\nbreak", ""])
async def test_what_is_no_token_is_said_without_showing_it(stub: Stub, token: Any) -> None:
    """A provider's mistake is a clear error before anything is sent."""
    case = stub.case()
    async with ConvexClient(stub.url, auth=lambda *, force_refresh: token) as client:  # noqa: ARG005
        with pytest.raises(ConfigurationError, match="auth") as caught:
            await client.query(f"{case}:f")

    assert "two words" not in str(caught.value)
    assert stub.seen(case).requests == []


async def test_acting_as_sends_the_identity_after_the_key(stub: Stub) -> None:
    """The header is the key, a colon, and the identity as base64 of JSON."""
    case = stub.case()
    alice = {"issuer": "https://x.dev", "subject": "alice", "name": "Älice", "emailVerified": True}
    async with ConvexClient(stub.url, admin_key="name|key") as client:
        view = client.acting_as(alice)
        await view.query(f"{case}:f")
        await view.acting_as({"tokenIdentifier": "x|bob"}).query(f"{case}:f")
        await client.query(f"{case}:f")

    first, second, third = stub.seen(case).authorizations
    assert first is not None
    assert second is not None
    assert first.startswith("Convex name|key:")
    assert json.loads(b64decode(first.rpartition(":")[2], validate=True)) == alice
    assert json.loads(b64decode(second.rpartition(":")[2])) == {"tokenIdentifier": "x|bob"}
    assert third == "Convex name|key"


@pytest.mark.parametrize("identity", [{}, {"subject": "a"}, {"issuer": "a", "x": 1}])
def test_acting_as_needs_a_key_and_an_identity(identity: dict[str, Any]) -> None:
    """Both mistakes are clear."""
    with pytest.raises(ConfigurationError, match="issuer and subject"):
        ConvexClient("https://example.com", admin_key="k").acting_as(identity)
    with pytest.raises(ConfigurationError, match="admin_key="):
        ConvexClient("https://example.com", auth="t").acting_as({"tokenIdentifier": "a"})


def test_acting_as_needs_an_identity_that_is_json() -> None:
    """It would otherwise fail while it is sent; it is not shown."""
    client = ConvexClient("https://example.com", admin_key="k")
    for claim in ({1, 2}, object(), "\ud800"):
        with pytest.raises(ConfigurationError, match="acting_as is not JSON") as caught:
            client.acting_as({"tokenIdentifier": "a", "claim": claim})
        assert repr(claim) not in str(caught.value)


async def test_views_never_mix_their_users(stub: Stub) -> None:
    """A hundred calls of ten users at once, on one pool: each carries its own token."""
    case = stub.case({"tokens": [f"Bearer user{number}-new" for number in range(10)]})
    order = random.Random(1)

    def provider_of(user: str) -> Callable[..., Awaitable[str]]:
        async def provider(*, force_refresh: bool) -> str:
            await anyio.lowlevel.checkpoint()
            return f"{user}-new" if force_refresh else f"{user}-old"

        return provider

    async with ConvexClient(stub.url) as client:
        views = {
            f"user{number}": client.with_auth(provider_of(f"user{number}")) for number in range(10)
        }
        calls = [(user, view) for user, view in views.items() for _ in range(10)]
        order.shuffle(calls)
        async with anyio.create_task_group() as tasks:
            for user, view in calls:
                tasks.start_soon(view.query, f"{case}:f", {"user": user})

    requests = stub.seen(case).requests
    assert stub.seen(case).runs == 100
    for request in requests:
        user = json.loads(request["body"])["args"]["user"]
        assert request["headers"]["authorization"] in {f"Bearer {user}-old", f"Bearer {user}-new"}


@pytest.mark.parametrize("own", [True, False], ids=["our pool", "user's client"])
async def test_nothing_follows_a_redirect(stub: Stub, own: bool) -> None:  # noqa: FBT001
    """Neither credentials nor anything else goes to where a redirect points."""
    elsewhere = stub.case()
    case = stub.case(
        {"status": 307, "body": "", "headers": {"Location": f"{stub.other}/api/{elsewhere}"}}
    )
    url = f"{stub.url}/api/storage"
    theirs = None if own else httpx.AsyncClient(follow_redirects=True)
    async with ConvexClient(stub.url, auth="jwt", http_client=theirs) as client:
        for call in (client.query, client.mutation, client.action):
            with pytest.raises(ConvexError, match="HTTP 307"):
                await call(f"{case}:f")
        with pytest.raises(ConvexError, match="HTTP 307"):
            await client.upload(f"{url}/upload?token={case}", b"x")
        with pytest.raises(ConvexError, match="HTTP 307"):
            async with client.download(f"{url}/{case}"):
                pass
        assert (await client.http_action("GET", f"/{case}")).status == 307
    if theirs is not None:
        await theirs.aclose()

    assert len(stub.seen(case).requests) == 6
    assert stub.seen(elsewhere).requests == []


FAILURES: list[dict[str, Any]] = [
    {"status": 401, "body": {"code": "TokenExpired", "message": "No."}},
    {"status": 503, "body": ""},
    {"drop": "read"},
    {"drop": "body"},
    {"drop": "garbage"},
    {"body": "<html>"},
    {"body": {"status": "error", "errorMessage": "x"}},
    {"body": {"status": "success", "value": {"$odd": 1}}},
]


@pytest.mark.parametrize("own", [True, False], ids=["our pool", "user's client"])
@pytest.mark.usefixtures("delays")
async def test_secrets_stay_secret(
    stub: Stub,
    caplog: pytest.LogCaptureFixture,
    own: bool,  # noqa: FBT001
) -> None:
    """No error, traceback (even one with variables), log record, repr or pickle has one."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "aiohttp", "asyncio", "aioconvex"):
        caplog.set_level(logging.DEBUG, name)
    theirs = None if own else httpx.AsyncClient()
    shown: list[str] = []

    async def fails(call: Callable[[], Awaitable[object]], *, holding: int = 1) -> None:
        try:
            await call()
        except ConvexError as error:
            shown.extend([repr(error), str(error), repr(pickle.dumps(error))])
            # The frames that were handed the secret hold it; no frame below them may.
            for with_locals in (False, True):
                lines = traceback.TracebackException.from_exception(
                    error, capture_locals=with_locals
                )
                lines.stack = traceback.StackSummary.from_list(lines.stack[holding:])
                shown.append("".join(lines.format()))

    async with ConvexClient(stub.url, http_client=theirs, max_retries=0) as client:
        views = [
            client.with_auth(f"{SECRET}.a.b"),
            client.with_auth(lambda *, force_refresh: f"{SECRET}{force_refresh}"),
            ConvexClient(stub.url, admin_key=f"n|{SECRET}", max_retries=0),
        ]
        views.append(views[2].acting_as({"tokenIdentifier": SECRET}))
        for view in views:
            shown.append(repr(view))
            for step in FAILURES:
                path = f"{stub.case(step)}:f"
                await fails(partial(view.query, path))
                await fails(partial(view.mutation, path))
            with pytest.raises(TypeError, match="pickle"):
                pickle.dumps(view)
        uploads = f"{stub.url}/api/storage/upload?token={SECRET}"
        stub.case(*FAILURES, name=SECRET)
        for _ in FAILURES:
            await fails(partial(client.upload, uploads, b"x" * 100_000), holding=2)
        for view in views[2:]:
            await view.aclose()
    if theirs is not None:
        await theirs.aclose()

    assert len(shown) > 50
    everything = [*shown, *(record.getMessage() for record in caplog.records)]
    assert [text for text in everything if SECRET in text] == []
