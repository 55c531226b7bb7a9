"""`aioconvex mastra export` and `import`: how far they are, on a terminal or line by line."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from aioconvex.client import ConvexClient
from aioconvex.errors import ConfigurationError, ConvexError
from aioconvex.mastra._connection import from_environment
from aioconvex.mastra.bulk import BulkConvex

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from rich.progress import TaskID

    from aioconvex.mastra.bulk import BulkProgress, OnProgress

    from ._output import Output

__all__ = ["export_to", "import_from"]

_FAILED: Final = 1


async def export_to(folder: Path, url: str | None, output: Output) -> int:
    """Export a deployment into a folder, and give the exit code.

    Raises:
        ConfigurationError: it is not said which deployment.
    """
    with _telling_failures(output) as failures:
        async with _connected(url) as bulk:
            with _showing(output) as show:
                files = await bulk.export_to(folder, on_progress=show)
            rows = sum(file.rows for file in files)
            output.event("summary", rows=rows, files=len(files), folder=str(folder))
            output.say(f"{rows} rows in {len(files)} files are in {folder}")
    return _FAILED if failures else 0


async def import_from(folder: Path, url: str | None, output: Output) -> int:
    """Import a folder into a deployment, and give the exit code.

    Raises:
        ConfigurationError: it is not said which deployment.
    """
    with _telling_failures(output) as failures:
        async with _connected(url) as bulk:
            with _showing(output) as show:
                files = await bulk.import_from(folder, on_progress=show)
            rows = sum(file.rows for file in files)
            output.event("summary", rows=rows, files=len(files), folder=str(folder))
            output.say(f"{rows} rows of {len(files)} files are stored")
    return _FAILED if failures else 0


@asynccontextmanager
async def _connected(url: str | None) -> AsyncGenerator[BulkConvex]:
    """With the credentials of the environment; without any as everybody, for `aioconvex dev`."""
    # An admin key is what a service should not have; here the admin is at work.
    logging.getLogger("aioconvex.mastra").setLevel(logging.ERROR)
    connection = from_environment({} if url is None else {"deployment_url": url})
    where = connection.get("deployment_url")
    if any(connection.get(name) for name in ("auth_token", "admin_auth_token", "secret")):
        async with BulkConvex(**connection) as bulk:
            yield bulk
    elif where is not None:
        async with ConvexClient(where) as client:
            yield BulkConvex(client=client)


@contextmanager
def _telling_failures(output: Output) -> Generator[list[Exception]]:
    failures: list[Exception] = []
    try:
        yield failures
    except ConfigurationError:
        raise
    except (ConvexError, OSError) as error:
        failures.append(error)
        output.error(str(error), _FAILED)
        output.say("Once that is mended, run the same command again: it goes on where it stopped.")


@contextmanager
def _showing(output: Output) -> Generator[OnProgress]:
    """A bar for each file on a terminal, events for programs."""
    console = Console(stderr=True, no_color=output.plain)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rows]} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: BulkProgress) -> None:
            output.event(
                "progress",
                file=step.name,
                rows=step.rows,
                bytes=step.bytes,
                total_bytes=step.total_bytes,
            )
            if step.name not in tasks:
                _complete(bars)
                tasks[step.name] = bars.add_task(step.name, total=step.total_bytes, rows=0)
            bars.update(tasks[step.name], completed=step.bytes, rows=step.rows)

        yield show
        _complete(bars)


def _complete(bars: Progress) -> None:
    """Fill the bars of files whose size is known only now."""
    for task in bars.tasks:
        bars.update(task.id, total=task.completed)
