"""Native vectors: the npm package reads what we wrote, and we what it wrote.

Once with our functions deployed, and once with only those of the npm package.
"""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, ConvexNativeVector, MastraError, VectorMatch
from mastra.memory import OURS
from mastra.native import INDEXES
from mastra.npm import NpmError
from mastra.pair import PLAIN, Json, Pair, plain, refused

# What differs is on the wire, whichever event loop waits for it.
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

EAST, NORTH, WEST = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]
TEAS: list[Json] = [
    {"kind": "tea", "price": 30},
    {"kind": "tea", "price": 5.5, "sold": False},
    {"price": None},
]


@pytest.fixture
def ours(pair: Pair) -> ConvexNativeVector:
    """Our side, on the deployment of the pair."""
    return ConvexNativeVector(id="interop", indexes=INDEXES, client=pair.writer.client)


def theirs(matches: list[VectorMatch]) -> list[Json]:
    """Matches of ours as the npm package gives them."""
    return [
        {
            "id": match.id,
            "score": match.score,
            **({} if match.metadata is None else {"metadata": match.metadata}),
            **({} if match.vector is None else {"vector": match.vector.tolist()}),
        }
        for match in matches
    ]


async def same(pair: Pair, ours: ConvexNativeVector, index: str, **query: Any) -> list[VectorMatch]:
    """Search on both sides, which must find the same, and return it."""
    found = await ours.query(index_name=index, query_vector=EAST, **query)
    names = {"top_k": "topK", "include_vector": "includeVector", "filter": "filter"}
    args = {names[name]: value for name, value in query.items()}
    seen = await pair.npm.native_vectors("query", {"indexName": index, "queryVector": EAST, **args})
    assert seen == theirs(found)
    return found


@plain
async def test_a_vector_of_theirs_is_ours(
    pair: Pair, ours: ConvexNativeVector, value: Json
) -> None:
    row = {"ids": ["a"], "vectors": [[0.25, -3, 1e-9]], "metadata": [value]}
    await pair.npm.native_vectors("upsert", {"indexName": "docs", **row})
    [match] = await same(pair, ours, "docs", include_vector=True)
    assert (match.id, match.metadata) == ("a", value)
    assert match.vector is not None
    assert match.vector.tolist() == [0.25, -3, 1e-9]


@plain
async def test_a_vector_of_ours_is_theirs(
    pair: Pair, ours: ConvexNativeVector, value: Json
) -> None:
    await ours.upsert(index_name="docs", ids=["a"], vectors=[[0.25, -3, 1e-9]], metadata=[value])
    [match] = await pair.npm.native_vectors(
        "query", {"indexName": "docs", "queryVector": EAST, "includeVector": True}
    )
    assert (match["id"], match["metadata"], match["vector"]) == ("a", value, [0.25, -3, 1e-9])


@OURS
@refused
async def test_metadata_that_theirs_cannot_store_are_text_to_them(
    pair: Pair, ours: ConvexNativeVector, value: Json
) -> None:
    await ours.upsert(index_name="docs", ids=["a"], vectors=[EAST], metadata=[value])
    [match] = await pair.npm.native_vectors("query", {"indexName": "docs", "queryVector": EAST})
    assert isinstance(match["metadata"], str)
    change = {"indexName": "docs", "id": "a", "update": {"metadata": {"added": 1}}}
    await pair.npm.native_vectors("updateVector", change)
    [ours_again] = await ours.query(index_name="docs", query_vector=EAST)
    assert ours_again.metadata == {**value, "added": 1}


async def test_both_find_the_same_in_the_same_order(pair: Pair, ours: ConvexNativeVector) -> None:
    for n in range(20):
        row: Json = {"ids": [f"{n:02}"], "vectors": [[1, n / 10, 0]], "metadata": [{"n": n}]}
        if n % 2:
            await pair.npm.native_vectors("upsert", {"indexName": "docs", **row})
        else:
            await ours.upsert(index_name="docs", **row)
    found = await same(pair, ours, "docs", top_k=15)
    assert [match.id for match in found] == [f"{n:02}" for n in range(15)]
    assert len(await same(pair, ours, "docs")) == 10
    assert len(await same(pair, ours, "docs", top_k=256)) == 20


@pytest.mark.parametrize(
    "filter_",
    [
        {"kind": "tea"},
        {"price": 5.5},
        {"price": {"$eq": 30}},
        {"price": None},
        {"sold": False},
        {"metadata": {"kind": "tea"}},
        {},
    ],
)
async def test_both_filter_what_either_stored(
    pair: Pair, ours: ConvexNativeVector, filter_: Json
) -> None:
    vectors = [EAST, NORTH, WEST]
    await ours.upsert(index_name="products", ids=["a", "b", "c"], vectors=vectors, metadata=TEAS)
    row = {"ids": ["d", "e", "f"], "vectors": vectors, "metadata": TEAS}
    await pair.npm.native_vectors("upsert", {"indexName": "products", **row})
    found = await same(pair, ours, "products", filter=filter_)
    assert len(found) in {2, 4, 6}


async def test_neither_can_send_their_or_filter(pair: Pair, ours: ConvexNativeVector) -> None:
    """Their `$or` is no name for Convex; ours travels under another, to our functions only."""
    await ours.upsert(index_name="products", ids=["a"], vectors=[EAST], metadata=[TEAS[0]])
    either = {"$or": [{"kind": "tea"}, {"price": 1}]}
    with pytest.raises(NpmError, match=r"\$or"):
        await pair.npm.native_vectors(
            "query", {"indexName": "products", "queryVector": EAST, "filter": either}
        )
    try:
        found = await ours.query(index_name="products", query_vector=EAST, filter=either)
    except MastraError as error:
        assert error.id.endswith("_NOT_SUPPORTED")
        assert not (await pair.writer.client.find_capabilities()).typed
    else:
        assert [match.id for match in found] == ["a"]


async def test_each_replaces_the_others_vector(pair: Pair, ours: ConvexNativeVector) -> None:
    await ours.upsert(
        index_name="products", ids=["a", "b"], vectors=[EAST, EAST], metadata=TEAS[:2]
    )
    row = {"ids": ["a"], "vectors": [NORTH], "metadata": [{"price": 1}]}
    await pair.npm.native_vectors("upsert", {"indexName": "products", **row})
    assert [m.id for m in await same(pair, ours, "products", filter={"kind": "tea"})] == ["b"]
    [a] = await same(pair, ours, "products", filter={"price": 1}, include_vector=True)
    assert a.metadata == {"price": 1}
    assert a.vector is not None
    assert a.vector.tolist() == NORTH
    await ours.upsert(index_name="products", ids=["a"], vectors=[EAST], metadata=[TEAS[0]])
    assert len(await same(pair, ours, "products", filter={"kind": "tea"})) == 2


async def test_each_keeps_the_others_metadata(pair: Pair, ours: ConvexNativeVector) -> None:
    """Where metadata are left out, those that are stored stay, with their columns."""
    row = {"ids": ["a"], "vectors": [EAST], "metadata": [TEAS[0]]}
    await pair.npm.native_vectors("upsert", {"indexName": "products", **row})
    await ours.upsert(index_name="products", ids=["a"], vectors=[NORTH])
    [a] = await same(pair, ours, "products", filter={"price": 30}, include_vector=True)
    assert (a.metadata, a.score) == (TEAS[0], 0)
    again = {"indexName": "products", "ids": ["a"], "vectors": [EAST]}
    await pair.npm.native_vectors("upsert", again)
    [a] = await same(pair, ours, "products", filter={"kind": "tea"})
    assert (a.metadata, a.score) == (TEAS[0], 1)


async def test_each_merges_into_the_others_metadata(pair: Pair, ours: ConvexNativeVector) -> None:
    row = {"ids": ["a"], "vectors": [EAST], "metadata": [TEAS[0]]}
    await pair.npm.native_vectors("upsert", {"indexName": "products", **row})
    await ours.update_vector(index_name="products", id="a", metadata={"price": 31, "x": {"y": 1}})
    change = {"metadata": {"x": {"z": 2}, "sold": True}, "vector": NORTH}
    await pair.npm.native_vectors(
        "updateVector", {"indexName": "products", "id": "a", "update": change}
    )
    [a] = await same(pair, ours, "products", filter={"sold": True}, include_vector=True)
    assert a.metadata == {"kind": "tea", "price": 31, "x": {"z": 2}, "sold": True}
    assert [m.id for m in await same(pair, ours, "products", filter={"price": 31})] == ["a"]


async def test_what_one_deletes_is_gone_for_the_other(pair: Pair, ours: ConvexNativeVector) -> None:
    await ours.upsert(index_name="docs", ids=["a", "b", "c", "d"], vectors=[EAST] * 4)
    await pair.npm.native_vectors("deleteVector", {"indexName": "docs", "id": "a"})
    await ours.delete_vector(index_name="docs", id="b")
    assert [m.id for m in await same(pair, ours, "docs")] == ["c", "d"]
    await pair.npm.native_vectors("deleteVectors", {"indexName": "docs", "ids": ["c", "no"]})
    await ours.delete_vectors(index_name="docs", ids=["d", "a"])
    assert await same(pair, ours, "docs") == []


async def test_both_tell_the_same_of_indexes(pair: Pair, ours: ConvexNativeVector) -> None:
    await ours.upsert(index_name="docs", vectors=[EAST] * 3)
    assert await pair.npm.native_vectors("listIndexes") == await ours.list_indexes()
    for name in ("docs", "products", "wide"):
        index = await ours.describe_index(index_name=name)
        seen = await pair.npm.native_vectors("describeIndex", {"indexName": name})
        assert seen == {"dimension": index.dimension, "count": index.count, "metric": "cosine"}


async def test_batches_of_theirs_are_ours(pair: Pair, ours: ConvexNativeVector) -> None:
    ids = [f"{n:03}" for n in range(230)]
    vectors = [[1, n / 100, 0] for n in range(230)]
    made = await pair.npm.native_vectors(
        "upsert", {"indexName": "docs", "ids": ids, "vectors": vectors}
    )
    assert made == ids
    found = await ours.query(index_name="docs", query_vector=EAST, top_k=256)
    assert [match.id for match in found] == ids
    made = await pair.npm.native_vectors("upsert", {"indexName": "docs", "vectors": [WEST]})
    assert [m.id for m in await ours.query(index_name="docs", query_vector=WEST, top_k=1)] == made


@OURS
async def test_what_theirs_does_not_check_our_functions_do(
    pair: Pair, ours: ConvexNativeVector
) -> None:
    """Convex would store a vector of another length, and never find it."""
    row = {"indexName": "docs", "ids": ["a"], "vectors": [[1, 0]], "metadata": [PLAIN["flat"]]}
    with pytest.raises(NpmError, match="has 2 dimensions; the index has 3"):
        await pair.npm.native_vectors("upsert", row)
    with pytest.raises(NpmError, match="has 4 dimensions; the index has 3"):
        await pair.npm.native_vectors("query", {"indexName": "docs", "queryVector": [1, 0, 0, 0]})
    assert (await ours.describe_index(index_name="docs")).count == 0


@OURS
async def test_behind_the_guard_theirs_take_the_internal_twins(
    pair: Pair, ours: ConvexNativeVector, our_writer: LocalDeployment
) -> None:
    admin = evolve(pair.npm, handler="mastra/storage:handleAsAdmin")
    row = {"indexName": "products", "ids": ["a"], "vectors": [EAST], "metadata": [TEAS[0]]}
    query = {"indexName": "products", "queryVector": EAST, "filter": {"kind": "tea"}}
    await our_writer.set_env(MASTRA_ACCESS_SECRET="s3cret")
    try:
        for npm_call in (("upsert", row), ("query", query), ("describeIndex", query)):
            with pytest.raises(NpmError, match="AccessDenied"):
                await pair.npm.native_vectors(*npm_call)
        for our_call in (
            lambda: ours.query(index_name="docs", query_vector=EAST),
            lambda: ours.describe_index(index_name="docs"),
            lambda: ours.delete_vector(index_name="docs", id="a"),
        ):
            with pytest.raises(MastraError, match="may not use") as caught:
                await our_call()
            assert caught.value.id.endswith("_ACCESS_DENIED")
        await admin.native_vectors("upsert", row)
        [theirs] = await admin.native_vectors("query", query)
        async with ConvexAdminClient(deployment_url=our_writer.url, secret="s3cret") as client:
            known = ConvexNativeVector(id="known", indexes=INDEXES, client=client)
            [match] = await known.query(
                index_name="products", query_vector=EAST, filter={"kind": "tea"}
            )
        assert match.id == theirs["id"] == "a"
    finally:
        await our_writer.set_env(MASTRA_ACCESS_SECRET=None)
