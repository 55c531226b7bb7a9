"""Convex projects as text, written to a folder that sees the repository's npm packages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["FUNCTION", "write_project"]

ROOT = Path(__file__).parents[2]
FUNCTION = """
import { queryGeneric } from "convex/server";
export const f = queryGeneric({ args: {}, handler: async () => null });
"""


def write_project(root: Path, files: Mapping[str, str]) -> Path:
    """Write a project; gives its root folder."""
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
