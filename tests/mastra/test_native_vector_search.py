"""`ConvexVector.search`: Convex's own search where the table has an index for it, exact elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aioconvex.mastra import ConvexAdminClient, ConvexVector, MastraError
from mastra.memory import OURS

# Both loops are tested with `ConvexNativeVector`, which asks the same way.
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

NATIVE = 1536  # what the schema's `mastra_vectors` has an index for
ROWS = np.random.default_rng(11).normal(size=(20, NATIVE)).astype(np.float32)
IDS = [f"{n:02}" for n in range(20)]


@pytest.fixture
async def vectors(client: ConvexAdminClient) -> ConvexVector:
    """Two indexes of one dimension, and one of another."""
    vectors = ConvexVector(id="t", client=client)
    for name in ("docs", "others", "empty"):
        await vectors.create_index(index_name=name, dimension=NATIVE)
    await vectors.create_index(index_name="small", dimension=3)
    metadata = [{"n": n, "odd": {"$n": n}} for n in range(20)]
    await vectors.upsert(index_name="docs", ids=IDS, vectors=ROWS, metadata=metadata)
    await vectors.upsert(index_name="others", ids=IDS[:3], vectors=ROWS[:3])
    await vectors.upsert(index_name="small", ids=["a", "b"], vectors=[[1, 0, 0], [0, 1, 0]])
    return vectors


@OURS
@pytest.mark.parametrize("include_vector", [True, False])
async def test_search_is_native_and_finds_what_query_finds(
    vectors: ConvexVector, *, include_vector: bool
) -> None:
    query: Any = {
        "index_name": "docs",
        "query_vector": ROWS[5],
        "top_k": 20,
        "include_vector": include_vector,
    }
    found, expected = await vectors.search(**query), await vectors.query(**query)
    assert found.method == "native"
    assert [match.id for match in found.matches] == [match.id for match in expected]
    for match, other in zip(found.matches, expected, strict=True):
        assert match.score == pytest.approx(other.score, abs=1e-6)
        assert match.metadata == other.metadata
        assert np.array_equal(match.vector, other.vector)  # type: ignore[arg-type]


@OURS
async def test_search_keeps_to_its_index(vectors: ConvexVector) -> None:
    found = await vectors.search(index_name="others", query_vector=ROWS[5], top_k=256)
    assert (found.method, {match.id for match in found.matches}) == ("native", set(IDS[:3]))
    assert found.matches[0].metadata is None
    found = await vectors.search(index_name="empty", query_vector=ROWS[5])
    assert (found.method, found.matches) == ("native", [])


@OURS
@pytest.mark.parametrize(
    "args",
    [
        {"top_k": 257},
        {"filter": {"n": {"$lt": 7}}},
        {"filter": {"n": 3}},
        {"index_name": "small", "query_vector": [1, 0, 0]},
    ],
)
async def test_search_is_exact_where_convex_cannot(
    vectors: ConvexVector, args: dict[str, Any]
) -> None:
    query: Any = {"index_name": "docs", "query_vector": ROWS[5], **args}
    found = await vectors.search(**query)
    assert found.method == "exact"
    assert found.matches == await vectors.query(**query) != []


@pytest.mark.parametrize("functions", ["published"])
async def test_search_is_exact_with_the_npm_functions(vectors: ConvexVector) -> None:
    found = await vectors.search(index_name="docs", query_vector=ROWS[5], top_k=1)
    assert (found.method, found.matches[0].id) == ("exact", "05")


@OURS
async def test_an_empty_filter_is_none(vectors: ConvexVector) -> None:
    found = await vectors.search(index_name="docs", query_vector=ROWS[5], filter={})
    assert found.method == "native"


@OURS
async def test_what_convex_has_no_index_for_is_asked_once(
    vectors: ConvexVector, client: ConvexAdminClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    call = client.call

    async def counting(kind: Any, path: str, args: Any, **more: Any) -> Any:
        asked.append(path)
        return await call(kind, path, args, **more)

    monkeypatch.setattr(client, "call", counting)
    for _ in range(3):
        found = await vectors.search(index_name="small", query_vector=[1, 0, 0])
        assert found.method == "exact"
    assert asked.count("mastra/vectorSearch:nearest") == 1
    asked.clear()
    assert (await vectors.search(index_name="docs", query_vector=ROWS[0])).method == "native"
    assert asked == ["mastra/vectorSearch:nearest"]


@OURS
@pytest.mark.parametrize(
    ("args", "status"),
    [
        ({"index_name": "none"}, "INDEX_NOT_FOUND"),
        ({"index_name": "small"}, "DIMENSION_MISMATCH"),
        ({"query_vector": [1, 0, 0]}, "DIMENSION_MISMATCH"),
        ({"query_vector": [np.nan] * NATIVE}, "INVALID_VECTOR_VALUE"),
        ({"query_vector": None}, "MISSING_VECTOR"),
        ({"top_k": 0}, "INVALID_TOP_K"),
        ({"top_k": True}, "INVALID_TOP_K"),
    ],
)
async def test_search_refuses_what_query_refuses(
    vectors: ConvexVector, args: dict[str, Any], status: str
) -> None:
    query: Any = {"index_name": "docs", "query_vector": ROWS[0], **args}
    for find in (vectors.search, vectors.query):
        with pytest.raises(MastraError) as caught:
            await find(**query)
        assert caught.value.id.endswith(f"_QUERY_{status}")


@OURS
async def test_what_was_written_a_moment_ago_is_found(vectors: ConvexVector) -> None:
    near = ROWS[5] * 2
    await vectors.upsert(index_name="docs", ids=["new"], vectors=[near])
    await vectors.delete_vector(index_name="docs", id="05")
    found = await vectors.search(index_name="docs", query_vector=ROWS[5], top_k=1)
    assert [match.id for match in found.matches] == ["new"]


@OURS
async def test_a_search_reads_more_than_one_query_can(vectors: ConvexVector) -> None:
    """Twenty such rows are 15 MiB; the action reads them with two queries."""
    metadata = [{"text": "x" * 760_000}] * 20
    await vectors.upsert(index_name="docs", ids=IDS, vectors=ROWS, metadata=metadata)
    found = await vectors.search(index_name="docs", query_vector=ROWS[0], top_k=256)
    assert (found.method, len(found.matches)) == ("native", 20)
