"""What the tests of Mastra's domains share: our functions, and the published ones alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.local._node import find_node
from aioconvex.mastra import ConvexAdminClient, ConvexStore, MemoryConvex
from mastra.early_rows import Writer, with_writer, writing
from mastra.native import schema_of
from mastra.npm import Driver, Npm
from mastra.pair import Pair

PUBLISHED = Path(__file__).parent / "published"


@pytest.fixture(scope="session")
def published_deployment() -> Generator[LocalDeployment]:
    """A deployment that has only the functions of the npm package."""
    deployment = LocalDeployment(PUBLISHED)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


@pytest.fixture(params=["ours", "published"])
def functions(request: pytest.FixtureRequest) -> str:
    """Which server functions are deployed; a test parametrizes it to have only one kind."""
    which: str = request.param
    return which


@pytest.fixture
def deployment(functions: str, request: pytest.FixtureRequest) -> LocalDeployment:
    """The running deployment that has these functions."""
    name = "convex_deployment" if functions == "ours" else "published_deployment"
    found: LocalDeployment = request.getfixturevalue(name)
    return found


@pytest.fixture
async def client(
    deployment: LocalDeployment,
    anyio_backend: object,  # noqa: ARG001 -- asking for it puts this fixture on the test's loop
) -> AsyncGenerator[ConvexAdminClient]:
    """A client for Mastra's domains, on an empty deployment."""
    await deployment.reset()
    async with (
        ConvexClient(deployment.url) as convex,
        ConvexAdminClient(client=convex) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def our_writer(pytestconfig: pytest.Config) -> Generator[LocalDeployment]:
    """Our functions and tables of native vectors, beside a function that stores any row."""
    project = pytestconfig.rootpath / "convex"
    schema = schema_of(project, "./mastra/nativeTables")
    with with_writer(project, schema) as deployment:
        yield deployment


@pytest.fixture(scope="session")
def published_writer() -> Generator[LocalDeployment]:
    """The npm package's functions and tables of native vectors, and the same writer."""
    schema = schema_of(PUBLISHED, "@mastra/convex/schema")
    with with_writer(PUBLISHED, schema) as deployment:
        yield deployment


@pytest.fixture
async def writer(
    functions: str,
    request: pytest.FixtureRequest,
    anyio_backend: object,  # noqa: ARG001 -- asking for it puts this fixture on the test's loop
) -> AsyncGenerator[Writer]:
    """A client for Mastra's domains that can store any row, on an empty deployment."""
    name = "our_writer" if functions == "ours" else "published_writer"
    async with writing(request.getfixturevalue(name)) as writer:
        yield writer


@pytest.fixture
def memory(client: ConvexAdminClient) -> MemoryConvex:
    """Memory on an empty deployment."""
    return MemoryConvex(client=client)


@pytest.fixture(scope="session")
def driver() -> Generator[Driver]:
    """Node, with the npm package loaded."""
    with Driver.running(Path(anyio.run(find_node))) as driver:
        yield driver


@pytest.fixture
def pair(writer: Writer, functions: str, driver: Driver, request: pytest.FixtureRequest) -> Pair:
    """The npm package and ours on one empty deployment."""
    name = "our_writer" if functions == "ours" else "published_writer"
    deployment: LocalDeployment = request.getfixturevalue(name)
    us = ConvexStore(id="interop", client=writer.client)
    return Pair(us, Npm.of(driver, deployment), writer)
