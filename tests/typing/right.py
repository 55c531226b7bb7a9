"""What type checkers must accept and infer. Checked with the rest of the tests, never run."""

from __future__ import annotations

from typing import assert_type

from aioconvex import ConvexClient, Count, LiveQuery, Page, Paginator
from aioconvex.errors import FunctionError
from aioconvex.mastra import Api
from aioconvex.mastra._generated.models import (
    HandleResult,
    MastraMessages,
    MastraThreads,
    VectorSearchResultItem,
)


async def calls(client: ConvexClient) -> None:
    """Results have their declared types, optional arguments may be left out."""
    queries = Api(client).mastra.queries

    assert_type(await queries.count_messages(thread_id="t"), Count)
    assert_type(await queries.count_threads(), Count)
    assert_type(await queries.watch_thread(thread_id="t"), MastraThreads | None)
    assert_type(await queries.watch_messages(thread_id="t", limit=5), list[MastraMessages])
    assert_type(await queries.watch_messages(thread_id="t", order="desc"), list[MastraMessages])
    found = await queries.vector_search(index_name="i", query_vector=[0.5], top_k=3)
    assert_type(found, list[VectorSearchResultItem])
    answer = await Api(client).mastra.storage.handle({"op": "load", "tableName": "mastra_threads"})
    assert_type(answer, HandleResult)


async def live(client: ConvexClient) -> None:
    """A live query has the type of its call, over HTTP's client and over the socket's alike."""
    queries = Api(client.live()).mastra.queries
    thread = queries.watch_thread.watch(thread_id="t")

    assert_type(thread, LiveQuery[MastraThreads | None])
    async with thread as threads:
        assert_type([item async for item in threads], list[MastraThreads | None])
        assert_type(threads.current, MastraThreads | None)
    assert_type(await queries.count_threads.watch().once(), Count)
    messages = Api(client).mastra.queries.watch_messages.watch(thread_id="t", limit=5)
    assert_type(messages.every(), LiveQuery[list[MastraMessages]])
    assert_type(messages.with_errors(), LiveQuery[list[MastraMessages] | FunctionError])
    assert_type(messages.as_json(), LiveQuery[bytes])
    both = client.watch_all({"a": thread, "b": thread})
    assert_type(both, LiveQuery[dict[str, MastraThreads | None]])


async def pages(client: ConvexClient) -> None:
    """A paginated query is awaited for a page and iterated for items or pages."""
    messages = Api(client).mastra.queries.paginated_messages(thread_id="t", order="asc")

    assert_type(messages, Paginator[MastraMessages])
    assert_type(await messages, Page[MastraMessages])
    assert_type([message async for message in messages.sized(10)], list[MastraMessages])
    assert_type([page async for page in messages.after("c").pages()], list[Page[MastraMessages]])
    assert_type(messages.mapped(lambda row: row.content), Paginator[str])
