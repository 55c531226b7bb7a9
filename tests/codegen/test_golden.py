"""What specs become: golden folders, byte for byte, and what holds for each of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.cases import CASES, expected, files_in, generate_case

GENERATE = "import anyio; from codegen import cases; from pathlib import Path; import sys; "
GENERATE += "anyio.run(cases.generate_case, sys.argv[1], Path(sys.argv[2]))"


@pytest.mark.anyio
@pytest.mark.parametrize("case", CASES)
async def test_generates_exactly_the_golden_files(case: str, tmp_path: Path) -> None:
    """Not one byte more or less, whichever event loop runs the generator."""
    await generate_case(case, tmp_path)

    assert files_in(expected(case)) == files_in(tmp_path)


@pytest.mark.anyio
async def test_an_own_snapshot_generates_the_same(tmp_path: Path) -> None:
    """The committed snapshot is a source as good as the one it came from."""
    again = tmp_path / "again"
    await generate_case("tables", again)
    shutil.copy(again / "schema" / "function_spec.json", again / "schema" / "spec.json")

    await generate_case("tables", tmp_path / "out", source=again / "schema" / "spec.json")

    assert files_in(expected("tables")) == files_in(tmp_path / "out")


@pytest.mark.parametrize("seed", ["0", "1", "2026"])
def test_hash_seeds_make_no_difference(seed: str, tmp_path: Path) -> None:
    """Sets and dicts never decide an order."""
    subprocess.run(
        [sys.executable, "-c", GENERATE, "tables", str(tmp_path)],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )

    assert files_in(expected("tables")) == files_in(tmp_path)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every golden package, importable as `<case>.bindings`."""
    folder = tmp_path_factory.mktemp("packages")
    for case in CASES:
        shutil.copytree(expected(case) / "bindings", folder / case / "bindings")
        (folder / case / "__init__.py").touch()
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    return folder


@pytest.mark.parametrize(
    "checker",
    [
        pytest.param(["mypy", "--strict", "--no-incremental", "."], id="mypy"),
        pytest.param(["pyright", "--pythonpath", sys.executable, "-p", "."], id="pyright"),
    ],
)
def test_type_checkers_are_content(checker: list[str], packages: Path) -> None:
    """Strict, without plugins; and no generated line asks them to look away."""
    result = subprocess.run(
        [sys.executable, "-m", *checker], cwd=packages, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert not [file for file in packages.rglob("*.py") if "ignore" in file.read_text()]
