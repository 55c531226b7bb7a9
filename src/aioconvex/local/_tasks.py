"""Background tasks whose group never shows."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from anyio.abc import TaskGroup

__all__ = ["background_tasks"]


@asynccontextmanager
async def background_tasks() -> AsyncGenerator[TaskGroup]:
    """A task group that is cancelled with its block and lets the block's exception out unwrapped.

    The tasks must not raise: they hand failures to whoever waits for them.
    """
    error: BaseException | None = None
    async with anyio.create_task_group() as tasks:
        try:
            yield tasks
        except anyio.get_cancelled_exc_class():
            raise  # the group must see it to end the cancellation
        except BaseException as exc:  # noqa: BLE001 -- KeyboardInterrupt and pytest's outcomes too
            error = exc
        tasks.cancel_scope.cancel()
    if error is not None:
        raise error
