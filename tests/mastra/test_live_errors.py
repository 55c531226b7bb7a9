"""Live queries of Mastra's domains fail as its calls do: with a `MastraError` that says what to do."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex import ConvexClient, LiveQuery
from aioconvex.errors import ApplicationError, FunctionError
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, MastraError, MemoryConvex, WorkflowsConvex

pytestmark = pytest.mark.anyio

SECRET = "a secret of the tests"
DENIED = "MASTRA_STORAGE_CONVEX_WATCH_THREAD_ACCESS_DENIED"
# As of a release that knows no secret: what it is sent then is in its error.
EARLIER = """
import { queryGeneric } from "convex/server";
import { v } from "convex/values";

export const watchThread = queryGeneric({ args: { threadId: v.string() }, handler: () => null });
"""


@pytest.fixture
async def guarded(
    convex_deployment: LocalDeployment,
    anyio_backend: object,  # noqa: ARG001 -- asking for it puts this fixture on the test's loop
) -> AsyncGenerator[MemoryConvex]:
    """Memory on a deployment that asks for a secret, which is not known."""
    await convex_deployment.reset()
    await convex_deployment.set_env(MASTRA_ACCESS_SECRET=SECRET)
    async with ConvexClient(convex_deployment.url) as convex:
        yield MemoryConvex(client=convex)
    await convex_deployment.set_env(MASTRA_ACCESS_SECRET=None)


@pytest.fixture(scope="module")
def earlier() -> Generator[LocalDeployment]:
    deployment = LocalDeployment(functions={"mastra/queries": EARLIER})
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


async def test_what_the_functions_refuse_is_a_mastra_error(guarded: MemoryConvex) -> None:
    with anyio.fail_after(10):
        async with guarded.watch_thread(thread_id="t") as live:
            with pytest.raises(MastraError, match="may not use") as caught:
                await anext(live)
            assert caught.value.id == DENIED
            assert isinstance(caught.value.__cause__, ApplicationError)
            with pytest.raises(MastraError):
                _ = live.current
        with pytest.raises(MastraError) as caught:
            await guarded.watch_thread(thread_id="t").every().once()
        assert caught.value.id == DENIED


async def test_so_it_is_among_several_queries(guarded: MemoryConvex) -> None:
    convex = guarded._client.convex  # noqa: SLF001  # whose live queries can be joined
    one = guarded.watch_thread(thread_id="t")
    two = guarded.watch_resource(resource_id="ada")
    queries: dict[str, LiveQuery[Any]] = {"one": one, "two": two}
    with anyio.fail_after(10):
        async with convex.watch_all(queries) as live:
            with pytest.raises(MastraError) as caught:
                await anext(live)
    assert caught.value.id == DENIED


async def test_pages_that_grow_fail_alike(guarded: MemoryConvex) -> None:
    client = guarded._client  # noqa: SLF001  # as above
    pages = client.api.mastra.queries.paginated_messages.watch(thread_id="t")
    with anyio.fail_after(10):
        async with pages as live:
            with pytest.raises(MastraError) as caught:
                await anext(aiter(live))
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_PAGINATED_MESSAGES_ACCESS_DENIED"


async def test_errors_as_items_are_those_of_the_functions(guarded: MemoryConvex) -> None:
    with anyio.fail_after(10):
        async with guarded.watch_thread(thread_id="t").with_errors() as live:
            error = await anext(live)
    assert isinstance(error, ApplicationError)
    data: Any = error.data
    assert data["code"] == "AccessDenied"


async def test_the_secret_is_in_no_error(earlier: LocalDeployment) -> None:
    async with ConvexClient(earlier.url) as convex:
        memory = MemoryConvex(client=ConvexAdminClient(client=convex, secret=SECRET))
        with anyio.fail_after(10):
            async with memory.watch_thread(thread_id="t") as live:
                with pytest.raises(MastraError, match="secret") as caught:
                    await anext(live)
            async with memory.watch_thread(thread_id="t").with_errors() as items:
                item = await anext(items)
    assert isinstance(item, FunctionError)
    assert SECRET not in str(item)
    assert SECRET not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize("functions", ["published"])
async def test_a_live_query_that_is_not_deployed_says_what_to_deploy(
    client: ConvexAdminClient,
) -> None:
    """The same, whether or not it is known by then."""
    told: list[MastraError] = []
    for live in (
        MemoryConvex(client=client).watch_thread(thread_id="t"),
        WorkflowsConvex(client=client).watch_workflow_run(workflow_name="w", run_id="1"),
    ):
        assert client.capabilities is None
        with anyio.fail_after(10):
            async with live:
                with pytest.raises(MastraError, match="aioconvex mastra init") as caught:
                    await anext(live)
        told.append(caught.value)
    await client.find_capabilities()
    with pytest.raises(MastraError) as known:
        MemoryConvex(client=client).watch_thread(thread_id="t")
    assert {(error.id, error.text) for error in told} == {(known.value.id, known.value.text)}
    assert known.value.id == "MASTRA_STORAGE_CONVEX_WATCH_NOT_SUPPORTED"
