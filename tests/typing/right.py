"""What type checkers must accept and infer. Checked with the rest of the tests, never run."""

from __future__ import annotations

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

from aioconvex import ConvexClient, Count, LivePages, LiveQuery, Page, Paginator
from aioconvex.errors import FunctionError
from aioconvex.mastra import (
    Api,
    BackgroundTask,
    BackgroundTasksConvex,
    ChannelInstallation,
    ConvexServerCache,
    ConvexStore,
    ConvexVector,
    NewScore,
    Schedule,
    SchedulesConvex,
    Score,
    ScoresConvex,
    VectorIndex,
    VectorMatch,
    WorkflowRun,
    WorkflowsConvex,
)
from aioconvex.mastra._generated.models import (
    MastraMessages,
    MastraThreads,
    StorageHandleResult,
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
    assert_type(answer, StorageHandleResult)


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


async def live_pages(client: ConvexClient) -> None:
    """A watched list has the type of its items, and takes the arguments of its call."""
    watched = Api(client).mastra.queries.paginated_messages.watch(thread_id="t", order="asc")

    assert_type(watched.sized(10), LivePages[MastraMessages])
    async with watched as messages:
        assert_type([window async for window in messages], list[list[MastraMessages]])
        assert_type(messages.items, list[MastraMessages])
        assert_type(await messages.load_more(10), bool)


async def mastra_runs(workflows: WorkflowsConvex) -> None:
    """Runs are objects of their own however they are read; what may be missing is in the type."""
    run = await workflows.get_workflow_run_by_id(run_id="1")
    assert_type(run, WorkflowRun | None)
    assert_type((await workflows.list_workflow_runs(per_page=False)).runs, list[WorkflowRun])
    assert_type(workflows.paginated_workflow_runs(), Paginator[WorkflowRun])
    assert_type(await workflows.count_workflow_runs(), Count)
    live = workflows.watch_workflow_run(workflow_name="w", run_id="1")
    assert_type(live, LiveQuery[WorkflowRun | None])
    assert_type(workflows.watch_workflow_runs(), LiveQuery[list[WorkflowRun]])
    state = await workflows.update_workflow_state(
        workflow_name="w", run_id="1", opts={}, expected_status=("running",)
    )
    assert_type(state, dict[str, Any] | None)


async def mastra_scores(scores: ScoresConvex, new: NewScore) -> None:
    """A stored score has an id and times, and can be saved again."""
    saved = await scores.save_score(new)
    assert_type(saved, Score)
    assert_type(saved.id, str)
    assert_type(await scores.save_score(saved), Score)
    assert_type(await scores.get_score_by_id(id="s"), Score | None)
    assert_type((await scores.list_scores_by_run_id(run_id="r", per_page="all")).total, int)


async def mastra_services(store: ConvexStore, cache: ConvexServerCache) -> None:
    """Domains go by Mastra's names; guards answer whether a change was made."""
    assert_type(await store.get_store("schedules"), SchedulesConvex)
    tasks = await store.get_store("backgroundTasks")
    assert_type(tasks, BackgroundTasksConvex)
    page = await tasks.list_tasks(status=["pending", "running"], agent_id="a", per_page=2)
    assert_type(page.tasks, list[BackgroundTask])
    assert_type(await tasks.update_task(task_id="t", result=None, expected_status="running"), bool)
    assert_type(await store.schedules.update_schedule(id="s", timezone=None), Schedule)
    assert_type(await store.schedules.list_schedules(owner_id=None), list[Schedule])
    channels = store.channels
    assert_type(await channels.get_installation(id="i"), ChannelInstallation | None)
    assert_type(await cache.list_push_indexed("l", "n", {"type": "start"}), int)
    await cache.set("k", {"any": ["json"]}, ttl_ms=0)


async def vectors(vectors: ConvexVector) -> None:
    """Vectors are lists or arrays of any float dtype, and come back as arrays of float64."""
    array = np.zeros((2, 3), dtype=np.float32)
    ids = await vectors.upsert(index_name="i", vectors=array, metadata=[{"n": 1}, None])
    assert_type(ids, list[str])
    await vectors.upsert(index_name="i", vectors=[[0.5, 1], [1, 2]], ids=["a", "b"])
    await vectors.upsert(index_name="i", vectors=[array[0], array[1]], delete_filter={"n": 1})
    found = await vectors.query(index_name="i", query_vector=array[0], filter={"n": {"$gt": 1}})
    assert_type(found, list[VectorMatch])
    assert_type(await vectors.query(index_name="i", query_vector=[0, 1.5]), list[VectorMatch])
    assert_type(found[0].vector, NDArray[np.float64] | None)
    assert_type(await vectors.describe_index(index_name="i"), VectorIndex)
