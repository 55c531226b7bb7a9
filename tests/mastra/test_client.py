"""The client that Mastra's domains share (§1.3, §3.2, §3.9)."""

from __future__ import annotations

import pytest

from aioconvex.live import LiveQuery
from aioconvex.mastra import Capabilities, ConvexAdminClient, MastraError
from aioconvex.mastra._generated.models import MastraThreads
from aioconvex.mastra._live import watched

pytestmark = pytest.mark.anyio

THREADS = {"op": "queryTable", "tableName": "mastra_threads"}


async def test_the_functions_are_found_without_admin_key(
    client: ConvexAdminClient, functions: str
) -> None:
    assert client.capabilities is None
    ours = functions == "ours"
    found = await client.find_capabilities()
    assert found == Capabilities(typed=ours, version=1 if ours else None)
    assert client.capabilities is found


async def test_r22_call_storage_answers_results_and_says_whether_there_is_more(
    client: ConvexAdminClient,
) -> None:
    assert await client.call_storage(THREADS) == []
    reply = await client.call_storage_raw({**THREADS, "op": "clearTable"})
    assert (reply.result, reply.has_more) == (None, False)


async def test_3_8_an_operation_of_newer_functions_says_to_deploy_anew(
    client: ConvexAdminClient,
) -> None:
    with pytest.raises(MastraError, match="deploy your Convex functions anew") as caught:
        await client.call_storage({"op": "beam", "tableName": "mastra_threads"})
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_BEAM_UNSUPPORTED_OPERATION"


async def test_3_2_a_failure_that_is_raised_is_an_error_like_one_that_is_returned(
    client: ConvexAdminClient, functions: str
) -> None:
    with pytest.raises(MastraError, match="Record is missing an id") as caught:
        await client.call_storage({"op": "insert", "tableName": "mastra_threads", "record": {}})
    status = "INVALID_RECORD" if functions == "ours" else "FAILED"
    assert caught.value.id == f"MASTRA_STORAGE_CONVEX_INSERT_{status}"
    assert caught.value.domain == "STORAGE"


def title_of(thread: MastraThreads | None) -> str | None:
    return None if thread is None else thread.title


async def test_r39_a_live_query_yields_what_a_domain_makes_of_its_rows(
    client: ConvexAdminClient, functions: str
) -> None:
    def watch() -> LiveQuery[str | None]:
        return watched(
            client,
            lambda api: api.mastra.queries.watch_thread.watch(thread_id="t"),
            title_of,
        )

    if functions == "published":
        await client.find_capabilities()
        with pytest.raises(MastraError, match="live queries need the functions of this package"):
            watch()
        return
    async with watch() as titles:
        assert await anext(titles) is None
        row = {"id": "t", "resourceId": "ada", "title": "Tea", "createdAt": "", "updatedAt": ""}
        await client.call_storage({"op": "insert", "tableName": "mastra_threads", "record": row})
        assert await anext(titles) == "Tea"
