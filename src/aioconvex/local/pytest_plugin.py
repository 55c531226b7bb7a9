"""Pytest fixtures on a Convex deployment; they cost nothing until a test asks for one.

`convex_deployment` (session) is a running `LocalDeployment` of the folder that the ini option
`convex_project` names, relative to pytest's root folder (default: `convex`), with the environment
variables that the lines of `convex_env` set (NAME=VALUE). It mints tokens and allows faults.
`convex` (function) is a `ConvexClient` on it, after all documents were deleted; it needs anyio's
pytest plugin (`pytest.mark.anyio`) and works on asyncio and trio. Where pytest-asyncio runs the tests,
redefine `convex` as a fixture of its kind.

`pytest --convex-url URL` runs the same tests on a deployment that is there already, a real one for
instance: `convex_deployment` is then a `ConnectedDeployment`. Its admin key is read from the
environment variable that `--convex-admin-key-env` names (default: CONVEX_ADMIN_KEY), the functions
are those deployed to it. Since `convex` deletes all documents, a deployment that holds some is
refused unless `--convex-erase` is given.
"""

# ruff: noqa: PLC0415
# Pytest loads this module in every run: everything else is imported where it is used.

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from anyio.from_thread import BlockingPortal

    from aioconvex.client import ConvexClient

    from ._connected import ConnectedDeployment
    from ._deployment import LocalDeployment

__all__ = ["convex", "convex_deployment", "pytest_addoption", "serving"]

_KEY_NAME: Final = "CONVEX_ADMIN_KEY"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `convex_project` and the options of a deployment that is there already."""
    parser.addini(
        "convex_project",
        "folder of the Convex functions that the fixtures `convex` and `convex_deployment` serve",
        default="convex",
    )
    parser.addini(
        "convex_env",
        "environment variables of the local deployment, NAME=VALUE, one a line",
        type="linelist",
    )
    group = parser.getgroup("aioconvex", "Convex deployments")
    group.addoption(
        "--convex-url",
        metavar="URL",
        help="run on this deployment instead of a local one; its documents are deleted",
    )
    group.addoption(
        "--convex-admin-key-env",
        metavar="NAME",
        default=_KEY_NAME,
        help=f"environment variable that holds its admin key (default: {_KEY_NAME})",
    )
    group.addoption(
        "--convex-erase",
        action="store_true",
        help="run although it holds documents, and delete them",
    )


@contextmanager
def serving(
    config: pytest.Config, project: Path
) -> Generator[LocalDeployment | ConnectedDeployment]:
    """The deployment that `--convex-url` names, or a local one that serves `project`.

    For fixtures of your own: `convex_deployment`, redefined in a `conftest.py`, gives the tests in
    its folder other functions.

    Raises:
        pytest.UsageError: the options do not fit together, or the deployment holds documents.
        LocalDeploymentError: the deployment cannot start, or cannot be reached.
    """
    from anyio.from_thread import start_blocking_portal

    from ._deployment import LocalDeployment

    # An event loop of its own: the tests' loops, asyncio's or trio's, are too short-lived.
    with start_blocking_portal() as portal:
        url: str | None = config.getoption("convex_url")
        if url is not None:
            yield _connected(config, url, portal)
            return
        env = dict(_variable(line) for line in config.getini("convex_env"))
        deployment = LocalDeployment(project, env=env, mint_tokens=True, allow_faults=True)
        with portal.wrap_async_context_manager(deployment):
            yield deployment


def _variable(line: str) -> tuple[str, str]:
    name, is_there, value = line.partition("=")
    if not is_there:
        raise pytest.UsageError(f"convex_env: {line!r} is not NAME=VALUE")
    return name.strip(), value.strip()


def _connected(config: pytest.Config, url: str, portal: BlockingPortal) -> ConnectedDeployment:
    import os

    from ._deployment import LocalDeployment

    name = str(config.getoption("convex_admin_key_env"))
    key = os.environ.get(name)
    if not key:
        raise pytest.UsageError(
            f"--convex-url needs the deployment's admin key, and the environment variable {name} "
            "does not hold it: set it, or name another one with --convex-admin-key-env"
        )
    deployment = LocalDeployment.connect(url, key)
    if not config.getoption("convex_erase") and (tables := portal.call(deployment.tables_in_use)):
        raise pytest.UsageError(
            f"{url} holds documents ({', '.join(tables)}), which the tests would delete: "
            "use an empty deployment, or say --convex-erase"
        )
    return deployment


@pytest.fixture(scope="session")
def convex_deployment(
    pytestconfig: pytest.Config,
) -> Generator[LocalDeployment | ConnectedDeployment]:
    """A running deployment, for the whole session: local and temporary, or of `--convex-url`."""
    with serving(
        pytestconfig, pytestconfig.rootpath / pytestconfig.getini("convex_project")
    ) as deployment:
        yield deployment


@pytest.fixture
async def convex(
    convex_deployment: LocalDeployment | ConnectedDeployment,
    anyio_backend: object,  # noqa: ARG001 -- asking for it puts this fixture on the test's loop
) -> AsyncGenerator[ConvexClient]:
    """A client without identity, on an empty deployment."""
    from aioconvex.client import ConvexClient

    await convex_deployment.reset()
    async with ConvexClient(convex_deployment.url) as client:
        yield client
