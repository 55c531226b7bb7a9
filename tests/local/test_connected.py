"""A deployment that runs already is emptied and given variables like one of our own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from aioconvex.client import ConvexClient
from aioconvex.errors import LocalDeploymentError
from aioconvex.local import ConnectedDeployment, LocalDeployment

pytestmark = pytest.mark.anyio

MORE = """
import { mutationGeneric, queryGeneric } from "convex/server";
export const addMany = mutationGeneric(async ({ db }, { count }) => {
  for (let i = 0; i < count; i++) await db.insert("notes", { text: "many" });
});
export const mood = queryGeneric({ handler: async () => process.env.MOOD ?? "none" });
"""


@pytest.fixture
async def connected(project: Path) -> AsyncGenerator[ConnectedDeployment]:
    """One that runs in another place of this machine."""
    (project / "more.ts").write_text(MORE)
    async with LocalDeployment(project) as deployment:
        yield LocalDeployment.connect(f"{deployment.url}/", deployment.admin_key)


async def test_reset_deletes_all_documents_of_all_tables(connected: ConnectedDeployment) -> None:
    async with ConvexClient(connected.url) as client:
        await client.mutation("more:addMany", {"count": 1100})
        used = await connected.tables_in_use()
        await connected.reset()
        left = await client.query("notes:all")

    assert used == ["notes"]
    assert left == []
    assert await connected.tables_in_use() == []


async def test_environment_variables_are_set_and_removed(connected: ConnectedDeployment) -> None:
    async with ConvexClient(connected.url) as client:
        await connected.set_env(MOOD="fine")
        fine = await client.query("more:mood")
        await connected.set_env(MOOD=None)
        none = await client.query("more:mood")

    assert (fine, none) == ("fine", "none")


async def test_functions_are_not_pushed(connected: ConnectedDeployment) -> None:
    with pytest.raises(LocalDeploymentError, match="npx convex deploy") as caught:
        await connected.push()

    assert caught.value.code == "NotLocal"


async def test_a_wrong_key_is_refused_and_not_shown(connected: ConnectedDeployment) -> None:
    wrong = LocalDeployment.connect(connected.url, "local|secret")

    with pytest.raises(LocalDeploymentError, match="BadAdminKey") as caught:
        await wrong.reset()

    assert "secret" not in str(caught.value) + repr(wrong)


async def test_nobody_there() -> None:
    with pytest.raises(LocalDeploymentError, match="did not answer"):
        await LocalDeployment.connect("http://127.0.0.1:9", "local|secret").reset()
