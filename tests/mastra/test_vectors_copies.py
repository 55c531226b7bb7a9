"""Copies of indexes: a repeated search downloads nothing, and none ever finds what is not so."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable

import anyio
import anyio.lowlevel
import pytest

from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, ConvexVector
from mastra.vectors import Requests, best, counted, drawn, found, named

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("functions", ["ours"])]

INDEX = "pages"
STATE = "mastra/vectorIndexes:state"
PAGE = "mastra/vectorIndexes:page"

COUNT, DIMENSION = 700, 1_000  # two pages
MATRIX = drawn(COUNT, DIMENSION)


@pytest.fixture
async def writer(client: ConvexAdminClient) -> ConvexVector:
    """Somebody else, who stores vectors in an empty index."""
    writer = ConvexVector(id="writer", client=client)
    await writer.create_index(index_name=INDEX, dimension=2)
    await writer.upsert(
        index_name=INDEX, vectors=[[1, 0], [0, 1]], ids=["a", "b"], metadata=[{"n": 1}, {"n": 2}]
    )
    return writer


@pytest.fixture
async def reader(
    writer: ConvexVector,  # noqa: ARG001  # stores first
    deployment: LocalDeployment,
) -> AsyncGenerator[tuple[ConvexVector, Requests]]:
    async with counted(deployment) as reader:
        yield reader


async def ids(vectors: ConvexVector) -> list[str]:
    return found(await vectors.query(index_name=INDEX, query_vector=[1, 0], top_k=100))


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_repeated_query_downloads_nothing(
    deployment: LocalDeployment, client: ConvexAdminClient
) -> None:
    writer = ConvexVector(id="writer", client=client)
    await writer.create_index(index_name=INDEX, dimension=DIMENSION)
    await writer.upsert(index_name=INDEX, vectors=MATRIX, ids=named(COUNT))
    async with counted(deployment) as (vectors, requests):
        await vectors.query(index_name=INDEX, query_vector=MATRIX[0])
        assert requests.since().count(PAGE) == 2
        received = requests.received
        for row in range(20):
            vector = MATRIX[row] + MATRIX[row + 1]
            matches = await vectors.query(index_name=INDEX, query_vector=vector)
            assert found(matches) == [named(COUNT)[at] for at in best(MATRIX, vector, 10)]
        assert requests.since() == [STATE] * 20
        assert requests.received - received < 20 * 1_000


async def test_other_operations_use_the_copy_too(reader: tuple[ConvexVector, Requests]) -> None:
    vectors, requests = reader
    await ids(vectors)
    requests.since()
    assert (await vectors.describe_index(index_name=INDEX)).count == 2
    await vectors.delete_vectors(index_name=INDEX, filter={"n": 2})
    assert requests.since() == [STATE, STATE, "mastra/vectorIndexes:remove"]
    assert await ids(vectors) == ["a"]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_a_caller_does_to_matches_leaves_the_copy_alone(
    writer: ConvexVector, reader: tuple[ConvexVector, Requests]
) -> None:
    vectors, requests = reader
    nested = {"n": 1, "tags": ["x"]}
    await writer.update_vector(index_name=INDEX, id="a", metadata=nested)
    for _ in range(3):
        (match,) = await vectors.query(index_name=INDEX, query_vector=[1, 0], filter={"n": 1})
        assert match.metadata == nested
        match.metadata["tags"].append("mine")
        match.metadata["n"] = 5
    assert requests.since().count(PAGE) == 1


WRITES: list[tuple[Callable[[ConvexVector], Awaitable[object]], list[str]]] = [
    (lambda v: v.upsert(index_name=INDEX, vectors=[[2, 1]], ids=["c"]), ["a", "c", "b"]),
    (lambda v: v.upsert(index_name=INDEX, vectors=[[-1, 0]], ids=["a"]), ["b", "a"]),
    (lambda v: v.update_vector(index_name=INDEX, id="b", vector=[5, 1]), ["a", "b"]),
    (lambda v: v.delete_vector(index_name=INDEX, id="a"), ["b"]),
    (lambda v: v.truncate_index(index_name=INDEX), []),
]


@pytest.mark.parametrize(("write", "expected"), WRITES)
async def test_what_somebody_else_writes_is_found_at_once(
    writer: ConvexVector,
    reader: tuple[ConvexVector, Requests],
    write: Callable[[ConvexVector], Awaitable[object]],
    expected: list[str],
) -> None:
    vectors, _ = reader
    assert await ids(vectors) == ["a", "b"]
    await write(writer)
    assert await ids(vectors) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"op": "insert", "record": {"id": "c", "embedding": [2, 1]}}, ["a", "c", "b"]),
        ({"op": "batchInsert", "records": [{"id": "a", "embedding": [-1, 0]}]}, ["b", "a"]),
        ({"op": "patch", "id": "b", "record": {"embedding": [3, 0.5]}}, ["a", "b"]),
        ({"op": "deleteMany", "ids": ["a"]}, ["b"]),
        ({"op": "clearTable"}, []),
        ({"op": "dropTable"}, []),
    ],
)
async def test_what_a_typescript_app_writes_is_found_at_once(
    client: ConvexAdminClient,
    reader: tuple[ConvexVector, Requests],
    request_: dict[str, object],
    expected: list[str],
) -> None:
    vectors, requests = reader
    assert await ids(vectors) == ["a", "b"]
    await client.call_storage({"tableName": f"mastra_vector_{INDEX}", **request_})
    requests.since()
    assert await ids(vectors) == expected
    assert PAGE in requests.since()


@pytest.mark.parametrize(
    "request_",
    [
        {"op": "deleteMany", "ids": ["unknown"]},
        {"op": "patch", "id": "unknown", "record": {"embedding": [1, 0]}},
        {"op": "load", "keys": {"id": "a"}},
        {"op": "queryTable", "pageSize": 5, "cursor": None},
    ],
)
async def test_what_writes_nothing_leaves_copies_current(
    client: ConvexAdminClient, reader: tuple[ConvexVector, Requests], request_: dict[str, object]
) -> None:
    vectors, requests = reader
    await ids(vectors)
    await client.call_storage({"tableName": f"mastra_vector_{INDEX}", **request_})
    await client.call_storage(
        {
            "op": "insert",
            "tableName": "mastra_vector_another",
            "record": {"id": "a", "embedding": [1.0]},
        }
    )
    requests.since()
    assert await ids(vectors) == ["a", "b"]
    assert requests.since() == [STATE]


async def test_an_index_that_is_made_anew_is_not_taken_for_the_old_one(
    writer: ConvexVector, reader: tuple[ConvexVector, Requests]
) -> None:
    vectors, _ = reader
    assert await ids(vectors) == ["a", "b"]
    await writer.delete_index(index_name=INDEX)
    await writer.create_index(index_name=INDEX, dimension=2)
    await writer.upsert(index_name=INDEX, vectors=[[1, 1]], ids=["z"])
    assert await ids(vectors) == ["z"]


async def test_a_deployment_that_is_emptied_is_not_taken_for_the_old_one(
    deployment: LocalDeployment, writer: ConvexVector, reader: tuple[ConvexVector, Requests]
) -> None:
    vectors, _ = reader
    assert await ids(vectors) == ["a", "b"]
    await deployment.reset()
    await writer.create_index(index_name=INDEX, dimension=2)
    await writer.upsert(index_name=INDEX, vectors=[[1, 1]], ids=["z"])
    assert await ids(vectors) == ["z"]


async def test_searches_at_the_same_time_download_once(
    reader: tuple[ConvexVector, Requests],
) -> None:
    vectors, requests = reader
    results: list[list[str]] = []

    async def search() -> None:
        results.append(await ids(vectors))

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(search)
    assert results == [["a", "b"]] * 20
    assert requests.since().count(PAGE) == 1


async def test_when_the_search_that_downloads_is_cancelled_another_one_does(
    reader: tuple[ConvexVector, Requests],
) -> None:
    vectors, requests = reader
    first = anyio.CancelScope()
    results: list[list[str]] = []

    async def search_until_cancelled() -> None:
        with first:
            await ids(vectors)

    async def search() -> None:
        results.append(await ids(vectors))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(search_until_cancelled)
        while PAGE not in requests.paths:
            await anyio.lowlevel.checkpoint()
        tasks.start_soon(search)
        tasks.start_soon(search)
        first.cancel()
    assert results == [["a", "b"]] * 2
    requests.since()
    assert await ids(vectors) == ["a", "b"]
    assert requests.since() == [STATE]


async def test_an_index_that_does_not_fit_is_downloaded_each_time(
    writer: ConvexVector, deployment: LocalDeployment
) -> None:
    await writer.upsert(index_name=INDEX, vectors=drawn(500, 2), ids=named(500))
    async with (
        counted(deployment, cache_bytes=10_000) as (small, requests),
        counted(deployment, cache_bytes=0) as (none, none_requests),
        counted(deployment) as (large, _),
    ):
        for _ in range(2):
            expected = await ids(large)
            assert len(expected) == 100
            assert await ids(small) == expected
            assert await ids(none) == expected
            assert requests.since().count(PAGE) == 1
            assert none_requests.since().count(PAGE) == 1


async def test_searches_while_others_write_find_what_was_there_before_or_after(
    writer: ConvexVector, reader: tuple[ConvexVector, Requests]
) -> None:
    vectors, _ = reader
    written = ["a", "b"]

    async def write() -> None:
        for number in range(15):
            await writer.upsert(index_name=INDEX, vectors=[[1, number]], ids=[f"n{number}"])
            written.append(f"n{number}")

    async def search() -> None:
        while len(written) < 17:
            before = set(written)
            seen = await ids(vectors)
            assert before <= set(seen), "what was acknowledged is found"
            assert len(seen) == len(set(seen))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write)
        tasks.start_soon(search)
    assert set(await ids(vectors)) == set(written)
