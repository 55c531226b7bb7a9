"""The server on one project: which Node, which folder, which options."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from ._node import find_node
from ._process import log_line, serve
from ._project import project_folder

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from ._process import Server

__all__ = ["Launch"]

_SERVER: Final = Path(__file__).parent / "server"
_SHORTEST: Final = 0.001
_LONGEST: Final = 24 * 3600.0
# Built by hatch_build.py, in wheels only: a checkout runs its sources.
_BUILT: Final = "main.cjs"
# TypeScript, which Node runs as it is; before 22.18 only with this flag.
_SOURCES: Final = ("--experimental-strip-types", "main.ts")


@frozen(kw_only=True)
class Launch:
    """Everything that decides what the server serves, and where."""

    project: Path
    functions: Mapping[str, str] | None = None
    data: Path | None = None
    env: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    port: int = 0
    site_port: int = 0
    mint_tokens: bool = False
    allow_faults: bool = False
    function_seconds: float | None = None
    action_seconds: float | None = None
    watch: bool = False

    @asynccontextmanager
    async def running(self, write: Callable[[str], None] = log_line) -> AsyncGenerator[Server]:
        """Run the server for the length of the block; `write` gets its lines for people."""
        node = await find_node()
        with project_folder(self.project, self.functions) as project:
            command = [node, "--no-warnings", *_program(_SERVER), *self._options(project)]
            async with serve(command, write, first_line=self._env_line()) as server:
                yield server

    def _env_line(self) -> str:
        changes = [{"name": name, "value": value} for name, value in self.env.items()]
        return json.dumps(changes)

    def _options(self, project: Path) -> list[str]:
        # Values may be secret, which a command line is not.
        options = [f"--project={project}", "--read-env"]
        if self.data is not None:
            options.append(f"--data={self.data.resolve()}")
        if self.port:
            options.append(f"--port={self.port}")
        if self.site_port:
            options.append(f"--site-port={self.site_port}")
        if self.mint_tokens:
            options.append("--mint-tokens")
        for name, seconds in (("function", self.function_seconds), ("action", self.action_seconds)):
            if seconds is not None:
                options.append(f"--{name}-ms={_milliseconds(f'{name}_seconds', seconds)}")
        if self.allow_faults:
            options.append("--allow-faults")
        if self.watch:
            options.append("--watch")
        return options


def _program(server: Path) -> list[str]:
    *flags, main = [_BUILT] if (server / _BUILT).exists() else _SOURCES
    return [*flags, str(server / main)]


def _milliseconds(argument: str, seconds: float) -> int:
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ValueError(f"{argument} must be between {_SHORTEST} and {_LONGEST}, not {seconds!r}")
    return round(seconds * 1000)
