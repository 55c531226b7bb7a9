"""Projects in memory: function sources written to a temporary folder that Node can run."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aioconvex.errors import LocalDeploymentError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = ["project_folder"]


@contextmanager
def project_folder(project: Path, functions: Mapping[str, str] | None) -> Generator[Path]:
    """The functions folder to serve: `project`, or a temporary one that holds `functions`.

    The temporary one sees the npm packages that `project` would see.
    """
    if functions is None:
        yield project.resolve()
        return
    packages = _npm_packages(project.resolve())
    with TemporaryDirectory(prefix="aioconvex-") as root:
        # Node looks for packages from the (real) folder of the importing file upwards.
        Path(root, "node_modules").symlink_to(packages, target_is_directory=True)
        folder = Path(root, "convex")
        folder.mkdir()
        for name, source in functions.items():
            path = folder / _file_name(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, encoding="utf-8")
        yield folder


def _npm_packages(project: Path) -> Path:
    for folder in (project, *project.parents):
        packages = folder / "node_modules"
        if (packages / "convex" / "package.json").is_file():
            return packages
    raise LocalDeploymentError(
        "NoConvexPackage",
        f"The npm package `convex` is neither in {project}/node_modules nor in one above it: "
        f"run `npm install convex` in the project's folder.",
    )


def _file_name(module: str) -> PurePosixPath:
    """The file of a module: `folder/name` is TypeScript, a suffix says otherwise."""
    path = PurePosixPath(module)
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise ValueError(f"{module!r} is no module name: it must lie inside the project")
    return path if path.suffix else path.with_suffix(".ts")
