"""The fixtures, in a pytest run of their own."""

from __future__ import annotations

import json
from collections.abc import Generator
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex.local import LocalDeployment

if TYPE_CHECKING:
    from aioconvex.client import ConvexClient

pytest_plugins = ["pytester"]

USERS_TESTS = """
import pytest
from aioconvex.errors import DeploymentError

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

async def test_users_and_trouble(convex_deployment, convex):
    ann = convex.with_auth(await convex_deployment.mint_token("ann"))
    await convex_deployment.faults.answer("notes:all", status=400, code="Unlucky")
    with pytest.raises(DeploymentError, match="Unlucky"):
        await ann.query("notes:all")
    assert await ann.query("notes:all") == []

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

    result.assert_outcomes(passed=9)


MOOD = """
import { queryGeneric } from "convex/server";
export const mood = queryGeneric(async () => process.env.MOOD ?? null);
"""
MOOD_TEST = """
async def test_variables(convex):
    assert await convex.query("moods:mood") == "good = better"
"""


def test_variables_of_the_settings_are_those_of_the_deployment(
    users_folder: pytest.Pytester, project: Path
) -> None:
    (project / "moods.ts").write_text(MOOD)
    users_folder.makepyfile(MOOD_TEST)
    with Path("tox.ini").open("a") as settings:
        settings.write("\nconvex_env =\n  MOOD = good = better\n  OTHER = x\n")

    result = users_folder.runpytest_subprocess("-k", "test_variables")
    wrong = users_folder.runpytest_subprocess("-k", "test_variables", "-o", "convex_env=MOOD")

    result.assert_outcomes(passed=2)
    wrong.stdout.fnmatch_lines(["*convex_env: 'MOOD' is not NAME=VALUE"])


def test_a_project_that_cannot_be_served_is_named(users_folder: pytest.Pytester) -> None:
    result = users_folder.runpytest_subprocess("-o", "convex_project=nowhere", "-k", "controls")

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*LocalDeploymentError: *nowhere*"])


@pytest.fixture
def elsewhere(project: Path) -> Generator[LocalDeployment]:
    """A deployment that runs already, with the user's functions."""
    deployment = LocalDeployment(project)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


def call(deployment: LocalDeployment, kind: str, path: str, args: object) -> Any:
    # By hand: pytester forgets modules, and httpx would meet a second httpcore in later tests.
    body = json.dumps({"path": path, "args": args, "format": "json"})
    connection = HTTPConnection(urlsplit(deployment.url).netloc)
    connection.request("POST", f"/api/{kind}", body, {"Content-Type": "application/json"})
    said = json.loads(connection.getresponse().read())
    connection.close()
    return said["value"]


def test_the_same_tests_run_on_a_deployment_elsewhere(
    users_folder: pytest.Pytester, elsewhere: LocalDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_OF_MINE", elsewhere.admin_key)

    result = users_folder.runpytest_subprocess(
        "-p", "no:cacheprovider", "-k", "not controls and not trouble",
        f"--convex-url={elsewhere.url}", "--convex-admin-key-env=KEY_OF_MINE",
    )  # fmt: skip

    result.assert_outcomes(passed=5, deselected=4)
    assert call(elsewhere, "query", "notes:all", {}) == ["hello"]


def test_documents_elsewhere_are_not_deleted_unless_told_so(
    users_folder: pytest.Pytester, elsewhere: LocalDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVEX_ADMIN_KEY", elsewhere.admin_key)
    call(elsewhere, "mutation", "notes:add", {"text": "precious"})

    there = f"--convex-url={elsewhere.url}"
    refused = users_folder.runpytest_subprocess("-p", "no:cacheprovider", "-k", "empty", there)
    kept = call(elsewhere, "query", "notes:all", {})
    erased = users_folder.runpytest_subprocess(
        "-p", "no:cacheprovider", "-k", "empty", there, "--convex-erase"
    )

    refused.assert_outcomes(errors=4, deselected=5)
    refused.stdout.fnmatch_lines(["*holds documents (notes)*--convex-erase*"])
    assert kept == ["precious"]
    erased.assert_outcomes(passed=4, deselected=5)
    assert elsewhere.admin_key not in refused.stdout.str() + erased.stdout.str()


def test_a_deployment_elsewhere_needs_its_admin_key(
    users_folder: pytest.Pytester, elsewhere: LocalDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONVEX_ADMIN_KEY", raising=False)
    there = f"--convex-url={elsewhere.url}"

    without = users_folder.runpytest_subprocess("-k", "loop", there)
    monkeypatch.setenv("CONVEX_ADMIN_KEY", "local|00")
    wrong = users_folder.runpytest_subprocess("-k", "loop", there)

    without.stdout.fnmatch_lines(["*the environment variable CONVEX_ADMIN_KEY does not hold it*"])
    wrong.stdout.fnmatch_lines(["*LocalDeploymentError: *HTTP 401*BadAdminKey*"])


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
