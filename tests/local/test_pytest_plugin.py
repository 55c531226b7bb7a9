"""The fixtures, in a pytest run of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aioconvex.client import ConvexClient
    from aioconvex.local import LocalDeployment

pytest_plugins = ["pytester"]

USERS_TESTS = """
import pytest

pytestmark = pytest.mark.anyio

@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param

@pytest.mark.parametrize("n", [1, 2])
async def test_starts_empty(convex, n):
    assert await convex.query("notes:all") == []
    await convex.mutation("notes:add", {"text": "hello"})
    assert await convex.query("notes:all") == ["hello"]

async def test_controls(convex_deployment, convex):
    await convex.mutation("notes:add", {"text": "hello"})
    await convex_deployment.push()
    await convex_deployment.reset()
    assert await convex.query("notes:all") == []

def test_without_a_loop(convex_deployment):
    assert convex_deployment.url.startswith("http://127.0.0.1:")
"""


@pytest.fixture
def users_folder(pytester: pytest.Pytester, project: Path) -> pytest.Pytester:
    """A user's repository: tests, and functions in `backend/convex`."""
    backend = pytester.path / "backend"
    backend.symlink_to(project.parent, target_is_directory=True)
    pytester.makeini("[pytest]\nconvex_project = backend/convex\nfilterwarnings = error")
    pytester.makepyfile(USERS_TESTS)
    return pytester


def test_fixtures_work_on_both_event_loops(users_folder: pytest.Pytester) -> None:
    result = users_folder.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=7)


def test_a_project_that_cannot_be_served_is_named(users_folder: pytest.Pytester) -> None:
    result = users_folder.runpytest_subprocess("-o", "convex_project=nowhere", "-k", "controls")

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*LocalDeploymentError: *nowhere*"])


def test_says_nothing_when_unused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_nothing(): pass")

    result = pytester.runpytest_subprocess("-q")

    result.assert_outcomes(passed=1)
    assert "aioconvex" not in result.stdout.str() + result.stderr.str()


@pytest.mark.anyio
async def test_the_repositorys_own_functions(
    convex_deployment: LocalDeployment, convex: ConvexClient
) -> None:
    """The default project is `convex` in pytest's root folder."""
    assert convex.url == convex_deployment.url
