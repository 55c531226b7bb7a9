"""What type checkers must refuse: each line marked `# wrong`, and no other. Never run."""

from __future__ import annotations

from aioconvex import ConvexClient
from aioconvex.mastra import Api
from aioconvex.mastra._generated.models import MastraThreads


async def calls(client: ConvexClient) -> None:
    queries = Api(client).mastra.queries

    await queries.count_messages()  # wrong
    await queries.count_messages("t")  # wrong
    await queries.count_messages(thread_id=5)  # wrong
    await queries.count_messages(thread_id=None)  # wrong
    await queries.count_messages(thread="t")  # wrong
    await queries.count_messages(thread_id="t", limit=5)  # wrong
    await queries.watch_messages(thread_id="t", order="up")  # wrong
    await queries.vector_search(index_name="i", query_vector=["x"])  # wrong
    await queries.countMessages(thread_id="t")  # wrong
    queries.paginated_messages(thread_id=b"t")  # wrong
    queries.paginated_messages(thread_id="t", cursor="c")  # wrong
    (await queries.count_messages(thread_id="t")).total  # wrong
    await queries.count_messages(thread_id="t")


async def live(client: ConvexClient) -> None:
    api = Api(client).mastra

    api.queries.watch_thread.watch()  # wrong
    api.queries.watch_thread.watch("t")  # wrong
    api.queries.watch_thread.watch(thread_id=5)  # wrong
    api.queries.watch_thread.watch(thread="t")  # wrong
    await api.queries.watch_thread.watch(thread_id="t")  # wrong
    api.storage.handle.watch({"op": "load"})  # wrong
    async with api.queries.watch_thread.watch(thread_id="t") as thread:
        thread.current.title  # wrong
        thread.newest  # wrong
        print(thread.current)


def documents(thread: MastraThreads) -> None:
    thread.title.nothing  # wrong
    thread.titel  # wrong
    thread.title = "x"  # wrong
    print(thread.title)
