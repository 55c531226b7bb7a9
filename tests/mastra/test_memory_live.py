"""Memory watched and paged (R-30 to R-46), as domain objects."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from aioconvex.errors import ArgumentError
from aioconvex.mastra import ConvexAdminClient, MastraError, MemoryConvex
from mastra.memory import OURS, ids, message, stored, thread

pytestmark = pytest.mark.anyio


@OURS
async def test_r30_a_watched_thread_comes_with_every_change(memory: MemoryConvex) -> None:
    with anyio.fail_after(10):
        async with memory.watch_thread(thread_id="t") as live:
            assert await anext(live) is None
            saved = await memory.save_thread(thread=thread("t", title="T", metadata={"n": 1}))
            assert await anext(live) == saved
            updated = await memory.update_thread(id="t", title="U")
            assert await anext(live) == updated
            await memory.delete_thread(thread_id="t")
            assert await anext(live) is None


@OURS
async def test_r31_watched_messages_are_decoded(memory: MemoryConvex) -> None:
    """R-37: content is an object and the time a datetime, as of every other read."""
    await stored(memory, message("b", 2), message("a", 1, content={"text": "hi", "$k": 1}))
    with anyio.fail_after(10):
        async with memory.watch_messages(thread_id="t") as live:
            first = await anext(live)
            assert first == (await memory.list_messages(thread_id="t")).messages
            assert first[0].content == {"text": "hi", "$k": 1}
            await memory.save_messages(messages=[message("c", 3)])
            assert ids(await anext(live)) == ["a", "b", "c"]
        async with memory.watch_messages(thread_id="t", limit=2, order="desc") as live:
            assert ids(await anext(live)) == ["c", "b"]
            await memory.delete_messages(message_ids=["c"])
            assert ids(await anext(live)) == ["b", "a"]


@OURS
async def test_r32_watched_threads_of_a_resource(memory: MemoryConvex) -> None:
    await memory.save_thread(thread=thread("a", 1))
    await memory.save_thread(thread=thread("x", 1, resource_id="bob"))
    with anyio.fail_after(10):
        async with memory.watch_threads_by_resource(resource_id="ada", limit=2) as live:
            assert ids(await anext(live)) == ["a"]
            saved = await memory.save_thread(thread=thread("b", 2))
            assert (await anext(live))[0] == saved
            await memory.save_thread(thread=thread("c", 3))
            assert ids(await anext(live)) == ["c", "b"]


@OURS
async def test_r35_a_watched_resource_comes_with_every_change(memory: MemoryConvex) -> None:
    with anyio.fail_after(10):
        async with memory.watch_resource(resource_id="ada") as live:
            assert await anext(live) is None
            updated = await memory.update_resource(resource_id="ada", metadata={"$k": 1})
            assert await anext(live) == updated
            assert updated.metadata == {"$k": 1}


@OURS
async def test_r39_once_is_the_value_of_now(memory: MemoryConvex) -> None:
    saved = await memory.save_thread(thread=thread("t"))
    with anyio.fail_after(10):
        assert await memory.watch_thread(thread_id="t").once() == saved


@OURS
async def test_r40_and_r46_pages_of_messages(memory: MemoryConvex) -> None:
    await stored(memory, *(message(f"{n}", n) for n in range(5)))
    page = await memory.paginated_messages(thread_id="t", limit=2)
    assert (ids(page.items), page.has_more) == (["0", "1"], True)
    assert page.items[0] == message("0")
    rest = await memory.paginated_messages(thread_id="t", cursor=page.next_cursor, limit=9)
    assert (ids(rest.items), rest.has_more, rest.next_cursor) == (["2", "3", "4"], False, None)
    walk = memory.paginated_messages(thread_id="t", limit=2, order="desc")
    assert [m.id async for m in walk] == ["4", "3", "2", "1", "0"]
    assert [len(p.items) async for p in walk.pages()] == [2, 2, 1]
    with pytest.raises(MastraError, match="cursor"):
        await memory.paginated_messages(thread_id="t", cursor=page.next_cursor, order="desc")


@OURS
async def test_r41_pages_of_threads(memory: MemoryConvex) -> None:
    threads = [await memory.save_thread(thread=thread(f"{n}", n)) for n in range(5)]
    page = await memory.paginated_threads(resource_id="ada", limit=3)
    assert page.items == threads[:1:-1]
    walk = memory.paginated_threads(resource_id="ada", limit=2, order="asc")
    assert [t async for t in walk] == threads


@pytest.mark.parametrize("functions", ["published"])
async def test_what_the_published_functions_cannot_do_says_what_to_deploy(
    memory: MemoryConvex, client: ConvexAdminClient
) -> None:
    await client.find_capabilities()
    with pytest.raises(MastraError, match="aioconvex mastra init"):
        memory.watch_thread(thread_id="t")
    with pytest.raises(MastraError, match="aioconvex mastra init"):
        await memory.paginated_messages(thread_id="t")


@pytest.mark.parametrize("functions", ["published"])
async def test_5_2_a_list_that_the_published_handler_would_cut_is_refused(
    memory: MemoryConvex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops at 10,000 rows without a word, so totals and later pages would be wrong."""
    monkeypatch.setattr("aioconvex.mastra._memory.handler._MOST_ROWS", 3)
    await stored(memory, message("a"), message("b"))
    assert (await memory.list_messages(thread_id="t")).total == 2
    await memory.save_messages(messages=[message("c")])
    with pytest.raises(MastraError, match="aioconvex mastra init") as caught:
        await memory.list_messages(thread_id="t")
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_QUERY_TABLE_TOO_MANY_ROWS"


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": True}, {"order": "up"}], ids=str)
async def test_wrong_arguments_are_refused_at_once(wrong: dict[str, Any]) -> None:
    memory = MemoryConvex(deployment_url="https://nowhere.convex.cloud", secret="s")
    for call in (memory.watch_messages, memory.paginated_messages):
        with pytest.raises(ArgumentError):
            call(**{"thread_id": "t", **wrong})
        with pytest.raises(ArgumentError):
            call(thread_id="")
    for call_threads in (memory.watch_threads_by_resource, memory.paginated_threads):
        with pytest.raises(ArgumentError):
            call_threads(**{"resource_id": "ada", **wrong})
    with pytest.raises(ArgumentError):
        memory.watch_thread(thread_id=" ")
