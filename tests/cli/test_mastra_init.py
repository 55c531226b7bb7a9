"""`aioconvex mastra init`: from an empty folder to a deployment that works, and never over a file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import anyio
import pytest

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.local._node import find_node
from aioconvex.mastra import ConvexStore
from cli.command import aioconvex

ROOT = Path(__file__).parents[2]
OURS = sorted(path.relative_to(ROOT / "convex") for path in (ROOT / "convex/mastra").glob("*.ts"))


def init(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return aioconvex(folder, "mastra", "init", *arguments)


def sources(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*.ts")}


@pytest.mark.anyio
async def test_an_empty_project_becomes_one_that_the_store_accepts(tmp_path: Path) -> None:
    done = init(tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "npx convex dev" in done.stderr
    assert sources(tmp_path / "convex") == {Path("schema.ts"), *OURS}
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules", target_is_directory=True)
    async with (
        LocalDeployment(tmp_path / "convex") as deployment,
        ConvexClient(deployment.url) as client,
        ConvexStore(id="app", client=client) as store,
    ):
        await store.init()
        assert store.capabilities is not None
        assert store.capabilities.typed


# What `npx convex dev` puts into a new project's folder, and checks types with before it deploys.
TSCONFIG = {
    "compilerOptions": {
        "allowJs": True,
        "strict": True,
        "moduleResolution": "Bundler",
        "jsx": "react-jsx",
        "skipLibCheck": True,
        "allowSyntheticDefaultImports": True,
        "target": "ESNext",
        "lib": ["ES2023", "dom"],
        "forceConsistentCasingInFileNames": True,
        "module": "ESNext",
        "isolatedModules": True,
        "noEmit": True,
    },
    "include": ["./**/*"],
    "exclude": ["./_generated"],
}


def test_the_functions_type_check_in_a_new_project(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules", target_is_directory=True)
    (tmp_path / "convex/tsconfig.json").write_text(json.dumps(TSCONFIG))
    checked = subprocess.run(
        [anyio.run(find_node), "node_modules/typescript/bin/tsc", "-p", "convex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    init(tmp_path, "functions")
    again = init(tmp_path, "functions", "--json")
    assert json.loads(again.stdout)["written"] == 0
    assert init(tmp_path, "functions", "--diff").returncode == 0


def test_files_that_differ_stay_and_nothing_is_written(tmp_path: Path) -> None:
    init(tmp_path)
    mastra = tmp_path / "convex/mastra"
    (mastra / "rows.ts").write_text("// mine\n")
    (mastra / "paging.ts").unlink()
    refused = init(tmp_path)
    assert refused.returncode == 1
    assert "differs: convex/mastra/rows.ts" in refused.stderr
    assert (mastra / "rows.ts").read_text() == "// mine\n"
    assert not (mastra / "paging.ts").exists()


def test_the_diff_is_a_patch_that_completes_the_folder(tmp_path: Path) -> None:
    init(tmp_path)
    mastra = tmp_path / "convex/mastra"
    (mastra / "rows.ts").write_text("// mine\n")
    (mastra / "paging.ts").unlink()
    shown = init(tmp_path, "--diff")
    assert shown.returncode == 1
    assert "-// mine" in shown.stdout
    assert json.loads(init(tmp_path, "--diff", "--json").stdout)["text"] == shown.stdout
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, check=True, input=shown.stdout, text=True)
    for path in OURS:
        assert (tmp_path / "convex" / path).read_text() == (ROOT / "convex" / path).read_text()


def test_a_schema_of_ones_own_stays_and_is_told_what_to_add(tmp_path: Path) -> None:
    (tmp_path / "convex").mkdir()
    schema = tmp_path / "convex/schema.ts"
    schema.write_text("export default defineSchema({});\n")
    done = init(tmp_path)
    assert done.returncode == 0
    assert schema.read_text() == "export default defineSchema({});\n"
    assert "...mastraTables," in done.stderr
    schema.write_text("export default defineSchema({ ...mastraTables });\n")
    assert "...mastraTables," not in init(tmp_path).stderr


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "convex").write_text("")
    refused = init(tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "convex is no folder" in refused.stderr
