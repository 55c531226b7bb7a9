"""What type checkers must accept and infer. Checked with the rest of the tests, never run."""

from __future__ import annotations

from typing import assert_type

from aioconvex import ConvexClient, Count, Page, Paginator
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


async def pages(client: ConvexClient) -> None:
    """A paginated query is awaited for a page and iterated for items or pages."""
    messages = Api(client).mastra.queries.paginated_messages(thread_id="t", order="asc")

    assert_type(messages, Paginator[MastraMessages])
    assert_type(await messages, Page[MastraMessages])
    assert_type([message async for message in messages.sized(10)], list[MastraMessages])
    assert_type([page async for page in messages.after("c").pages()], list[Page[MastraMessages]])
    assert_type(messages.mapped(lambda row: row.content), Paginator[str])
