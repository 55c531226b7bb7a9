"""Native vectors on broken connections: what is stored is told, and nothing is stored twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx
import numpy as np
import pytest

from aioconvex.errors import MutationOutcomeUnknown, OutcomeUnknown
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexNativeVector, MastraError
from mastra.losing import Losing, losing_client
from mastra.native import INDEXES

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

EAST = [1.0, 0.0, 0.0]
IDS = [f"{n:03}" for n in range(250)]
ROWS = np.column_stack([np.ones(250), np.arange(250) / 100, np.zeros(250)])


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait between tries."""
    monkeypatch.setattr("aioconvex.mastra._client.delay", lambda *_: 0.0)


@pytest.fixture
def transport() -> Losing:
    return Losing()


@pytest.fixture
async def vectors(
    our_writer: LocalDeployment,
    transport: Losing,
    anyio_backend: object,  # noqa: ARG001 -- asking for it puts this fixture on the test's loop
) -> AsyncGenerator[ConvexNativeVector]:
    """Native vectors on an empty deployment, behind a connection that loses replies."""
    await our_writer.reset()
    async with losing_client(our_writer, transport) as client:
        yield ConvexNativeVector(id="t", indexes=INDEXES, client=client)


async def count(vectors: ConvexNativeVector) -> int:
    return (await vectors.describe_index(index_name="docs")).count


async def test_a_batch_whose_reply_is_lost_is_sent_again(
    vectors: ConvexNativeVector, transport: Losing
) -> None:
    transport.replies = 2
    await vectors.upsert(index_name="docs", ids=IDS, vectors=ROWS)
    assert await count(vectors) == 250
    assert [len(args["ids"]) for args in transport.sent] == [100, 100, 100, 100, 50]


@pytest.mark.parametrize("arrives", [True, False])
async def test_4_9_an_error_in_the_middle_says_what_is_stored(
    vectors: ConvexNativeVector, transport: Losing, *, arrives: bool
) -> None:
    def lose_the_rest(done: int, total: int) -> None:
        assert (done, total) == (100, 250)
        setattr(transport, "replies" if arrives else "requests", 3)

    with pytest.raises(MastraError) as caught:
        await vectors.upsert(index_name="docs", ids=IDS, vectors=ROWS, progress=lose_the_rest)
    assert caught.value.id == "MASTRA_VECTOR_CONVEX_UPSERT_PARTIALLY_STORED"
    assert caught.value.details == {"ids": IDS, "stored": 100, "unknown": 100}
    assert isinstance(caught.value.__cause__, MutationOutcomeUnknown)
    assert await count(vectors) == (200 if arrives else 100)
    await vectors.upsert(index_name="docs", ids=IDS, vectors=ROWS)
    assert await count(vectors) == 250


async def test_4_9_a_refusal_in_the_middle_says_what_is_stored(
    vectors: ConvexNativeVector,
) -> None:
    metadata: list[dict[str, object]] = [{"kind": "tea"} for _ in IDS]
    metadata[230] = {"kind": 5}  # which the column does not take
    with pytest.raises(MastraError) as caught:
        await vectors.upsert(index_name="products", ids=IDS, vectors=ROWS, metadata=metadata)
    assert caught.value.details == {"ids": IDS, "stored": 200, "unknown": 0}
    assert (await vectors.describe_index(index_name="products")).count == 200


async def test_4_9_when_the_first_batch_fails_nothing_is_stored(
    vectors: ConvexNativeVector,
) -> None:
    metadata: list[dict[str, object]] = [{"kind": "tea"} for _ in IDS]
    metadata[99] = {"kind": 5}
    with pytest.raises(MastraError) as caught:
        await vectors.upsert(index_name="products", ids=IDS, vectors=ROWS, metadata=metadata)
    assert caught.value.id == "MASTRA_VECTOR_CONVEX_UPSERT_INVALID_RECORD"
    assert (await vectors.describe_index(index_name="products")).count == 0


async def test_an_update_whose_outcome_is_unknown_is_not_repeated(
    vectors: ConvexNativeVector, transport: Losing
) -> None:
    await vectors.upsert(index_name="docs", ids=["a"], vectors=[EAST], metadata=[{"a": 1}])
    transport.replies = 1
    with pytest.raises(MutationOutcomeUnknown):
        await vectors.update_vector(index_name="docs", id="a", metadata={"a": 2})
    assert len(transport.sent) == 2


async def test_deletes_are_repeated(vectors: ConvexNativeVector, transport: Losing) -> None:
    await vectors.upsert(index_name="docs", ids=IDS, vectors=ROWS)
    transport.replies = 1
    await vectors.delete_vectors(index_name="docs", ids=IDS)
    assert await count(vectors) == 0


class HangsUp(httpx.AsyncBaseTransport):
    """Reads the next searches and hangs up."""

    def __init__(self, times: int) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self.left = times

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/action" and self.left > 0:
            self.left -= 1
            await request.aread()
            raise httpx.ReadError("lost")
        return await self._real.handle_async_request(request)

    async def aclose(self) -> None:
        await self._real.aclose()


@pytest.mark.parametrize("times", [2, 3])
async def test_a_search_whose_reply_is_lost_is_sent_again(
    vectors: ConvexNativeVector, our_writer: LocalDeployment, times: int
) -> None:
    await vectors.upsert(index_name="docs", ids=["a"], vectors=[EAST])
    transport = HangsUp(times)
    async with losing_client(our_writer, transport) as client:
        again = ConvexNativeVector(id="t", indexes=INDEXES, client=client)
        if times > 2:
            with pytest.raises(OutcomeUnknown):
                await again.query(index_name="docs", query_vector=EAST)
        assert [m.id for m in await again.query(index_name="docs", query_vector=EAST)] == ["a"]
