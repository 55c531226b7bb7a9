"""What the tests of the embedded deployment share."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
NOTES = """
import { mutationGeneric, queryGeneric } from "convex/server";

export const add = mutationGeneric({
  handler: ({ db }, { text }) => db.insert("notes", { text }),
});
export const all = queryGeneric({
  handler: async ({ db }) => (await db.query("notes").collect()).map(({ text }) => text),
});
"""


@pytest.fixture
def values_project() -> Path:
    """Functions that answer the value they were given."""
    return Path(__file__).parent / "fixtures" / "values" / "convex"


@pytest.fixture
def tokens_project() -> Path:
    """Functions that collect tokens."""
    return Path(__file__).parent / "fixtures" / "tokens" / "convex"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of the test's own, with the repository's npm packages."""
    folder = tmp_path / "app" / "convex"
    folder.mkdir(parents=True)
    (folder.parent / "node_modules").symlink_to(REPOSITORY / "node_modules")
    (folder / "notes.ts").write_text(NOTES)
    return folder
