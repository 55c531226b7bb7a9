"""Vectors: the npm package finds what we wrote, and we what it wrote.

Once with our functions deployed, and once with only those of the npm package.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from aioconvex.mastra import ConvexVector, MastraError, VectorIndex
from mastra.npm import NpmError
from mastra.pair import Json, Pair, plain, refused
from mastra.vectors import drawn, found, named

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

INDEX = "pages"
IN_INDEX = {"indexName": INDEX}


async def theirs_found(pair: Pair, vector: list[float], **options: Any) -> list[Json]:
    asked = {**IN_INDEX, "queryVector": vector, "topK": 100, **options}
    matches: list[Json] = await pair.npm.vectors("query", asked)
    return matches


async def ours_found(vectors: ConvexVector, vector: list[float], **options: Any) -> list[str]:
    return found(await vectors.query(index_name=INDEX, query_vector=vector, top_k=100, **options))


async def ours(pair: Pair, dimension: int = 2) -> ConvexVector:
    vectors = pair.vectors()
    await vectors.create_index(index_name=INDEX, dimension=dimension)
    return vectors


async def test_an_index_of_theirs_is_ours(pair: Pair) -> None:
    await pair.npm.vectors("createIndex", {**IN_INDEX, "dimension": 3})
    vectors = pair.vectors()
    assert await vectors.list_indexes() == [INDEX]
    assert await vectors.describe_index(index_name=INDEX) == VectorIndex(dimension=3, count=0)
    await vectors.create_index(index_name=INDEX, dimension=3)
    with pytest.raises(MastraError, match="has 3 dimensions"):
        await vectors.create_index(index_name=INDEX, dimension=2)


async def test_an_index_of_ours_is_theirs(pair: Pair) -> None:
    vectors = await ours(pair, 3)
    await vectors.upsert(index_name=INDEX, vectors=[[1, 2, 3]])
    assert await pair.npm.vectors("listIndexes") == [INDEX]
    described = await pair.npm.vectors("describeIndex", IN_INDEX)
    assert described == {"dimension": 3, "count": 1, "metric": "cosine"}


@plain
async def test_a_vector_of_theirs_is_ours(pair: Pair, value: Json) -> None:
    vectors = await ours(pair)
    request = {**IN_INDEX, "vectors": [[0.1, -2.5]], "ids": ["a"], "metadata": [value]}
    assert await pair.npm.vectors("upsert", request) == ["a"]
    (match,) = await vectors.query(index_name=INDEX, query_vector=[1, 0], include_vector=True)
    assert (match.id, match.metadata) == ("a", value)
    assert match.vector is not None
    assert match.vector.tolist() == [0.1, -2.5]


@plain
async def test_a_vector_of_ours_is_theirs(pair: Pair, value: Json) -> None:
    vectors = await ours(pair)
    await vectors.upsert(index_name=INDEX, vectors=[[0.1, -2.5]], ids=["a"], metadata=[value])
    (match,) = await theirs_found(pair, [0.2, -5.0], includeVector=True)
    assert match["id"] == "a"
    assert match["metadata"] == value
    assert match["vector"] == [0.1, -2.5]
    assert match["score"] == pytest.approx(1)


@refused
async def test_metadata_that_convex_refuses_is_text_to_them_and_whole_to_us(
    pair: Pair, value: Json
) -> None:
    vectors = await ours(pair)
    await vectors.upsert(index_name=INDEX, vectors=[[1, 0]], ids=["a"], metadata=[value])
    (match,) = await vectors.query(index_name=INDEX, query_vector=[1, 0])
    assert match.metadata == value
    assert [row["id"] for row in await theirs_found(pair, [1, 0])] == ["a"]


async def test_vectors_of_float32_are_theirs_to_the_last_bit(pair: Pair) -> None:
    vectors = await ours(pair, 16)
    matrix = drawn(20, 16)
    await vectors.upsert(index_name=INDEX, vectors=matrix, ids=named(20))
    matches = await theirs_found(pair, matrix[3].tolist(), includeVector=True)
    stored = {match["id"]: match["vector"] for match in matches}
    assert [stored[id_] for id_ in named(20)] == matrix.astype(float).tolist()


async def test_both_rank_alike(pair: Pair) -> None:
    vectors = await ours(pair, 8)
    matrix = drawn(60, 8)
    for start in range(0, 60, 20):
        rows, ids = matrix[start : start + 20], named(60)[start : start + 20]
        if start == 20:
            await pair.npm.vectors("upsert", {**IN_INDEX, "vectors": rows.tolist(), "ids": ids})
        else:
            await vectors.upsert(index_name=INDEX, vectors=rows, ids=ids)
    for vector in drawn(5, 8, seed=2):
        theirs = await theirs_found(pair, vector.tolist(), topK=12)
        matches = await vectors.query(index_name=INDEX, query_vector=vector, top_k=12)
        assert found(matches) == [match["id"] for match in theirs]
        assert [match.score for match in matches] == pytest.approx(
            [match["score"] for match in theirs], abs=1e-12
        )


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"side": "e"}, ["a", "b"]),
        ({"metadata": {"side": "e"}}, ["a", "b"]),
        ({"n": {"$gte": 1}}, ["b", "c"]),
        ({"n": {"$in": [0, 2]}}, ["a", "c"]),
        ({"side": {"$nin": ["e"]}}, ["c"]),
        ({"side": {"$ne": "w"}}, ["a", "b"]),
        ({"$and": [{"side": "e"}, {"n": {"$lt": 1}}]}, ["a"]),
        ({"$or": [{"n": 0}, {"side": "w"}]}, ["a", "c"]),
        ({"metadata": {"metadata": "x"}}, ["b"]),
        ({"metadata": {"metadata.n": 2}}, ["a"]),
    ],
)
async def test_filters_that_both_have_mean_the_same(
    pair: Pair, filter_: Json, expected: list[str]
) -> None:
    vectors = await ours(pair)
    metadata = [
        {"side": "e", "n": 0, "metadata.n": 2},
        {"side": "e", "n": 1, "metadata": "x"},
        {"side": "w", "n": 2},
    ]
    await vectors.upsert(
        index_name=INDEX, vectors=[[1, 0], [1, 1], [0, 1]], ids=["a", "b", "c"], metadata=metadata
    )
    assert await ours_found(vectors, [1, 0], filter=filter_) == expected
    theirs = await theirs_found(pair, [1, 0], filter=filter_)
    assert [match["id"] for match in theirs] == expected


async def test_what_they_store_again_is_new_to_us_at_once(pair: Pair) -> None:
    vectors = await ours(pair)
    await vectors.upsert(
        index_name=INDEX, vectors=[[1, 0], [0, 1]], ids=["a", "b"], metadata=[{"v": 1}, {"v": 1}]
    )
    assert await ours_found(vectors, [1, 0]) == ["a", "b"]
    request = {**IN_INDEX, "vectors": [[0, -1], [2, 0]], "ids": ["a", "c"]}
    await pair.npm.vectors("upsert", {**request, "metadata": [{"v": 2}, {"v": 2}]})
    assert await ours_found(vectors, [1, 0]) == ["c", "a", "b"]
    assert await ours_found(vectors, [1, 0], filter={"v": 2}) == ["c", "a"]


async def test_what_they_update_or_delete_is_so_for_us_at_once(pair: Pair) -> None:
    vectors = await ours(pair)
    await vectors.upsert(
        index_name=INDEX,
        vectors=[[1, 0], [0, 1], [-1, 0]],
        ids=["a", "b", "c"],
        metadata=[{"n": 1}, {"n": 2}, {"n": 3}],
    )
    assert await ours_found(vectors, [1, 0]) == ["a", "b", "c"]
    change = {"vector": [-2, 0], "metadata": {"x": "ü"}}
    await pair.npm.vectors("updateVector", {**IN_INDEX, "id": "a", "update": change})
    first, *_ = await vectors.query(index_name=INDEX, query_vector=[-1, 0])
    assert (first.id, first.metadata) == ("a", {"n": 1, "x": "ü"})
    await pair.npm.vectors("deleteVector", {**IN_INDEX, "id": "a"})
    assert await ours_found(vectors, [1, 0]) == ["b", "c"]
    await pair.npm.vectors("deleteVectors", {**IN_INDEX, "filter": {"n": 3}})
    assert await ours_found(vectors, [1, 0]) == ["b"]
    await pair.npm.vectors("truncateIndex", IN_INDEX)
    assert await ours_found(vectors, [1, 0]) == []


async def test_what_we_update_or_delete_is_so_for_them(pair: Pair) -> None:
    vectors = await ours(pair)
    request = {**IN_INDEX, "vectors": [[1, 0], [0, 1], [-1, 0]], "ids": ["a", "b", "c"]}
    await pair.npm.vectors("upsert", {**request, "metadata": [{"n": n} for n in range(3)]})
    await vectors.update_vector(index_name=INDEX, filter={"n": 0}, metadata={"x": [1]})
    await vectors.update_vector(index_name=INDEX, id="b", vector=[5, 5])
    matches = {match["id"]: match for match in await theirs_found(pair, [1, 1])}
    assert matches["a"]["metadata"] == {"n": 0, "x": [1]}
    assert matches["b"]["score"] == pytest.approx(1)
    await vectors.delete_vectors(index_name=INDEX, filter={"n": {"$gte": 1}})
    assert [match["id"] for match in await theirs_found(pair, [1, 1])] == ["a"]
    await vectors.truncate_index(index_name=INDEX)
    assert await theirs_found(pair, [1, 1]) == []


async def test_an_index_that_one_deletes_is_gone_for_the_other(pair: Pair) -> None:
    vectors = await ours(pair)
    await vectors.upsert(index_name=INDEX, vectors=np.ones((60, 2)))
    await pair.npm.vectors("deleteIndex", IN_INDEX)
    assert await vectors.list_indexes() == []
    with pytest.raises(MastraError, match="Index pages not found"):
        await vectors.query(index_name=INDEX, query_vector=[1, 0])
    await pair.npm.vectors("createIndex", {**IN_INDEX, "dimension": 2})
    assert await ours_found(vectors, [1, 0]) == []
    await vectors.delete_index(index_name=INDEX)
    with pytest.raises(NpmError, match="Index pages not found"):
        await pair.npm.vectors("describeIndex", IN_INDEX)


async def test_their_vectors_without_metadata_are_ours(pair: Pair) -> None:
    vectors = await ours(pair)
    (id_,) = await pair.npm.vectors("upsert", {**IN_INDEX, "vectors": [[1, 0]]})
    (match,) = await vectors.query(index_name=INDEX, query_vector=[1, 0])
    assert (match.id, match.metadata, match.score) == (id_, None, 1)


async def test_vectors_of_a_wrong_dimension_are_as_far_away_as_can_be(pair: Pair) -> None:
    vectors = pair.vectors()
    # The npm package stores vectors of any length, if they come before their index.
    request = {**IN_INDEX, "vectors": [[1, 0], [1, 0, 0]], "ids": ["a", "long"]}
    await pair.npm.vectors("upsert", request)
    await vectors.create_index(index_name=INDEX, dimension=2)
    first, last = await vectors.query(index_name=INDEX, query_vector=[-1, 0.1], include_vector=True)
    assert (first.id, last.id, last.score) == ("a", "long", -1)
    assert last.vector is not None
    assert last.vector.tolist() == [1, 0, 0]
    assert -1 < first.score < 0
    theirs = {match["id"]: match["score"] for match in await theirs_found(pair, [-1, 0.1])}
    assert theirs["long"] == -1
    assert math.isclose(theirs["a"], first.score)


async def test_unreadable_metadata_is_text_that_passes_no_filter(pair: Pair) -> None:
    vectors = await ours(pair)
    row = {"indexName": INDEX, "id": "a", "embedding": [1.0, 0.0], "metadata": "{no json"}
    await pair.writer.insert("mastra_vectors", row)
    (match,) = await vectors.query(index_name=INDEX, query_vector=[1, 0])
    assert match.metadata == "{no json"
    assert await ours_found(vectors, [1, 0], filter={"n": {"$ne": 1}}) == []
