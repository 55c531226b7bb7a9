"""Exact vector search (R-60, R-61)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from functions.mastra import INDEXES, Mastra, ids, refused, vector_index

pytestmark = pytest.mark.anyio


async def fill(mastra: Mastra, index: str, dimension: int, **vectors: list[float]) -> None:
    await mastra.insert(INDEXES, vector_index(index, dimension))
    records = [{"id": id_, "embedding": vector} for id_, vector in vectors.items()]
    await mastra.insert(f"mastra_vector_{index}", *records)


async def search(mastra: Mastra, vector: list[float], **args: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await mastra.query(
        "vectorSearch", indexName="docs", queryVector=vector, **args
    )
    return found


async def test_r60_neighbours_come_best_first_with_cosine_scores(mastra: Mastra) -> None:
    await fill(mastra, "docs", 2, east=[3, 0], north=[0, 2], west=[-1, 0], northeast=[1, 1])
    found = await search(mastra, [10, 0])
    assert ids(found) == ["east", "northeast", "north", "west"]
    scores = [neighbour["score"] for neighbour in found]
    assert scores == pytest.approx([1, math.sqrt(0.5), 0, -1])
    assert all(set(neighbour) == {"id", "score", "metadata"} for neighbour in found)


async def test_r60_neighbours_equal_a_full_comparison(mastra: Mastra) -> None:
    vectors = np.random.default_rng(7).normal(size=(400, 24))
    await fill(mastra, "docs", 24, **{f"{n:03}": row.tolist() for n, row in enumerate(vectors)})
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for target in (0, 123, 399):
        scores = unit @ unit[target]
        best = np.argsort(-scores)[:20]
        found = await search(mastra, vectors[target].tolist(), topK=20)
        assert ids(found) == [f"{n:03}" for n in best]
        assert [n["score"] for n in found] == pytest.approx(scores[best].tolist())


async def test_r60_metadata_and_vector(mastra: Mastra) -> None:
    await mastra.insert(INDEXES, vector_index("docs", 2))
    await mastra.insert(
        "mastra_vector_docs",
        {"id": "a", "embedding": [1, 0], "metadata": {"page": 3}},
        {"id": "b", "embedding": [1, 0.5]},
    )
    [a, b] = await search(mastra, [1, 0], includeVector=True)
    assert (a["metadata"], a["vector"]) == ({"page": 3}, [1, 0])
    assert (b["metadata"], b["vector"]) == (None, [1, 0.5])


async def test_top_k_is_10_unless_told_and_ties_are_by_id(mastra: Mastra) -> None:
    names = [f"{n:02}" for n in reversed(range(12))]
    await fill(mastra, "docs", 2, **{name: [1.0, 1.0] for name in names})
    assert ids(await search(mastra, [1, 1])) == sorted(names)[:10]
    assert ids(await search(mastra, [1, 1], topK=256)) == sorted(names)


async def test_a_search_keeps_to_its_index(mastra: Mastra) -> None:
    await fill(mastra, "docs", 2, mine=[1, 0])
    await fill(mastra, "other", 2, theirs=[1, 0])
    await fill(mastra, "empty", 2)
    assert ids(await search(mastra, [1, 0])) == ["mine"]
    assert await mastra.query("vectorSearch", indexName="empty", queryVector=[1, 0]) == []


@pytest.mark.parametrize("scale", [1e-200, 1e200])
async def test_scores_survive_extreme_lengths(mastra: Mastra, scale: float) -> None:
    await fill(mastra, "docs", 2, a=[scale, 0], b=[scale, scale])
    found = await search(mastra, [scale, 0])
    assert [n["score"] for n in found] == pytest.approx([1, math.sqrt(0.5)])


async def test_a_zero_vector_is_no_ones_neighbour(mastra: Mastra) -> None:
    await fill(mastra, "docs", 2, zero=[0, 0], far=[-1, 0.1])
    assert ids(await search(mastra, [1, 0])) == ["far", "zero"]
    assert [n["score"] for n in await search(mastra, [0, 0])] == [-1, -1]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"indexName": "?"}, "VectorIndexNotFound"),
        ({"queryVector": [1, 2, 3]}, "VectorDimensionMismatch"),
        ({"queryVector": []}, "VectorDimensionMismatch"),
        ({"queryVector": [1, math.nan]}, "InvalidVector"),
        ({"queryVector": [1, -math.inf]}, "InvalidVector"),
        ({"topK": 0}, "InvalidTopK"),
        ({"topK": 257}, "InvalidTopK"),
        ({"topK": 1.5}, "InvalidTopK"),
        ({"topK": math.nan}, "InvalidTopK"),
    ],
)
async def test_a_search_that_has_no_answer_is_refused(
    mastra: Mastra, args: dict[str, Any], code: str
) -> None:
    await fill(mastra, "docs", 2, a=[1, 0])
    with refused(code):
        await mastra.query("vectorSearch", **{"indexName": "docs", "queryVector": [1, 0], **args})


async def test_a_vector_of_another_dimension_is_not_passed_over(mastra: Mastra) -> None:
    # Stored before the index existed, so that nothing checked it.
    await mastra.insert("mastra_vector_docs", {"id": "odd", "embedding": [1, 2, 3]})
    await fill(mastra, "docs", 2, a=[1, 0])
    with refused("VectorDimensionMismatch"):
        await search(mastra, [1, 0])


async def test_r61_an_index_beyond_the_read_limit_is_refused_not_cut(mastra: Mastra) -> None:
    dimension = 4096
    await fill(mastra, "docs", dimension)
    vector = [1.0] * dimension
    for start in range(0, 340, 85):
        rows = [{"id": f"{n}", "embedding": vector} for n in range(start, start + 85)]
        await mastra.insert("mastra_vector_docs", *rows)
    assert len(await search(mastra, vector, topK=256)) == 256
    await mastra.insert(
        "mastra_vector_docs", {"id": "last", "embedding": vector, "metadata": "x" * 50_000}
    )
    with refused("VectorIndexTooLarge"):
        await search(mastra, vector)
