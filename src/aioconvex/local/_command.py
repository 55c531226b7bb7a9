"""`aioconvex dev`: the deployment in the foreground of a terminal."""

from __future__ import annotations

import signal
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio

from ._launch import Launch
from ._tasks import background_tasks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping

    from anyio import CancelScope

__all__ = ["dev"]

_DATA: Final = Path(".convex/aioconvex")
_PORT: Final = 3210


def _print(line: str) -> None:
    # At once: whoever reads a pipe waits for the line with the URL.
    print(line, flush=True)  # noqa: T201  # it is a command's output


async def dev(
    project: str | Path = "convex",
    *,
    port: int = _PORT,
    data: str | Path = _DATA,
    env: Mapping[str, str] | None = None,
    write: Callable[[str], None] = _print,
) -> None:
    """Serve `project` until SIGINT or SIGTERM; HTTP actions are on the next port.

    Files are served as they are saved; while they are wrong, the last right ones stay in use.
    `env` are environment variables of the deployment, as `LocalDeployment` takes them.

    `write` gets, line by line: what the server says, function logs above all, and, once it serves,
    `CONVEX_SELF_HOSTED_URL=<url>`, `CONVEX_SITE_URL=<url>` for HTTP actions, and the path of the
    file that holds the admin key, never the key. When it raises BrokenPipeError nobody listens any
    more, and the deployment stops.

    Raises:
        LocalDeploymentError: the deployment could not start, or stopped by itself.
    """
    launch = Launch(
        project=Path(project),
        data=Path(data),
        env=env or {},
        port=port,
        site_port=port and port + 1,
        watch=True,
    )
    async with _until_signalled() as scope:

        def say(line: str) -> None:
            try:
                write(line)
            except BrokenPipeError:
                scope.cancel()

        async with launch.running(say) as server:
            say(f"CONVEX_SELF_HOSTED_URL={server.ready.url}")
            say(f"CONVEX_SITE_URL={server.ready.site_url}")
            say(f"The admin key is in {_key_file(data)}")
            raise await server.wait_stopped()


def _key_file(data: str | Path) -> Path:
    return Path(data).absolute() / "admin-key"


@asynccontextmanager
async def _until_signalled() -> AsyncGenerator[CancelScope]:
    """A block that SIGINT and SIGTERM end without an exception, like cancelling its scope."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with background_tasks() as tasks:
            tasks.start_soon(_cancel_on_first, signals, tasks.cancel_scope)
            yield tasks.cancel_scope


async def _cancel_on_first(signals: AsyncIterable[signal.Signals], scope: CancelScope) -> None:
    async for _ in signals:
        scope.cancel()
