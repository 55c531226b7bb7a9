"""`aioconvex dev`: the deployment in a terminal, and bindings that follow what it serves."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aioconvex.errors import ConfigurationError, ConvexError
from aioconvex.local._command import dev as serve
from aioconvex.local._tasks import background_tasks

from ._generator import check_installed, options_of, watch
from ._settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aioconvex_codegen import GenerateOptions

    from ._output import Output

__all__ = ["dev", "variables_of"]

_USUAL: Final = Path("convex")


async def dev(
    project: Path | None, *, port: int, data: Path, env: Mapping[str, str], output: Output
) -> None:
    """Serve until a signal; generate bindings after every save if pyproject.toml says where.

    Raises:
        ConvexError: the deployment could not start, or stopped by itself; or the settings in
            pyproject.toml are malformed.
    """
    settings = Settings.from_pyproject(Path.cwd())
    served = project or settings.project or _USUAL
    options = _bindings(settings, served, output)
    async with background_tasks() as tasks:
        if options is not None:
            tasks.start_soon(_keep_generating, options, output)
        await serve(served, port=port, data=data, env=env)


def variables_of(given: Iterable[str]) -> dict[str, str]:
    """Read `NAME=VALUE`, or `NAME` for a variable of our own environment.

    Raises:
        ConfigurationError: our environment does not have it.
    """
    variables: dict[str, str] = {}
    for item in given:
        name, is_value, value = item.partition("=")
        if not is_value and name not in os.environ:
            raise ConfigurationError(f"--env: {name} is not set; set it, or say {name}=VALUE")
        variables[name] = value if is_value else os.environ[name]
    return variables


def _bindings(settings: Settings, served: Path, output: Output) -> GenerateOptions | None:
    """What to generate; None where nobody asked, or it cannot be done, which is said."""
    if settings.out is None or settings.project is None:
        return None
    if settings.project.resolve() != served.resolve():
        output.say(
            f"note: bindings are not kept up to date: they are those of {settings.project}, as "
            "[tool.aioconvex.generate] says",
            "dim",
        )
        return None
    try:
        check_installed()
    except ConfigurationError as error:
        output.say(f"note: bindings are not kept up to date: {error}", "dim")
        return None
    return options_of(settings)


async def _keep_generating(options: GenerateOptions, output: Output) -> None:
    try:
        await watch(options, output)
    except ConvexError as error:
        output.error(f"bindings are not kept up to date: {error}", 1)
