"""What the tests of memory share: threads and messages, and times to tell apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aioconvex.mastra import MemoryConvex, Message, Thread

OURS = pytest.mark.parametrize("functions", ["ours"])


def at(second: float) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=second)


def thread(id_: str, created: float = 0, **given: Any) -> Thread:
    return Thread(**{"id": id_, "resource_id": "ada", "created_at": at(created), **given})


def message(id_: str, created: float = 0, **given: Any) -> Message:
    defaults = {"thread_id": "t", "resource_id": "ada", "role": "user", "content": {"text": id_}}
    return Message(**{**defaults, "id": id_, "created_at": at(created), **given})


def ids(items: list[Any]) -> list[str]:
    return [item.id for item in items]


async def stored(memory: MemoryConvex, *messages: Message) -> None:
    """Store the thread `t` and these messages."""
    await memory.save_thread(thread=thread("t"))
    await memory.save_messages(messages=messages)
