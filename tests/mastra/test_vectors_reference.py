"""Each sentence of §4.8 about `ConvexVector`, on our functions and on those of the npm package."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from aioconvex.mastra import (
    ConvexAdminClient,
    ConvexVector,
    MastraError,
    VectorIndex,
    VectorMatch,
)
from mastra.vectors import found

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

INDEX = "pages"

VECTORS: list[list[float]] = [[1, 0], [0.6, 0.8], [0, 1], [-1, 0]]
IDS = ["east", "northeast", "north", "west"]
METADATA = [{"n": n, "side": side} for n, side in enumerate(("e", "e", "n", "w"))]


@pytest.fixture
async def vectors(client: ConvexAdminClient) -> ConvexVector:
    """An index of four vectors on an empty deployment."""
    vectors = ConvexVector(id="test", client=client)
    await vectors.create_index(index_name=INDEX, dimension=2)
    await vectors.upsert(index_name=INDEX, vectors=VECTORS, ids=IDS, metadata=METADATA)
    return vectors


async def count(vectors: ConvexVector, index_name: str = INDEX) -> int:
    return (await vectors.describe_index(index_name=index_name)).count


async def ids_of(vectors: ConvexVector, **options: Any) -> list[str]:
    return found(await vectors.query(index_name=INDEX, query_vector=[1, 0.1], top_k=100, **options))


def numbers_of(match: VectorMatch) -> list[float]:
    assert match.vector is not None
    numbers: list[float] = match.vector.tolist()
    return numbers


# createIndex


async def test_4_8_create_index_of_the_same_dimension_is_no_change(vectors: ConvexVector) -> None:
    await vectors.create_index(index_name=INDEX, dimension=2)
    assert await vectors.describe_index(index_name=INDEX) == VectorIndex(dimension=2, count=4)


async def test_4_8_create_index_of_another_dimension_is_an_error(vectors: ConvexVector) -> None:
    with pytest.raises(MastraError, match="has 2 dimensions") as caught:
        await vectors.create_index(index_name=INDEX, dimension=3)
    error = caught.value
    assert error.id == "VECTOR_VALIDATE_INDEX_DIMENSION_MISMATCH"
    assert (error.domain, error.category) == ("MASTRA_VECTOR", "USER")
    assert (await vectors.describe_index(index_name=INDEX)).dimension == 2


async def test_4_8_create_index_with_another_metric_is_an_error(vectors: ConvexVector) -> None:
    metric: Any = "euclidean"
    with pytest.raises(MastraError, match="cosine only, not 'euclidean'"):
        await vectors.create_index(index_name="other", dimension=2, metric=metric)
    assert await vectors.list_indexes() == [INDEX]


# listIndexes, describeIndex


async def test_4_8_list_indexes_gives_names(vectors: ConvexVector) -> None:
    await vectors.create_index(index_name="ä b/c", dimension=3)
    assert sorted(await vectors.list_indexes()) == [INDEX, "ä b/c"]


async def test_4_8_describe_index_tells_dimension_count_and_metric(vectors: ConvexVector) -> None:
    described = await vectors.describe_index(index_name=INDEX)
    assert (described.dimension, described.count, described.metric) == (2, 4, "cosine")


async def test_4_8_describe_index_of_an_unknown_index_is_an_error(vectors: ConvexVector) -> None:
    with pytest.raises(MastraError, match="Index unknown not found") as caught:
        await vectors.describe_index(index_name="unknown")
    assert caught.value.id == "MASTRA_VECTOR_CONVEX_DESCRIBE_INDEX_INDEX_NOT_FOUND"


async def test_4_8_describe_index_counts_exactly_over_all_pages(vectors: ConvexVector) -> None:
    many = np.ones((4_600, 2), dtype=np.float32)
    await vectors.create_index(index_name="many", dimension=2)
    await vectors.upsert(index_name="many", vectors=many)
    assert await count(vectors, "many") == 4_600


# deleteIndex, truncateIndex


async def test_4_8_delete_index_removes_metadata_and_vectors(vectors: ConvexVector) -> None:
    more = np.ones((120, 2))
    await vectors.upsert(index_name=INDEX, vectors=more)
    await vectors.delete_index(index_name=INDEX)
    assert await vectors.list_indexes() == []
    await vectors.create_index(index_name=INDEX, dimension=2)
    assert await count(vectors) == 0


async def test_4_8_delete_index_of_an_unknown_index_is_fine(vectors: ConvexVector) -> None:
    await vectors.delete_index(index_name="unknown")
    assert await vectors.list_indexes() == [INDEX]


async def test_4_8_truncate_index_removes_vectors_only(vectors: ConvexVector) -> None:
    await vectors.truncate_index(index_name=INDEX)
    assert await vectors.describe_index(index_name=INDEX) == VectorIndex(dimension=2, count=0)
    assert await ids_of(vectors) == []


# upsert


async def test_4_8_upsert_returns_ids_in_order(vectors: ConvexVector) -> None:
    stored = await vectors.upsert(index_name=INDEX, vectors=[[1, 1], [2, 2]], ids=["z", "a"])
    assert stored == ["z", "a"]


async def test_4_8_upsert_makes_missing_ids(vectors: ConvexVector) -> None:
    stored = await vectors.upsert(index_name=INDEX, vectors=[[1, 1], [1, 1]])
    assert len(set(stored)) == 2
    assert all(len(id_) == 36 and id_[14] == "4" for id_ in stored)
    assert set(stored) <= set(await ids_of(vectors))


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"vectors": []}, "EMPTY_VECTORS"),
        ({"vectors": [[1, 2]], "metadata": [{}, {}]}, "METADATA_LENGTH_MISMATCH"),
        ({"vectors": [[1, 2]], "metadata": []}, "METADATA_LENGTH_MISMATCH"),
        ({"vectors": [[1, 2]], "ids": ["a", "b"]}, "IDS_LENGTH_MISMATCH"),
        ({"vectors": [[1, 2]], "ids": []}, "IDS_LENGTH_MISMATCH"),
        ({"vectors": [[1, 2], [1, math.nan]]}, "INVALID_VECTOR_VALUE"),
        ({"vectors": [[1, 2], [math.inf, 1]]}, "INVALID_VECTOR_VALUE"),
        ({"vectors": [[1, 2], [None, 1]]}, "INVALID_VECTOR_VALUE"),
        ({"vectors": [[1, 2], [1, 2, 3]]}, "DIMENSION_MISMATCH"),
        ({"vectors": [[1, 2], []]}, "DIMENSION_MISMATCH"),
        ({"index_name": "unknown", "vectors": [[1, 2]]}, "INDEX_NOT_FOUND"),
    ],
)
async def test_4_8_upsert_raises_and_stores_nothing(
    vectors: ConvexVector, wrong: dict[str, Any], status: str
) -> None:
    with pytest.raises(MastraError) as caught:
        await vectors.upsert(**{"index_name": INDEX, **wrong})
    assert caught.value.id == f"MASTRA_VECTOR_CONVEX_UPSERT_{status}"
    assert caught.value.category == "USER"
    assert await count(vectors) == 4


async def test_4_8_the_same_id_again_replaces_vector_and_metadata(vectors: ConvexVector) -> None:
    await vectors.upsert(index_name=INDEX, vectors=[[0, 5]], ids=["east"], metadata=[{"m": 1}])
    (match,) = await vectors.query(
        index_name=INDEX, query_vector=[0, 1], filter={"m": 1}, include_vector=True
    )
    assert (match.id, match.metadata, numbers_of(match)) == ("east", {"m": 1}, [0, 5])
    await vectors.upsert(index_name=INDEX, vectors=[[0, 5]], ids=["east"])
    replaced = await vectors.query(index_name=INDEX, query_vector=[0, 1], top_k=100)
    assert next(match.metadata for match in replaced if match.id == "east") is None
    assert await count(vectors) == 4


async def test_4_8_a_delete_filter_replaces_what_passes_it(vectors: ConvexVector) -> None:
    await vectors.upsert(
        index_name=INDEX,
        vectors=[[3, 3], [4, 4]],
        ids=["east", "new"],
        metadata=[{"side": "e"}, {"side": "e"}],
        delete_filter={"side": "e"},
    )
    assert sorted(await ids_of(vectors)) == ["east", "new", "north", "west"]


async def test_4_8_a_delete_filter_loses_nothing_if_the_vectors_are_wrong(
    vectors: ConvexVector,
) -> None:
    with pytest.raises(MastraError):
        await vectors.upsert(index_name=INDEX, vectors=[[1, math.nan]], delete_filter={"side": "e"})
    assert sorted(await ids_of(vectors)) == sorted(IDS)


# query


async def test_4_8_query_gives_the_nearest_first(vectors: ConvexVector) -> None:
    matches = await vectors.query(index_name=INDEX, query_vector=[2, 0], top_k=3)
    assert found(matches) == ["east", "northeast", "north"]
    assert [match.score for match in matches] == pytest.approx([1, 0.6, 0], abs=1e-15)
    assert [match.metadata for match in matches] == METADATA[:3]
    assert [match.vector for match in matches] == [None] * 3


async def test_4_8_query_finds_ten_unless_told(vectors: ConvexVector) -> None:
    await vectors.upsert(index_name=INDEX, vectors=np.ones((20, 2)))
    assert len(await vectors.query(index_name=INDEX, query_vector=[1, 1])) == 10


async def test_4_8_query_with_the_vectors(vectors: ConvexVector) -> None:
    match, *_ = await vectors.query(
        index_name=INDEX, query_vector=np.array([0.6, 0.8], dtype=np.float32), include_vector=True
    )
    assert match.vector is not None
    assert match.vector.dtype == np.dtype(np.float64)
    assert numbers_of(match) == [0.6, 0.8]
    match.vector[0] = 9
    again, *_ = await vectors.query(index_name=INDEX, query_vector=[0.6, 0.8], include_vector=True)
    assert numbers_of(again) == [0.6, 0.8]


async def test_4_8_ties_are_in_storage_order(vectors: ConvexVector) -> None:
    same = np.tile(np.random.default_rng(2).normal(size=2), (30, 1))
    ids = [f"{number * 7919 % 30:02}" for number in range(30)]
    await vectors.upsert(index_name=INDEX, vectors=same, ids=ids)
    matches = await vectors.query(index_name=INDEX, query_vector=same[0], top_k=30)
    assert found(matches) == ids
    assert {match.score for match in matches} == {matches[0].score}


async def test_4_8_the_score_of_a_zero_vector_is_minus_one(vectors: ConvexVector) -> None:
    await vectors.upsert(index_name=INDEX, vectors=[[0, 0]], ids=["zero"])
    *_, last = await vectors.query(index_name=INDEX, query_vector=[1, 1], top_k=100)
    assert (last.id, last.score) == ("zero", -1)
    matches = await vectors.query(index_name=INDEX, query_vector=[0, 0], top_k=100)
    assert {match.score for match in matches} == {-1}


async def test_4_8_a_score_is_in_its_range_however_large_or_small_the_numbers(
    vectors: ConvexVector,
) -> None:
    extreme = [[3e300, 4e300], [3e-300, 4e-300], [-3e200, -4e200], [5e-324, 0]]
    ids = ["large", "small", "opposite", "smallest"]
    await vectors.upsert(index_name=INDEX, vectors=extreme, ids=ids)
    for scale in (1e-300, 1, 1e300):
        matches = await vectors.query(
            index_name=INDEX,
            query_vector=np.array([3, 4]) * scale,
            top_k=100,
            include_vector=True,
        )
        scores = {match.id: match.score for match in matches}
        assert scores["large"] == scores["small"] == pytest.approx(1, abs=1e-15)
        assert scores["opposite"] == pytest.approx(-1, abs=1e-15)
        assert scores["smallest"] == pytest.approx(0.6)
        assert all(-1 <= score <= 1 for score in scores.values())
        stored = {match.id: numbers_of(match) for match in matches}
        assert [stored[id_] for id_ in ids] == extreme


async def test_4_8_query_with_another_dimension_is_an_error(vectors: ConvexVector) -> None:
    with pytest.raises(MastraError, match="has 3 dimensions, and the index has 2") as caught:
        await vectors.query(index_name=INDEX, query_vector=[1, 2, 3])
    assert caught.value.id == "MASTRA_VECTOR_CONVEX_QUERY_DIMENSION_MISMATCH"


@pytest.mark.parametrize("top_k", [0, -1, 1.5, True, "3", None])
async def test_4_8_top_k_is_a_positive_integer(vectors: ConvexVector, top_k: Any) -> None:
    with pytest.raises(MastraError, match="top_k") as caught:
        await vectors.query(index_name=INDEX, query_vector=[1, 0], top_k=top_k)
    assert caught.value.id == "MASTRA_VECTOR_CONVEX_QUERY_INVALID_TOP_K"


async def test_4_8_top_k_may_be_larger_than_convex_itself_allows(vectors: ConvexVector) -> None:
    await vectors.upsert(index_name=INDEX, vectors=np.ones((300, 2)))
    for top_k, expected in [(257, 257), (1024, 304)]:
        matches = await vectors.query(index_name=INDEX, query_vector=[1, 0], top_k=top_k)
        assert len(matches) == expected


async def test_4_8_query_without_a_vector_is_an_error(vectors: ConvexVector) -> None:
    nothing: Any = None
    with pytest.raises(MastraError, match="query_vector is required") as caught:
        await vectors.query(index_name=INDEX, query_vector=nothing, filter={"n": 1})
    error = caught.value
    assert error.id == "MASTRA_VECTOR_CONVEX_QUERY_MISSING_VECTOR"
    assert (error.domain, error.category) == ("STORAGE", "USER")


async def test_4_8_query_of_an_empty_index_finds_nothing(vectors: ConvexVector) -> None:
    await vectors.create_index(index_name="empty", dimension=2)
    assert await vectors.query(index_name="empty", query_vector=[1, 0]) == []


async def test_4_8_query_of_an_unknown_index_is_an_error(vectors: ConvexVector) -> None:
    with pytest.raises(MastraError, match="Index unknown not found") as caught:
        await vectors.query(index_name="unknown", query_vector=[1, 0])
    assert caught.value.id == "MASTRA_VECTOR_CONVEX_QUERY_INDEX_NOT_FOUND"


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (None, IDS),
        ({}, IDS),
        ({"metadata": {}}, IDS),
        ({"side": "e"}, ["east", "northeast"]),
        ({"metadata": {"side": "e"}}, ["east", "northeast"]),
        ({"metadata.side": {"$in": ["n", "w"]}}, ["north", "west"]),
        ({"n": {"$gte": 1, "$lt": 3}}, ["northeast", "north"]),
        ({"$or": [{"n": 0}, {"side": {"$regex": "^W$", "$options": "i"}}]}, ["east", "west"]),
        ({"n": {"$gt": 99}}, []),
    ],
)
async def test_4_8_query_with_a_filter(
    vectors: ConvexVector, filter_: Any, expected: list[str]
) -> None:
    assert await ids_of(vectors, filter=filter_) == expected


async def test_4_8_a_vector_without_metadata_passes_only_the_empty_filter(
    vectors: ConvexVector,
) -> None:
    await vectors.upsert(index_name=INDEX, vectors=[[1, 0]], ids=["bare"])
    assert "bare" in await ids_of(vectors, filter={})
    assert "bare" not in await ids_of(vectors, filter={"n": {"$ne": 1}})
    assert "bare" not in await ids_of(vectors, filter={"missing": {"$exists": False}})


# updateVector


async def test_4_8_update_vector_by_id(vectors: ConvexVector) -> None:
    await vectors.update_vector(index_name=INDEX, id="west", vector=[5, 5])
    match, *_ = await vectors.query(index_name=INDEX, query_vector=[1, 1], include_vector=True)
    assert (match.id, match.metadata, numbers_of(match)) == ("west", METADATA[3], [5, 5])


async def test_4_8_update_vector_merges_metadata_one_level(vectors: ConvexVector) -> None:
    await vectors.update_vector(index_name=INDEX, id="west", metadata={"deep": {"a": 1}, "n": 9})
    await vectors.update_vector(index_name=INDEX, id="west", metadata={"deep": {"b": 2}})
    (match,) = await vectors.query(index_name=INDEX, query_vector=[1, 1], filter={"n": 9})
    assert match.metadata == {"n": 9, "side": "w", "deep": {"b": 2}}


async def test_4_8_update_vector_by_filter_updates_every_match(vectors: ConvexVector) -> None:
    await vectors.update_vector(
        index_name=INDEX, filter={"side": "e"}, vector=[0, -1], metadata={"moved": True}
    )
    matches = await vectors.query(index_name=INDEX, query_vector=[0, -1], top_k=2)
    assert found(matches) == ["east", "northeast"]
    assert all(match.metadata["moved"] is True and match.score == 1 for match in matches)
    assert await ids_of(vectors, filter={"moved": True}) == ["east", "northeast"]


async def test_4_8_update_vector_of_an_unknown_id_is_silent(vectors: ConvexVector) -> None:
    await vectors.update_vector(index_name=INDEX, id="unknown", vector=[1, 1], metadata={"a": 1})
    await vectors.update_vector(index_name=INDEX, id="unknown", vector=[1, 1])
    assert await count(vectors) == 4


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"id": "west", "filter": {"n": 1}, "metadata": {}}, "mutually exclusive"),
        ({"metadata": {}}, "Either id or filter must be provided"),
        ({"filter": {}, "metadata": {}}, "cannot update with empty filter"),
        ({"filter": {"$and": [{}]}, "metadata": {}}, "cannot update with empty filter"),
        ({"id": "west"}, "Either vector or metadata must be provided"),
        ({"id": "west", "vector": [1, 2, 3]}, "has 3 dimensions"),
        ({"id": "west", "vector": [1, math.nan]}, "no finite number"),
        ({"index_name": "unknown", "id": "west", "metadata": {}}, "Index unknown not found"),
    ],
)
async def test_4_8_update_vector_raises(
    vectors: ConvexVector, wrong: dict[str, Any], text: str
) -> None:
    with pytest.raises(MastraError, match=text) as caught:
        await vectors.update_vector(**{"index_name": INDEX, **wrong})
    assert caught.value.id.startswith("MASTRA_VECTOR_CONVEX_UPDATE_VECTOR_")


# deleteVector, deleteVectors


async def test_4_8_delete_vector(vectors: ConvexVector) -> None:
    await vectors.delete_vector(index_name=INDEX, id="north")
    assert await ids_of(vectors) == ["east", "northeast", "west"]


async def test_4_8_delete_vectors_by_ids(vectors: ConvexVector) -> None:
    await vectors.delete_vectors(index_name=INDEX, ids=["north", "unknown", "west", "west"])
    assert await ids_of(vectors) == ["east", "northeast"]


async def test_4_8_delete_vectors_by_filter(vectors: ConvexVector) -> None:
    await vectors.delete_vectors(index_name=INDEX, filter={"n": {"$lt": 2}})
    assert await ids_of(vectors) == ["north", "west"]
    await vectors.delete_vectors(index_name=INDEX, filter={"n": {"$lt": 2}})
    assert await count(vectors) == 2


async def test_4_8_delete_vectors_of_unknown_ids_is_silent(vectors: ConvexVector) -> None:
    await vectors.delete_vector(index_name=INDEX, id="unknown")
    await vectors.delete_vectors(index_name=INDEX, ids=["unknown"])
    assert await count(vectors) == 4


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"ids": ["west"], "filter": {"n": 1}}, "mutually exclusive"),
        ({}, "Either filter or ids must be provided"),
        ({"ids": []}, "cannot delete with empty ids array"),
        ({"filter": {}}, "cannot delete with empty filter"),
        ({"filter": {"metadata": {}}}, "cannot delete with empty filter"),
        ({"filter": {"$nor": []}}, "cannot delete with empty filter"),
        ({"filter": {"$or": [{"n": 1}, {}]}}, "cannot delete with empty filter"),
    ],
)
async def test_4_8_delete_vectors_raises_and_deletes_nothing(
    vectors: ConvexVector, wrong: dict[str, Any], text: str
) -> None:
    with pytest.raises(MastraError, match=text) as caught:
        await vectors.delete_vectors(index_name=INDEX, **wrong)
    assert caught.value.id.startswith("MASTRA_VECTOR_CONVEX_DELETE_VECTORS_")
    assert await count(vectors) == 4
