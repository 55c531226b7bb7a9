"""A thread of 50,000 messages costs what one of 500 does, unless everything is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from aioconvex.local import LocalDeployment
from aioconvex.mastra import DateRange, Include, MemoryConvex
from mastra.memory import at, ids, message, thread

# Storing them takes half a minute, so they are stored once.
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("functions", ["ours"]),
    pytest.mark.parametrize("anyio_backend", ["asyncio"]),
]

LONG = 50_000
LENGTHS = {"short": 500, "long": LONG}

Use = Callable[[MemoryConvex, str, int], Awaitable[list[str]]]


def name(thread_id: str, number: int) -> str:
    return f"{thread_id}-{number:05}"


async def store(memory: MemoryConvex) -> None:
    for thread_id, length in LENGTHS.items():
        await memory.save_thread(thread=thread(thread_id))
        messages = [message(name(thread_id, n), n, thread_id=thread_id) for n in range(length)]
        await memory.save_messages(messages=messages)


async def newest_20(memory: MemoryConvex, thread_id: str, length: int) -> list[str]:
    page = await memory.list_messages(
        thread_id=thread_id, per_page=20, order="desc", include_total=False
    )
    assert page.has_more
    assert ids(page.messages) == [name(thread_id, length - 1 - n) for n in range(20)]
    return ids(page.messages)


async def included(memory: MemoryConvex, thread_id: str, length: int) -> list[str]:
    middle = name(thread_id, length // 2)
    include = Include(id=middle, with_previous_messages=5, with_next_messages=5)
    page = await memory.list_messages(thread_id=thread_id, per_page=0, include=[include])
    assert ids(page.messages) == [name(thread_id, length // 2 + n) for n in range(-5, 6)]
    return ids(page.messages)


async def recent_days(memory: MemoryConvex, thread_id: str, length: int) -> list[str]:
    dates = DateRange(start=at(length - 10))
    page = await memory.list_messages(thread_id=thread_id, date_range=dates)
    assert page.total == len(page.messages) == 10
    return ids(page.messages)


async def by_id(memory: MemoryConvex, thread_id: str, length: int) -> list[str]:
    wanted = [name(thread_id, length // 2), name(thread_id, 3)]
    return ids(await memory.list_messages_by_id(message_ids=wanted))


async def saved(memory: MemoryConvex, thread_id: str, length: int) -> list[str]:
    one = message(name(thread_id, length // 2), length // 2, thread_id=thread_id)
    return ids(await memory.save_messages(messages=[one]))


async def test_6_a_thread_of_50_000_messages(
    memory: MemoryConvex, deployment: LocalDeployment
) -> None:
    await store(memory)

    async def reads(use: Use, thread_id: str) -> int:
        found = await use(memory, thread_id, LENGTHS[thread_id])
        [*_, call] = await deployment.recent_calls()
        assert call.documents_read <= 2 * len(found) + 5, call
        return call.documents_read

    for use in (newest_20, included, recent_days, by_id, saved):
        assert await reads(use, "long") == await reads(use, "short")

    count = await memory.count_messages(thread_id="long")
    assert (count.count, count.is_estimate) == (1000, True)
    [*_, call] = await deployment.recent_calls()
    assert call.documents_read == 1001

    await walk(memory, deployment)
    page = await memory.list_messages(thread_id="long", per_page=3, page=100)
    assert (len(page.messages), page.total) == (3, LONG)
    largest = max(call.documents_read for call in (await deployment.recent_calls())[-100:])
    assert largest <= 4_100


async def walk(memory: MemoryConvex, deployment: LocalDeployment) -> None:
    """Every message once, and a page of 1000 from the middle for 1000 documents."""
    seen, middle = 0, None
    pages = memory.paginated_messages(thread_id="long", limit=1000)
    async for page in pages.pages():
        seen += len(page.items)
        if seen == LONG // 2:
            middle = page.next_cursor
    assert seen == LONG
    page = await memory.paginated_messages(thread_id="long", limit=1000, cursor=middle)
    assert ids(page.items) == [name("long", LONG // 2 + n) for n in range(1000)]
    [*_, call] = await deployment.recent_calls()
    assert call.documents_read <= 1003
    numbers = [m.id async for m in memory.iter_messages(thread_id="long", order="desc")]
    assert numbers == [name("long", n) for n in reversed(range(LONG))]
