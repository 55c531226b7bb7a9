"""Who passes the guard of `convex/mastra/access.ts`: nobody is kept out until it is told to."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager

import pytest
from anyio.from_thread import start_blocking_portal
from attrs import evolve

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, ConvexServerCache, MastraError
from mastra.npm import Driver, Npm, NpmError

pytestmark = pytest.mark.anyio

SECRET = "a secret of the tests"
THREADS = {"op": "queryTable", "tableName": "mastra_threads"}
SETTINGS = ("MASTRA_ACCESS_SECRET", "MASTRA_ACCESS_IDENTITIES")


@pytest.fixture(scope="module")
def guarded_deployment(pytestconfig: pytest.Config) -> Generator[LocalDeployment]:
    """Our functions, on a deployment whose tests may have tokens."""
    deployment = LocalDeployment(pytestconfig.rootpath / "convex", mint_tokens=True)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


@pytest.fixture
async def guarded(
    guarded_deployment: LocalDeployment,
    anyio_backend: object,  # noqa: ARG001 -- asking for it puts this fixture on the test's loop
) -> AsyncGenerator[LocalDeployment]:
    """A deployment without settings."""
    await guarded_deployment.set_env(**dict.fromkeys(SETTINGS))
    yield guarded_deployment
    await guarded_deployment.set_env(**dict.fromkeys(SETTINGS))


async def passes(client: ConvexAdminClient) -> bool:
    """Whether the client passes; the handler, queries, pages and actions must agree."""
    queries = client.api.mastra.queries

    async def page() -> object:
        return await queries.paginated_threads(resource_id="ada")

    async def search() -> object:
        nearest = client.api.mastra.vector_search.nearest
        return await nearest(index_name="i", query_vector=[1], top_k=1, include_vector=False)

    answers: list[bool] = []
    for ask in (
        lambda: client.call_storage(THREADS),
        lambda: ConvexServerCache(client=client).increment("k"),
        lambda: ConvexServerCache(client=client).get("k"),
        lambda: queries.watch_thread(thread_id="t"),
        page,
        search,
    ):
        try:
            await ask()
        except MastraError as error:
            assert error.id.endswith("_ACCESS_DENIED")
            assert error.details["code"] == "AccessDenied"
            answers.append(False)
        else:
            answers.append(True)
    assert len(set(answers)) == 1
    return answers[0]


@asynccontextmanager
async def anonymous(deployment: LocalDeployment) -> AsyncGenerator[ConvexAdminClient]:
    async with ConvexClient(deployment.url) as convex, ConvexAdminClient(client=convex) as client:
        yield client


async def test_without_settings_everybody_passes(guarded: LocalDeployment) -> None:
    async with anonymous(guarded) as client:
        assert await passes(client)


async def test_with_a_secret_only_who_sends_it_passes(guarded: LocalDeployment) -> None:
    await guarded.set_env(MASTRA_ACCESS_SECRET=SECRET)
    async with anonymous(guarded) as client:
        assert not await passes(client)
        assert (await client.find_capabilities()).typed  # anyone may ask which version it is
    for secret, expected in ((SECRET, True), (SECRET[:-1] + "x", False), ("", False)):
        async with ConvexAdminClient(deployment_url=guarded.url, secret=secret) as client:
            assert await passes(client) is expected


async def test_with_identities_only_their_tokens_pass(guarded: LocalDeployment) -> None:
    token = await guarded.mint_token("service")
    identity = identifier(token)
    other = await guarded.mint_token("somebody")
    await guarded.set_env(MASTRA_ACCESS_IDENTITIES=f"https://x.example, {identity}")
    for given, expected in ((token, True), (other, False)):
        async with ConvexAdminClient(deployment_url=guarded.url, auth_token=given) as client:
            assert await passes(client) is expected
    await guarded.set_env(MASTRA_ACCESS_IDENTITIES=identity.partition("|")[0])
    async with ConvexAdminClient(deployment_url=guarded.url, auth_token=other) as client:
        assert await passes(client)
    async with anonymous(guarded) as client:
        assert not await passes(client)


async def test_with_both_settings_either_opens(guarded: LocalDeployment) -> None:
    token = await guarded.mint_token("service")
    await guarded.set_env(MASTRA_ACCESS_SECRET=SECRET, MASTRA_ACCESS_IDENTITIES=identifier(token))
    async with ConvexAdminClient(deployment_url=guarded.url, auth_token=token) as client:
        assert await passes(client)
    async with ConvexAdminClient(deployment_url=guarded.url, secret=SECRET) as client:
        assert await passes(client)


async def first_thread(client: ConvexAdminClient) -> object:
    async with client.api.mastra.queries.watch_thread.watch(thread_id="t") as threads:
        return await anext(threads)


async def test_live_queries_are_guarded_too(guarded: LocalDeployment) -> None:
    token = await guarded.mint_token("service")
    await guarded.set_env(MASTRA_ACCESS_SECRET=SECRET, MASTRA_ACCESS_IDENTITIES=identifier(token))
    async with ConvexAdminClient(deployment_url=guarded.url, auth_token=token) as client:
        assert await first_thread(client) is None
    async with ConvexAdminClient(deployment_url=guarded.url, secret=SECRET) as client:
        assert await first_thread(client) is None
    async with anonymous(guarded) as client:
        with pytest.raises(MastraError) as caught:
            await first_thread(client)
        assert caught.value.details["code"] == "AccessDenied"


async def test_the_admin_passes(guarded: LocalDeployment) -> None:
    await guarded.set_env(MASTRA_ACCESS_SECRET=SECRET)
    async with ConvexAdminClient(
        deployment_url=guarded.url, admin_auth_token=guarded.admin_key
    ) as client:
        assert await passes(client)
    async with ConvexClient(guarded.url, admin_key=guarded.admin_key) as convex:
        # As a TypeScript app's admin key does, with `storageFunction` set to it.
        client = ConvexAdminClient(client=convex, storage_function="mastra/storage:handleAsAdmin")
        assert await client.call_storage(THREADS) == []
        cache = ConvexServerCache(client=client, cache_function="mastra/cache:handleAsAdmin")
        assert await cache.get("unknown") is None
    async with anonymous(guarded) as client:
        client.storage_function = "mastra/storage:handleAsAdmin"
        with pytest.raises(MastraError) as caught:
            await client.call_storage(THREADS)
        assert caught.value.id.endswith("_NOT_DEPLOYED")


async def test_a_typescript_app_passes_by_the_internal_handler(
    guarded: LocalDeployment, driver: Driver
) -> None:
    await guarded.set_env(MASTRA_ACCESS_SECRET=SECRET)
    npm = Npm.of(driver, guarded)
    with pytest.raises(NpmError, match="AccessDenied"):
        await npm.memory("getThreadById", {"threadId": "t"})
    admin = evolve(npm, handler="mastra/storage:handleAsAdmin")
    assert await admin.memory("getThreadById", {"threadId": "t"}) is None


@pytest.mark.parametrize(
    ("secret", "shown"),
    [(SECRET, SECRET), ('quo"ted\\é\n', r"quo\"ted\\é\n")],
    ids=["plain", "escaped"],
)
async def test_no_error_repeats_the_secret(
    guarded: LocalDeployment, secret: str, shown: str
) -> None:
    async with ConvexAdminClient(deployment_url=guarded.url, secret=secret) as client:
        assert secret not in repr(client)
        with pytest.raises(MastraError) as caught:
            # A deployment in development shows arguments that do not fit.
            await client.call(
                "query", "mastra/queries:watchThread", {"threadId": "t", "extra": 1.0}
            )
        error: BaseException | None = caught.value
        assert "[secret]" in str(error)
        while error is not None:
            assert shown not in str(error)
            assert shown not in repr(error)
            error = error.__cause__


def identifier(token: str) -> str:
    """What `ctx.auth` calls the token's user."""
    body = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return f"{claims['iss']}|{claims['sub']}"
