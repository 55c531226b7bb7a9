"""What is deployed of Mastra's functions: our files and `convex`, and nothing of Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import anyio
import pytest

from aioconvex.local._node import find_node

ROOT = Path(__file__).parents[2]
ESBUILD = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "convex").rglob("*.ts"))


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files that a bundle for Convex's own runtime is made of."""
    folder = tmp_path_factory.mktemp("bundle")
    command = [
        anyio.run(find_node),
        str(ESBUILD),
        *map(str, MODULES),
        "--bundle",
        "--format=esm",
        "--splitting",
    ]
    # As `npx convex deploy` bundles for its own runtime, where a module of Node is an error.
    target = ["--platform=browser", "--conditions=convex,module", "--target=esnext"]
    output = [f"--outdir={folder}", f"--metafile={folder}/meta.json", "--log-level=error"]
    subprocess.run([*command, *target, *output], cwd=ROOT, check=True, timeout=120)
    meta = json.loads((folder / "meta.json").read_text())
    return set(meta["inputs"])


def test_6_functions_need_nothing_but_convex(inputs: set[str]) -> None:
    """Imports of Node modules kept projects from deploying (upstream 11242, 12613, 19498)."""
    folders = {path.split("/")[0] + "/" + path.split("/")[1] for path in inputs}
    assert folders == {"convex/schema.ts", "convex/mastra", "node_modules/convex"}
    packages = {path.split("/")[1] for path in inputs if path.startswith("node_modules")}
    assert packages == {"convex"}


def test_6_no_function_runs_on_node() -> None:
    for module in MODULES:
        source = (ROOT / module).read_text()
        assert '"use node"' not in source, module
        assert "node:" not in source, module
