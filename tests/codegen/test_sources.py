"""Three sources, one result; and what happens when a source is not what it should be."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aioconvex.errors import ConfigurationError
from aioconvex.local import LocalDeployment
from aioconvex_codegen import (
    Deployment,
    GenerateError,
    GenerateOptions,
    GenerateReport,
    Project,
    Source,
    SpecFile,
    generate,
)
from codegen.answering import Answering, Reply, answering, success
from codegen.cases import files_in
from codegen.validators import func, kind, obj, table

pytestmark = pytest.mark.anyio

KEY = "prod:secret-animal-1|0123456789abcdef"
PROJECT = Path(__file__).parents[2] / "convex"


async def generate_into(out: Path, source: Source) -> GenerateReport:
    return await generate(
        GenerateOptions(source=source, schema=out / "schema", out=out / "bindings")
    )


@pytest.fixture
def server() -> Iterator[Answering]:
    with answering() as running:
        yield running


async def test_project_deployment_and_file_give_the_same_bytes(tmp_path: Path) -> None:
    """The bindings of a deployment do not depend on how it was read."""
    await generate_into(tmp_path / "project", Project(PROJECT))
    async with LocalDeployment(PROJECT) as running:
        source = Deployment(running.url, running.admin_key)
        await generate_into(tmp_path / "deployment", source)
    file = tmp_path / "project" / "schema" / "function_spec.json"
    await generate_into(tmp_path / "file", SpecFile(file))

    project = files_in(tmp_path / "project")
    assert len(project) > 5
    assert project == files_in(tmp_path / "deployment") == files_in(tmp_path / "file")


async def test_what_the_command_line_prints_is_a_source(tmp_path: Path) -> None:
    """`npx convex function-spec` says nothing of tables, so ids are all there is of them."""
    spec = {"url": "https://x.convex.cloud", "functions": [func("a.js:f", obj(), kind("null"))]}
    (tmp_path / "function_spec_1763999999.json").write_text(json.dumps(spec))

    report = await generate_into(tmp_path, SpecFile(tmp_path / "function_spec_1763999999.json"))

    assert (report.functions, report.typed, report.tables) == (1, 1, 0)
    assert "convex.cloud" not in (tmp_path / "schema" / "function_spec.json").read_text()


async def test_a_deployment_is_asked_two_system_queries(tmp_path: Path, server: Answering) -> None:
    """With the admin key, in the format that keeps int64 literals apart from text."""
    schema = json.dumps({"tables": [table("t", obj())], "schemaValidation": True})
    replies: dict[str, object] = {
        "_system/cli/modules:apiSpec": [func("a.js:f", obj(), kind("null"))],
        "_system/frontend/getSchemas:default": {"active": schema},
    }
    server.reply = lambda path: success(replies[path])

    report = await generate_into(tmp_path, Deployment(f"{server.url}/", KEY))

    assert [asked.path for asked in server.asked] == list(replies)
    assert server.keys == [f"Convex {KEY}"] * 2
    assert (report.functions, report.tables) == (1, 1)
    assert not [file for file, text in files_in(tmp_path).items() if KEY.encode() in text]


REFUSED = json.dumps({"status": "error", "errorMessage": f"no such function for {KEY}"}).encode()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        pytest.param(lambda _: (200, REFUSED), "no such function for .admin key.", id="refused"),
        pytest.param(lambda _: (401, b'{"code": "Bad"}'), "refuses the admin key", id="401"),
        pytest.param(lambda _: (502, b"<html>"), "HTTP 502.* is not JSON", id="proxy"),
        pytest.param(lambda _: (404, b"Not here"), "404.* no Convex deployment", id="404"),
        pytest.param(lambda _: (500, b'{"message": "broken"}'), "HTTP 500.*broken", id="500"),
        pytest.param(lambda _: success("text"), "no list of functions", id="no list"),
    ],
)
async def test_a_deployments_refusal_is_one_clear_error(
    reply: Callable[[str], Reply], reason: str, tmp_path: Path, server: Answering
) -> None:
    """It names the deployment or what is wrong, and never the key."""
    server.reply = reply

    with pytest.raises(GenerateError, match=reason) as caught:
        await generate_into(tmp_path, Deployment(server.url, KEY))

    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert files_in(tmp_path) == {}


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://127.0.0.1:9", KEY),
        ("not a url", KEY),
        ("ftp://127.0.0.1", KEY),
        ("http://203.0.113.1", KEY),
        ("http://127.0.0.1:9", f"{KEY}\nx"),
        ("http://127.0.0.1:9", f"{KEY}é"),
    ],
)
async def test_what_cannot_be_asked_is_one_clear_error(url: str, key: str, tmp_path: Path) -> None:
    """Neither the HTTP library's errors nor the key reach the user."""
    with pytest.raises((GenerateError, ConfigurationError)) as caught:
        await generate_into(tmp_path, Deployment(url, key))

    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY not in repr(Deployment(url, key))


async def test_a_file_that_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    """It names the file."""
    with pytest.raises(GenerateError, match=r"nowhere\.json cannot be read: No such file"):
        await generate_into(tmp_path, SpecFile(tmp_path / "nowhere.json"))


async def test_a_file_that_is_no_spec_is_named(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")

    with pytest.raises(GenerateError, match=r"package\.json: .* holds no list of functions"):
        await generate_into(tmp_path / "out", SpecFile(tmp_path / "package.json"))


async def test_a_project_that_cannot_run_says_why(tmp_path: Path) -> None:
    """The folder is named."""
    with pytest.raises(GenerateError, match=r"no Convex project folder at .*nowhere"):
        await generate_into(tmp_path, Project(tmp_path / "nowhere"))
