"""Vectors that Convex's own index searches (§4.9), with our functions and with the npm package's."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from aioconvex.mastra import ConvexNativeVector, MastraError, NativeIndex
from mastra.early_rows import Writer
from mastra.memory import OURS
from mastra.native import INDEXES

pytestmark = pytest.mark.anyio

# What event loops have no part in, and what takes long.
ONE_LOOP = pytest.mark.parametrize("anyio_backend", ["asyncio"])
PUBLISHED = pytest.mark.parametrize("functions", ["published"])

EAST, NORTH, WEST, UP = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]


@pytest.fixture
def vectors(writer: Writer) -> ConvexNativeVector:
    """Native vectors on an empty deployment."""
    return ConvexNativeVector(id="tests", indexes=INDEXES, client=writer.client)


def refused(status: str) -> Any:
    """A block that raises an error of native vectors with this status."""
    return pytest.raises(MastraError, check=lambda error: error.id.endswith(f"_{status}"))


async def products(vectors: ConvexNativeVector) -> None:
    """Store a pot, a cup and a lid; they look east, north and west."""
    await vectors.upsert(
        index_name="products",
        ids=["pot", "cup", "lid"],
        vectors=[EAST, NORTH, WEST],
        metadata=[
            {"kind": "tea", "price": 30, "sold": True},
            {"kind": "tea", "price": 5.5, "sold": False},
            {"kind": "part", "price": None},
        ],
    )


async def found(vectors: ConvexNativeVector, index_name: str = "docs", **args: Any) -> list[str]:
    query = {"query_vector": EAST, "index_name": index_name, **args}
    return [match.id for match in await vectors.query(**query)]


# Indexes


@ONE_LOOP
async def test_4_9_create_index_only_verifies(vectors: ConvexNativeVector) -> None:
    await vectors.create_index(index_name="docs", dimension=3)
    await vectors.create_index(index_name="docs", dimension=3, metric="cosine")
    assert (await vectors.describe_index(index_name="docs")).count == 0
    with refused("CREATE_INDEX_DIMENSION_MISMATCH"):
        await vectors.create_index(index_name="docs", dimension=4)
    with refused("CREATE_INDEX_UNSUPPORTED_METRIC"):
        await vectors.create_index(index_name="docs", dimension=3, metric="euclidean")


@ONE_LOOP
async def test_4_9_delete_index_always_raises(vectors: ConvexNativeVector) -> None:
    with refused("DELETE_INDEX_NOT_SUPPORTED"):
        await vectors.delete_index(index_name="docs")


@ONE_LOOP
async def test_4_9_list_indexes_are_the_configured_names(vectors: ConvexNativeVector) -> None:
    assert await vectors.list_indexes() == ["docs", "wide", "products"]


@ONE_LOOP
async def test_4_9_an_index_that_is_not_configured_is_refused(vectors: ConvexNativeVector) -> None:
    uses: list[Callable[[], Awaitable[object]]] = [
        lambda: vectors.create_index(index_name="?", dimension=3),
        lambda: vectors.describe_index(index_name="?"),
        lambda: vectors.delete_index(index_name="?"),
        lambda: vectors.upsert(index_name="?", vectors=[EAST]),
        lambda: vectors.query(index_name="?", query_vector=EAST),
        lambda: vectors.update_vector(index_name="?", id="a", vector=EAST),
        lambda: vectors.delete_vector(index_name="?", id="a"),
        lambda: vectors.delete_vectors(index_name="?", ids=["a"]),
    ]
    for use in uses:
        with refused("INDEX_NOT_CONFIGURED"):
            await use()


@ONE_LOOP
async def test_4_9_describe_counts_up_to_a_limit_with_a_warning(
    writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    vectors = ConvexNativeVector(
        id="tests", indexes=INDEXES, client=writer.client, describe_count_limit=3
    )
    for count, is_estimate in [(3, False), (4, True)]:
        await vectors.upsert(
            index_name="docs", ids=[f"{n}" for n in range(count)], vectors=[EAST] * count
        )
        caplog.clear()
        with caplog.at_level(logging.WARNING, "aioconvex.mastra"):
            index = await vectors.describe_index(index_name="docs")
        assert (index.dimension, index.count, index.metric) == (3, 3, "cosine")
        assert index.is_estimate is is_estimate
        assert ("'docs' has more than 3 vectors" in caplog.text) is is_estimate


@ONE_LOOP
@OURS
async def test_4_9_describe_counts_on_where_one_call_can_read_no_more(
    vectors: ConvexNativeVector,
) -> None:
    metadata = [{"text": "x" * 100_000}] * 150
    await vectors.upsert(index_name="docs", vectors=[EAST] * 150, metadata=metadata)
    index = await vectors.describe_index(index_name="docs")
    assert (index.count, index.is_estimate) == (150, False)


@PUBLISHED
@ONE_LOOP
async def test_4_9_the_npm_function_is_asked_to_count_what_it_can_read(
    vectors: ConvexNativeVector,
) -> None:
    """It would fail on 10,000, of which it reads all vectors."""
    await vectors.upsert(index_name="wide", vectors=np.ones((240, 4096), np.float32))
    index = await vectors.describe_index(index_name="wide")
    assert index.is_estimate
    assert 200 < index.count < 240


# Writing


async def test_4_9_upsert_returns_ids_in_order_and_makes_those_left_out(
    vectors: ConvexNativeVector,
) -> None:
    assert await vectors.upsert(
        index_name="docs", ids=["b", "a"], vectors=np.eye(2, 3, dtype=np.float32)
    ) == ["b", "a"]
    made = await vectors.upsert(index_name="docs", vectors=[WEST, NORTH])
    assert len(set(made)) == 2
    assert set(await found(vectors)) == {"a", "b", *made}


@ONE_LOOP
async def test_4_9_upsert_replaces_a_vector_and_keeps_metadata_that_are_left_out(
    vectors: ConvexNativeVector,
) -> None:
    await products(vectors)
    await vectors.upsert(index_name="products", ids=["pot"], vectors=[NORTH])
    [pot, _] = await vectors.query(
        index_name="products", query_vector=NORTH, filter={"kind": "tea"}, include_vector=True
    )
    assert (pot.id, pot.metadata) == ("pot", {"kind": "tea", "price": 30, "sold": True})
    assert pot.vector is not None
    assert pot.vector.tolist() == NORTH


@ONE_LOOP
async def test_4_9_upsert_replaces_metadata_and_clears_filter_columns(
    vectors: ConvexNativeVector,
) -> None:
    await products(vectors)
    await vectors.upsert(
        index_name="products", ids=["pot"], vectors=[EAST], metadata=[{"price": 1}]
    )
    assert await found(vectors, "products", filter={"kind": "tea"}) == ["cup"]
    assert await found(vectors, "products", filter={"price": 1}) == ["pot"]
    assert (await vectors.query(index_name="products", query_vector=EAST))[0].metadata == {
        "price": 1
    }


async def test_4_9_upsert_sends_batches_of_100(vectors: ConvexNativeVector) -> None:
    rows = np.random.default_rng(5).normal(size=(256, 3))
    ids = [f"{n:03}" for n in range(256)]
    assert await vectors.upsert(index_name="docs", ids=ids, vectors=rows) == ids
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    best = np.argsort(-(unit @ unit[7]))
    matches = await vectors.query(index_name="docs", query_vector=rows[7], top_k=256)
    assert [match.id for match in matches] == [ids[n] for n in best]
    assert [match.score for match in matches] == pytest.approx((unit @ unit[7])[best], abs=1e-6)


@OURS
@ONE_LOOP
async def test_4_9_upsert_sends_batches_of_bytes(vectors: ConvexNativeVector) -> None:
    """So many are more than Convex takes in one call, though fewer than 100."""
    rows = np.random.default_rng(5).normal(size=(60, 4096))
    metadata = [{"text": "ß" * 150_000}] * 60
    await vectors.upsert(index_name="wide", vectors=rows, metadata=metadata)
    assert (await vectors.describe_index(index_name="wide")).count == 60


async def test_4_9_update_merges_metadata_one_level_deep(vectors: ConvexNativeVector) -> None:
    await products(vectors)
    await vectors.update_vector(
        index_name="products", id="pot", metadata={"price": 40, "glaze": {"color": "blue"}}
    )
    assert await found(vectors, "products", filter={"price": 30}) == []
    [pot] = await vectors.query(
        index_name="products", query_vector=EAST, filter={"price": 40}, top_k=1
    )
    assert pot.metadata == {"kind": "tea", "price": 40, "sold": True, "glaze": {"color": "blue"}}
    await vectors.update_vector(index_name="products", id="pot", metadata={"glaze": {}}, vector=UP)
    [pot] = await vectors.query(index_name="products", query_vector=UP, top_k=1)
    assert (pot.score, pot.metadata["glaze"], pot.metadata["kind"]) == (1, {}, "tea")


@ONE_LOOP
async def test_4_9_an_update_of_nothing_is_silent(vectors: ConvexNativeVector) -> None:
    await vectors.update_vector(index_name="docs", id="nobody", metadata={"a": 1}, vector=EAST)
    assert await found(vectors) == []


async def test_4_9_deletes_are_by_ids_and_silent_about_others(vectors: ConvexNativeVector) -> None:
    ids = [f"{n}" for n in range(150)]
    await vectors.upsert(index_name="docs", ids=ids, vectors=[EAST] * 150)
    await vectors.delete_vector(index_name="docs", id="149")
    await vectors.delete_vector(index_name="docs", id="149")
    await vectors.delete_vectors(index_name="docs", ids=["nobody", *ids[1:]])
    assert await found(vectors) == ["0"]


@ONE_LOOP
async def test_4_9_filters_that_find_what_to_change_are_refused(
    vectors: ConvexNativeVector,
) -> None:
    kind = {"kind": "tea"}
    await products(vectors)
    with refused("UPSERT_NOT_SUPPORTED"):
        await vectors.upsert(index_name="products", vectors=[EAST], delete_filter=kind)
    with refused("UPDATE_VECTOR_NOT_SUPPORTED"):
        await vectors.update_vector(index_name="products", filter=kind, vector=EAST)
    with refused("DELETE_VECTORS_NOT_SUPPORTED"):
        await vectors.delete_vectors(index_name="products", filter=kind)
    assert await found(vectors, "products") == ["pot", "cup", "lid"]


ODD = {"$schema": "x", "ключ": [1, {"": None}]}


@ONE_LOOP
@OURS
async def test_metadata_may_have_any_keys(vectors: ConvexNativeVector) -> None:
    await vectors.upsert(
        index_name="products", ids=["a"], vectors=[EAST], metadata=[{**ODD, "kind": "odd"}]
    )
    await vectors.update_vector(index_name="products", id="a", metadata={"$price": 2, "price": 3})
    [match] = await vectors.query(
        index_name="products", query_vector=EAST, filter={"kind": "odd"}, include_vector=True
    )
    assert match.metadata == {**ODD, "kind": "odd", "$price": 2, "price": 3}
    assert await found(vectors, "products", filter={"price": 3}) == ["a"]


@ONE_LOOP
@PUBLISHED
async def test_the_npm_functions_refuse_keys_that_they_cannot_store(
    vectors: ConvexNativeVector,
) -> None:
    with refused("UPSERT_NOT_SUPPORTED"):
        await vectors.upsert(index_name="docs", ids=["a"], vectors=[EAST], metadata=[ODD])
    await vectors.upsert(index_name="docs", ids=["a"], vectors=[EAST])
    with refused("UPDATE_VECTOR_NOT_SUPPORTED"):
        await vectors.update_vector(index_name="docs", id="a", metadata=ODD)
    [match] = await vectors.query(index_name="docs", query_vector=EAST)
    assert match.metadata is None


# Searching


async def test_4_9_query_finds_the_nearest_best_first(vectors: ConvexNativeVector) -> None:
    await vectors.upsert(
        index_name="docs",
        ids=["west", "northeast", "north", "east"],
        vectors=[[-2, 0, 0], [1, 1, 0], [0, 5, 0], [3, 0, 0]],
    )
    matches = await vectors.query(index_name="docs", query_vector=np.array([10, 0, 0]))
    assert [match.id for match in matches] == ["east", "northeast", "north", "west"]
    scores = [match.score for match in matches]
    assert scores == pytest.approx([1, math.sqrt(0.5), 0, -1], abs=1e-6)
    assert all(match.vector is None for match in matches)
    assert await found(vectors, top_k=2) == ["east", "northeast"]


@ONE_LOOP
async def test_4_9_query_finds_ten_unless_told(vectors: ConvexNativeVector) -> None:
    await vectors.upsert(index_name="docs", vectors=[EAST] * 12)
    assert len(await found(vectors)) == 10
    assert len(await found(vectors, top_k=12)) == len(await found(vectors, top_k=256)) == 12


@ONE_LOOP
async def test_4_9_query_reads_many_large_rows(vectors: ConvexNativeVector) -> None:
    """The vectors are more than one call may return."""
    rows = np.random.default_rng(2).normal(size=(120, 4096)) + 1
    await vectors.upsert(index_name="wide", vectors=rows, metadata=[{"n": n} for n in range(120)])
    matches = await vectors.query(
        index_name="wide", query_vector=rows[9], top_k=256, include_vector=True
    )
    assert (len(matches), matches[0].metadata["n"]) == (120, 9)
    for match in matches:
        assert match.vector is not None
        assert np.array_equal(match.vector, rows[match.metadata["n"]])


@ONE_LOOP
async def test_4_9_query_reads_more_metadata_than_one_call_can(
    vectors: ConvexNativeVector,
) -> None:
    ids = [f"{n:03}" for n in range(256)]
    rows = [[1, n / 1000, 0] for n in range(256)]
    metadata = [{"n": n, "text": "x" * 70_000} for n in range(256)]
    await vectors.upsert(index_name="docs", ids=ids, vectors=rows, metadata=metadata)
    matches = await vectors.query(index_name="docs", query_vector=EAST, top_k=256)
    assert [(match.id, match.metadata["n"]) for match in matches] == list(
        zip(ids, range(256), strict=True)
    )


@ONE_LOOP
async def test_4_9_delete_vectors_of_more_metadata_than_one_call_may_read(
    vectors: ConvexNativeVector,
) -> None:
    ids = [f"{n:02}" for n in range(100)]
    metadata = [{"text": "x" * 180_000}] * 100
    await vectors.upsert(index_name="docs", ids=ids, vectors=[EAST] * 100, metadata=metadata)
    await vectors.delete_vectors(index_name="docs", ids=ids)
    assert (await vectors.describe_index(index_name="docs")).count == 0


@ONE_LOOP
async def test_4_9_query_without_vectors_is_empty(vectors: ConvexNativeVector) -> None:
    assert await vectors.query(index_name="docs", query_vector=EAST) == []


@ONE_LOOP
@pytest.mark.parametrize(
    ("filter_", "ids"),
    [
        (None, ["pot", "cup", "lid"]),
        ({}, ["pot", "cup", "lid"]),
        ({"kind": "tea"}, ["pot", "cup"]),
        ({"kind": {"$eq": "part"}}, ["lid"]),
        ({"metadata": {"kind": "part"}}, ["lid"]),
        ({"price": 30}, ["pot"]),
        ({"price": 5.5}, ["cup"]),
        ({"price": None}, ["lid"]),
        ({"sold": True}, ["pot"]),
        ({"sold": {"$eq": False}}, ["cup"]),
        ({"kind": "nothing"}, []),
    ],
)
async def test_4_9_query_filters_by_one_equality(
    vectors: ConvexNativeVector, filter_: dict[str, Any] | None, ids: list[str]
) -> None:
    await products(vectors)
    assert await found(vectors, "products", filter=filter_) == ids


@ONE_LOOP
@OURS
@pytest.mark.parametrize(
    ("alternatives", "ids"),
    [
        ([{"price": 30}, {"kind": "part"}], ["pot", "lid"]),
        ([{"sold": {"$eq": False}}, {"metadata": {"sold": True}}], ["pot", "cup"]),
        ([{"kind": "tea"}], ["pot", "cup"]),
        ([], []),
    ],
)
async def test_4_9_query_filters_by_any_of_some_equalities(
    vectors: ConvexNativeVector, alternatives: list[dict[str, Any]], ids: list[str]
) -> None:
    await products(vectors)
    assert await found(vectors, "products", filter={"$or": alternatives}) == ids
    plain = [each.get("metadata", each) for each in alternatives]
    assert await found(vectors, "products", filter={"metadata": {"$or": plain}}) == ids


@ONE_LOOP
@PUBLISHED
async def test_3_7_the_npm_functions_take_no_or_filter(vectors: ConvexNativeVector) -> None:
    await products(vectors)
    with refused("QUERY_NOT_SUPPORTED"):
        await found(vectors, "products", filter={"$or": [{"kind": "tea"}, {"price": 1}]})
    assert await found(vectors, "products", filter={"$or": [{"kind": "tea"}]}) == ["pot", "cup"]


@ONE_LOOP
@pytest.mark.parametrize(
    ("filter_", "status"),
    [
        ({"color": "blue"}, "FILTER_FIELD_NOT_DECLARED"),
        ({"$or": [{"kind": "tea"}, {"color": "blue"}]}, "FILTER_FIELD_NOT_DECLARED"),
        ({"kind": {"$in": ["tea"]}}, "FILTER_NOT_NATIVE"),
        ({"price": {"$gt": 3}}, "FILTER_NOT_NATIVE"),
        ({"kind": "tea", "price": 30}, "FILTER_NOT_NATIVE"),
        ({"$not": {"kind": "tea"}}, "FILTER_NOT_NATIVE"),
        ({"kind": ["tea"]}, "FILTER_NOT_NATIVE"),
        ({"$or": [{"kind": "tea", "price": 30}]}, "FILTER_NOT_NATIVE"),
        ({"$or": [{"price": n} for n in range(65)]}, "FILTER_NOT_NATIVE"),
    ],
)
async def test_4_9_query_refuses_other_filters(
    vectors: ConvexNativeVector, filter_: dict[str, Any], status: str
) -> None:
    with refused(f"QUERY_{status}"):
        await found(vectors, "products", filter=filter_)


@ONE_LOOP
async def test_4_9_vectors_deleted_during_a_query_drop_out(
    vectors: ConvexNativeVector, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"{n}" for n in range(6)]
    await vectors.upsert(index_name="docs", ids=ids, vectors=[[10, n, 0] for n in range(6)])
    search = writer.client.call

    async def call(kind: Any, path: str, args: Any) -> Any:
        found = await search(kind, path, args)
        if kind == "action":
            await search("mutation", "mastra/nativeVector:write", gone)
        return found

    gone = {"op": "deleteByIds", "config": INDEXES["docs"].config(), "ids": ["1", "4", "5"]}
    monkeypatch.setattr(writer.client, "call", call)
    assert await found(vectors) == ["0", "2", "3"]


# Limits of the deployment


@ONE_LOOP
async def test_an_index_that_the_schema_lacks_is_told(writer: Writer, functions: str) -> None:
    index = NativeIndex(table_name="nowhere", dimension=3)
    vectors = ConvexNativeVector(id="t", indexes={"n": index}, client=writer.client)
    status = "VECTOR_INDEX_NOT_FOUND" if functions == "ours" else "FAILED"
    with refused(f"QUERY_{status}"):
        await vectors.query(index_name="n", query_vector=EAST)


@ONE_LOOP
async def test_functions_that_are_not_deployed_are_told(writer: Writer) -> None:
    vectors = ConvexNativeVector(
        id="t", indexes=INDEXES, client=writer.client, native_vector_action="no/such:query"
    )
    with refused("QUERY_NOT_DEPLOYED"):
        await vectors.query(index_name="docs", query_vector=EAST)


@ONE_LOOP
@OURS
async def test_3_7_what_the_configuration_says_is_what_the_schema_says(writer: Writer) -> None:
    """No other table is within reach of these functions, and none is written as it is not."""
    wrong = {
        "VECTOR_INDEX_NOT_FOUND": [
            NativeIndex(table_name="mastra_threads", dimension=3),
            NativeIndex(table_name="docs", dimension=3, vector_index_name="by_record_id"),
        ],
        "VECTOR_DIMENSION_MISMATCH": [NativeIndex(table_name="docs", dimension=4)],
        "INVALID_REQUEST": [
            NativeIndex(table_name="docs", dimension=3, vector_field="id"),
            NativeIndex(table_name="docs", dimension=3, id_index_name="by_creation_time"),
            NativeIndex(table_name="docs", dimension=3, id_field="metadata", metadata_field="id"),
            NativeIndex(
                table_name="mastra_vectors",
                dimension=1536,
                id_index_name="by_index",
                id_field="indexName",
            ),
        ],
        "INVALID_RECORD": [NativeIndex(table_name="docs", dimension=3, filter_fields=["kind"])],
    }
    for status, indexes in wrong.items():
        for index in indexes:
            vectors = ConvexNativeVector(id="t", indexes={"n": index}, client=writer.client)
            row = [[1.0] * index.dimension]
            with refused(f"UPSERT_{status}"):
                await vectors.upsert(index_name="n", vectors=row, metadata=[{"kind": "x"}])
    assert await writer.rows("docs") == await writer.rows("mastra_vectors") == []


@ONE_LOOP
@OURS
async def test_a_staged_index_is_written_but_not_searched(writer: Writer) -> None:
    index = NativeIndex(table_name="staged", dimension=3)
    vectors = ConvexNativeVector(id="t", indexes={"staged": index}, client=writer.client)
    await vectors.upsert(index_name="staged", vectors=[EAST])
    assert (await vectors.describe_index(index_name="staged")).count == 1
    with refused("QUERY_VECTOR_INDEX_STAGED"):
        await vectors.query(index_name="staged", query_vector=EAST)


@ONE_LOOP
@OURS
async def test_what_a_filter_column_does_not_take_leaves_all_as_it_was(
    vectors: ConvexNativeVector,
) -> None:
    await products(vectors)
    with refused("UPSERT_INVALID_RECORD"):
        await vectors.upsert(
            index_name="products",
            ids=["pot", "new"],
            vectors=[WEST, WEST],
            metadata=[{"kind": "tea"}, {"kind": 5}],
        )
    with refused("UPDATE_VECTOR_INVALID_RECORD"):
        await vectors.update_vector(index_name="products", id="pot", metadata={"sold": "yes"})
    assert await found(vectors, "products") == ["pot", "cup", "lid"]


# One entry for both ways


@pytest.mark.parametrize("filter_", [None, {"kind": "tea"}, {"metadata": {"price": {"$eq": 30}}}])
async def test_search_is_native_where_convex_can(
    vectors: ConvexNativeVector, filter_: dict[str, Any] | None
) -> None:
    await products(vectors)
    query: Any = {"index_name": "products", "query_vector": EAST, "filter": filter_}
    found = await vectors.search(**query, top_k=256)
    assert found.method == "native"
    assert found.matches == await vectors.query(**query, top_k=256)


@OURS
@pytest.mark.parametrize(
    ("args", "ids"),
    [
        ({"filter": {"price": {"$gt": 5}}}, ["pot", "cup"]),
        ({"filter": {"kind": "tea", "sold": False}}, ["cup"]),
        ({"filter": {"price": {"$exists": True}, "$not": {"price": 30}}}, ["cup", "lid"]),
        ({"filter": {"glaze.color": "blue"}}, ["lid"]),
        ({"top_k": 257}, ["pot", "cup", "lid"]),
        ({"top_k": 257, "filter": {"kind": "part"}}, ["lid"]),
    ],
)
async def test_search_is_exact_where_convex_cannot(
    vectors: ConvexNativeVector, args: dict[str, Any], ids: list[str]
) -> None:
    await products(vectors)
    await vectors.update_vector(
        index_name="products", id="lid", metadata={"glaze": {"color": "blue"}}
    )
    found = await vectors.search(
        index_name="products", query_vector=EAST, include_vector=True, **args
    )
    assert found.method == "exact"
    assert [match.id for match in found.matches] == ids
    looks = {"pot": EAST, "cup": NORTH, "lid": WEST}
    for match in found.matches:
        assert match.vector is not None
        assert match.vector.tolist() == looks[match.id]


@OURS
@ONE_LOOP
async def test_an_exact_search_compares_all_pages(vectors: ConvexNativeVector) -> None:
    rows = np.random.default_rng(3).normal(size=(300, 3))
    ids = [f"{n}" for n in range(300)]
    metadata = [{"text": "x" * 40_000}] * 300
    await vectors.upsert(index_name="docs", ids=ids, vectors=rows, metadata=metadata)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    best = [ids[n] for n in np.argsort(-(unit @ unit[211]))]
    found = await vectors.search(index_name="docs", query_vector=rows[211], top_k=300)
    assert found.method == "exact"
    assert [match.id for match in found.matches] == best
    found = await vectors.search(index_name="docs", query_vector=rows[211], top_k=256)
    assert found.method == "native"
    assert [match.id for match in found.matches] == best[:256]


@PUBLISHED
@ONE_LOOP
async def test_an_exact_search_takes_our_functions(vectors: ConvexNativeVector) -> None:
    with refused("QUERY_NOT_SUPPORTED"):
        await vectors.search(index_name="products", query_vector=EAST, top_k=300)


# Settings


@ONE_LOOP
async def test_4_9_settings_that_are_left_out_are_those_of_the_npm_package() -> None:
    assert NativeIndex(table_name="docs", dimension=3).config() == {
        "tableName": "docs",
        "dimension": 3,
        "vectorIndexName": "by_embedding",
        "idField": "id",
        "idIndexName": "by_record_id",
        "vectorField": "embedding",
        "metadataField": "metadata",
        "filterFields": [],
    }


@ONE_LOOP
async def test_4_9_the_functions_may_have_other_paths(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = ConvexNativeVector(
        id="t",
        indexes=INDEXES,
        client=writer.client,
        native_vector_action="ai/vectors:find",
        native_vector_query="ai/vectors:rows",
        native_vector_mutation="ai/vectors:store",
    )
    homes = {"find": "query", "rows": "read", "store": "write"}
    call = writer.client.call

    async def redirected(kind: Any, path: str, args: Any) -> Any:
        module, _, name = path.partition(":")
        assert module == "ai/vectors"
        return await call(kind, f"mastra/nativeVector:{homes[name]}", args)

    monkeypatch.setattr(writer.client, "call", redirected)
    await moved.upsert(index_name="docs", ids=["a"], vectors=[EAST])
    assert await found(moved) == ["a"]
    assert (await moved.describe_index(index_name="docs")).count == 1


@OURS
@ONE_LOOP
async def test_from_env_connects_as_the_environment_says(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVEX_URL", writer.client.convex.url)
    monkeypatch.setenv("MASTRA_ACCESS_SECRET", "of an open deployment")
    async with ConvexNativeVector.from_env(id="t", indexes=INDEXES) as vectors:
        await vectors.upsert(index_name="docs", ids=["a"], vectors=[EAST])
        assert await found(vectors) == ["a"]
