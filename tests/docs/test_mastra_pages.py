"""The pages on Mastra's domains: their examples run, and print what the pages say."""

from __future__ import annotations

import ast
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aioconvex import ConvexClient, mastra
from aioconvex.local import LocalDeployment

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
FOLDER = Path(mastra.__file__).parent / "cookbook"
PAGES = {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.md"))}
EXAMPLE = re.compile(
    r"^```python\n(?P<code>.*?)^```$(?:\n+```text\n(?P<output>.*?)^```$)?", re.MULTILINE | re.DOTALL
)

# A page may have a schema of its own, which its examples are run with.
SCHEMA = re.compile(r"^```ts\n(?P<schema>// convex/schema\.ts\n.*?)^```$", re.MULTILINE | re.DOTALL)


@asynccontextmanager
async def serving(page: str, usual: LocalDeployment) -> AsyncGenerator[LocalDeployment]:
    """A deployment with the page's schema."""
    schema = SCHEMA.search(page)
    if schema is None:
        await usual.reset()
        yield usual
        return
    project = ROOT / "convex"
    functions = {
        path.relative_to(project).with_suffix("").as_posix(): path.read_text("utf-8")
        for path in project.rglob("*.ts")
    }
    functions["schema"] = schema["schema"]
    async with LocalDeployment(project, functions=functions) as deployment:
        yield deployment


async def run(code: str, where: str, scope: dict[str, Any]) -> None:
    """Run code that may await, as a notebook does: what it names is there for the next example."""
    compiled = compile(code, where, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    awaited = eval(compiled, scope)  # None if the code awaits nothing
    if awaited is not None:
        await awaited


@pytest.mark.parametrize("name", PAGES)
async def test_examples_print_what_the_page_says(
    name: str,
    convex_deployment: LocalDeployment,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    examples = list(EXAMPLE.finditer(PAGES[name]))
    assert examples
    async with (
        serving(PAGES[name], convex_deployment) as deployment,
        ConvexClient(deployment.url) as convex,
    ):
        scope: dict[str, Any] = {"client": convex, "url": deployment.url}
        for number, example in enumerate(examples):
            capsys.readouterr()
            await run(example["code"], f"{name}.md, example {number}", scope)
            assert capsys.readouterr().out == (example["output"] or ""), example["code"]


def test_there_is_a_page_for_each_domain() -> None:
    assert {
        "background_tasks",
        "bulk",
        "cache",
        "channels",
        "memory",
        "observational_memory",
        "production",
        "schedules",
        "scores",
        "store",
        "typescript",
        "vectors",
        "workflows",
    } <= PAGES.keys()
