"""What the README says about the generator is so."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from aioconvex_codegen import GenerateOptions, Overrides, SpecFile, generate
from aioconvex_codegen.names import member_names

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SECTION = README.partition("### The generator")[2].partition("\n## ")[0]
NAMES = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| \S", SECTION, re.MULTILINE)
(OVERRIDES,) = re.findall(r"^```toml\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("wire", "name"), NAMES)
def test_names(wire: str, name: str) -> None:
    assert member_names([wire]) == {wire: name}


def test_there_are_names() -> None:
    assert len(NAMES) >= 6
    assert member_names(["userId", "user_id"]) == {"user_id": "user_id", "userId": "user_id_"}


@pytest.mark.anyio
async def test_overrides(tmp_path: Path) -> None:
    """The example works on this repository's own functions, if one of them declared no result."""
    spec = json.loads((ROOT / "schema" / "function_spec.json").read_text("utf-8"))
    for function in spec["functions"]:
        if function["identifier"] == "mastra/storage.js:handle":
            function["returns"] = None
    schema = json.loads((ROOT / "schema" / "tables.json").read_text("utf-8"))
    (tmp_path / "spec.json").write_text(json.dumps({**spec, "schema": schema}))
    table = tomllib.loads(OVERRIDES)["tool"]["aioconvex"]["generate"]
    report = await generate(
        GenerateOptions(
            source=SpecFile(tmp_path / "spec.json"),
            schema=tmp_path / "schema",
            out=tmp_path / "api",
            overrides=Overrides(**table),
        )
    )

    queries = (tmp_path / "api" / "functions" / "mastra" / "queries.py").read_text()
    assert "def thread(self, *, id: str, secret: str | None = None) -> Thread | None:" in queries
    assert "owner: str" in (tmp_path / "api" / "models.py").read_text()
    storage = (tmp_path / "api" / "functions" / "mastra" / "storage.py").read_text()
    assert "-> list[Thread] | None:" in storage
    assert not [item for item in report.untyped if "returns" in item.reason]
