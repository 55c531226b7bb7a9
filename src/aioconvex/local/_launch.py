"""The server on one project: which Node, which folder, which options."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ._node import find_node
from ._process import log_line, serve
from ._project import project_folder

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from ._process import Server

__all__ = ["Launch"]

_MAIN: Final = Path(__file__).parent / "server" / "main.ts"
# The sources are TypeScript that Node runs as it is; before 22.18 only with this flag.
_FLAGS: Final = ("--experimental-strip-types", "--no-warnings")


@frozen(kw_only=True)
class Launch:
    """Everything that decides what the server serves, and where."""

    project: Path
    functions: Mapping[str, str] | None = None
    data: Path | None = None
    port: int = 0
    site_port: int = 0

    @asynccontextmanager
    async def running(self, write: Callable[[str], None] = log_line) -> AsyncGenerator[Server]:
        """Run the server for the length of the block; `write` gets its lines for people."""
        node = await find_node()
        with project_folder(self.project, self.functions) as project:
            async with serve([node, *_FLAGS, str(_MAIN), *self._options(project)], write) as server:
                yield server

    def _options(self, project: Path) -> list[str]:
        options = [f"--project={project}"]
        if self.data is not None:
            options.append(f"--data={self.data.resolve()}")
        if self.port:
            options.append(f"--port={self.port}")
        if self.site_port:
            options.append(f"--site-port={self.site_port}")
        return options
