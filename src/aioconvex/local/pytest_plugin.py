"""Pytest fixtures on the embedded deployment; they cost nothing until a test asks for one.

`convex_deployment` (session) is a running `LocalDeployment` of the folder that the ini option
`convex_project` names, relative to pytest's root folder (default: `convex`).
`convex` (function) is a `ConvexClient` on it, after all documents were deleted; it needs anyio's
pytest plugin (`pytest.mark.anyio`) and works on asyncio and trio.
"""

# ruff: noqa: PLC0415
# Pytest loads this module in every run: everything else is imported where it is used.

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from aioconvex.client import ConvexClient

    from ._deployment import LocalDeployment

__all__ = ["convex", "convex_deployment", "pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `convex_project`."""
    parser.addini(
        "convex_project",
        "folder of the Convex functions that the fixtures `convex` and `convex_deployment` serve",
        default="convex",
    )


@pytest.fixture(scope="session")
def convex_deployment(pytestconfig: pytest.Config) -> Generator[LocalDeployment]:
    """A running deployment with temporary data, for the whole session."""
    from anyio.from_thread import start_blocking_portal

    from ._deployment import LocalDeployment

    # An event loop of its own: the tests' loops, asyncio's or trio's, are too short-lived.
    deployment = LocalDeployment(pytestconfig.rootpath / pytestconfig.getini("convex_project"))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


@pytest.fixture
async def convex(
    convex_deployment: LocalDeployment,
    anyio_backend: object,  # noqa: ARG001 -- asking for it puts this fixture on the test's loop
) -> AsyncGenerator[ConvexClient]:
    """A client without identity, on an empty deployment."""
    from aioconvex.client import ConvexClient

    await convex_deployment.reset()
    async with ConvexClient(convex_deployment.url) as client:
        yield client
