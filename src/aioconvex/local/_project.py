"""Projects in memory: function sources written to a temporary folder that Node can run."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = ["PACKAGES", "npm_packages", "own_convex_version", "project_folder"]

PACKAGES: Final = Path(__file__).parent / "server" / "project" / "packages.ts"
"""The server's module that finds a project's npm packages, which the generator uses too."""
_VENDORED_VERSIONS: Final = Path(__file__).parent / "vendor" / "versions.json"


@contextmanager
def project_folder(project: Path, functions: Mapping[str, str] | None) -> Generator[Path]:
    """The functions folder to serve: `project`, or a temporary one that holds `functions`.

    The temporary one sees the npm packages that `project` would see.
    """
    if functions is None:
        yield project.resolve()
        return
    with TemporaryDirectory(prefix="aioconvex-") as root:
        if (packages := npm_packages(project.resolve())) is not None:
            # Node looks for packages from the (real) folder of the importing file upwards.
            Path(root, "node_modules").symlink_to(packages, target_is_directory=True)
        folder = Path(root, "convex")
        folder.mkdir()
        for name, source in functions.items():
            path = folder / _file_name(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, encoding="utf-8")
        yield folder


def npm_packages(project: Path) -> Path | None:
    """The folder `node_modules` whose `convex` serves a project; None where aioconvex's own does."""
    for folder in (project, *project.parents):
        packages = folder / "node_modules"
        if (packages / "convex" / "package.json").is_file():
            return packages
    return None


def own_convex_version() -> str:
    """The version of npm `convex` that serves projects without one of their own."""
    versions = json.loads(_VENDORED_VERSIONS.read_text(encoding="utf-8"))
    return str(versions["convex"])


def _file_name(module: str) -> PurePosixPath:
    """The file of a module: `folder/name` is TypeScript, a suffix says otherwise."""
    path = PurePosixPath(module)
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise ValueError(f"{module!r} is no module name: it must lie inside the project")
    return path if path.suffix else path.with_suffix(".ts")
