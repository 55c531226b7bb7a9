"""The README's examples run as they stand, against the local deployment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.mastra import Api

pytestmark = pytest.mark.anyio

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
CLOUD = "https://happy-animal-123.convex.cloud"
WHEN = "2026-01-01T00:00:00.000Z"


@pytest.fixture
async def api(convex: ConvexClient) -> Api:
    """A thread with three messages."""
    api = Api(convex)
    thread = {
        "id": "t-1",
        "resourceId": "ada",
        "title": "Garden",
        "createdAt": WHEN,
        "updatedAt": WHEN,
    }
    await api.mastra.storage.handle(
        {"op": "insert", "tableName": "mastra_threads", "record": thread}
    )
    messages = [
        {"id": f"m-{number}", "thread_id": "t-1", "content": '"hi"', "role": "user", "type": "v2",
         "createdAt": WHEN}
        for number in range(3)
    ]  # fmt: skip
    await api.mastra.storage.handle(
        {"op": "batchInsert", "tableName": "mastra_messages", "records": messages}
    )
    return api


async def run(block: str, scope: dict[str, Any]) -> None:
    """Run a block as the body of a coroutine, as a notebook does."""
    body = "\n".join(f"    {line}" for line in block.splitlines())
    exec(compile(f"async def example():\n{body}\n", "README.md", "exec"), scope)
    await scope["example"]()


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
async def test_example(
    block: str,
    api: Api,
    convex: ConvexClient,
    convex_deployment: LocalDeployment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each block runs by itself, with the client and the bindings that the first one makes."""
    monkeypatch.chdir(README.parent)
    scope = {
        "Api": Api,
        "ConvexClient": ConvexClient,
        "LocalDeployment": LocalDeployment,
        "api": api,
        "client": convex,
    }

    await run(block.replace(CLOUD, convex_deployment.url), scope)


def test_there_are_examples() -> None:
    """The pattern finds the blocks."""
    assert len(BLOCKS) >= 5
