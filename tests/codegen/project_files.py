"""Convex projects as text, written to a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["FUNCTION", "link_npm_packages", "write_files"]

ROOT = Path(__file__).parents[2]
FUNCTION = """
import { queryGeneric } from "convex/server";
export const f = queryGeneric({ args: {}, handler: async () => null });
"""


def link_npm_packages(root: Path) -> None:
    """Give a project the repository's npm packages."""
    (root / "node_modules").symlink_to(ROOT / "node_modules")


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    """Write the files of a project; gives its root folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
