"""The golden cases: what a spec must become, byte for byte.

Each folder of `golden/` holds an input (`spec.json`, `tables.json`) and, in `expected/`, the
snapshot and the bindings. `python tests/codegen/cases.py` writes `expected/` anew; read the diff.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import anyio

from aioconvex_codegen import GenerateOptions, GenerateReport, SpecFile, generate

__all__ = ["CASES", "GOLDEN", "expected", "files_in", "generate_case"]

GOLDEN = Path(__file__).with_name("golden")
CASES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())


async def generate_case(case: str, out: Path, *, source: Path | None = None) -> GenerateReport:
    """Generate a case's snapshot and bindings into a folder, from its own input unless told."""
    return await generate(
        GenerateOptions(
            source=SpecFile(source or GOLDEN / case / "spec.json"),
            schema=out / "schema",
            out=out / "bindings",
        )
    )


def expected(case: str) -> Path:
    return GOLDEN / case / "expected"


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".py", ".json"} and path.name != "spec.json"
    }


async def _write_all() -> None:
    for case in CASES:
        shutil.rmtree(expected(case), ignore_errors=True)
        await generate_case(case, expected(case))


if __name__ == "__main__":
    anyio.run(_write_all)
