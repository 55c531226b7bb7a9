"""The storage handler on vector indexes and their vectors (§3.4)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from functions.mastra import INDEXES, Mastra, Row, ids, own, refused, vector_index

pytestmark = pytest.mark.anyio

DOCS = "mastra_vector_docs"
OTHER = "mastra_vector_other"


def vector(id_: str, *embedding: float, **columns: object) -> Row:
    return {"id": id_, "embedding": list(embedding or (1.0, 0.0)), **columns}


def stored(id_: str, *embedding: float, index: str = "docs", **columns: object) -> Row:
    return {"indexName": index, **vector(id_, *embedding, **columns)}


async def test_the_same_id_replaces_vector_and_metadata(mastra: Mastra) -> None:
    assert await mastra.handle("insert", DOCS, record=vector("a", metadata={"n": 1})) == {
        "ok": True
    }
    await mastra.insert(DOCS, vector("a", 0, 1), vector("b", metadata={"n": 2}))
    assert await mastra.rows(DOCS) == [stored("a", 0, 1), stored("b", metadata={"n": 2})]


async def test_only_embedding_and_metadata_are_stored(mastra: Mastra) -> None:
    await mastra.insert(DOCS, vector("a", indexName="other", createdAt="now"))
    assert await mastra.rows(DOCS) == [stored("a")]


async def test_patch_keeps_the_rest_and_the_identity(mastra: Mastra) -> None:
    await mastra.insert(DOCS, vector("a", metadata={"n": 1}))
    change = {"id": "x", "indexName": "other", "embedding": [0, 1]}
    assert await mastra.result("patch", DOCS, id="a", record=change) is True
    assert await mastra.result("patch", DOCS, id="x", record=change) is False
    assert await mastra.rows(DOCS) == [stored("a", 0, 1, metadata={"n": 1})]


async def test_every_operation_keeps_to_its_index(mastra: Mastra) -> None:
    await mastra.insert(DOCS, vector("a"), vector("b"))
    await mastra.insert(OTHER, vector("a", 0, 1))
    assert own(await mastra.result("load", DOCS, keys={"id": "a"})) == stored("a")
    assert await mastra.result("load", OTHER, keys={"id": "b"}) is None
    assert ids(await mastra.result("loadMany", OTHER, ids=["b", "a"])) == ["a"]
    await mastra.result("patch", OTHER, id="a", record={"metadata": 1})
    await mastra.result("deleteMany", DOCS, ids=["a"])
    assert await mastra.rows(DOCS) == [stored("b")]
    assert await mastra.handle("clearTable", DOCS) == {"ok": True, "hasMore": False}
    assert await mastra.rows(DOCS) == []
    assert await mastra.rows(OTHER) == [stored("a", 0, 1, index="other", metadata=1)]


async def test_clearing_removes_25_vectors_a_call(mastra: Mastra) -> None:
    await mastra.insert(DOCS, *(vector(f"{n}") for n in range(30)))
    await mastra.insert(OTHER, vector("a"))
    assert (await mastra.handle("dropTable", DOCS))["hasMore"] is True
    assert len(await mastra.rows(DOCS)) == 5
    assert (await mastra.handle("dropTable", DOCS))["hasMore"] is False
    assert (await mastra.rows(DOCS), len(await mastra.rows(OTHER))) == ([], 1)


async def test_pages_visit_every_vector_once(mastra: Mastra) -> None:
    await mastra.insert(DOCS, *(vector(f"{n:03}") for n in range(100)))
    await mastra.insert(OTHER, vector("a"))
    cursor, more, seen = None, True, []
    while more:
        answer = await mastra.handle("queryTable", DOCS, pageSize=32, cursor=cursor)
        seen += ids(answer["result"])
        more, cursor = answer["hasMore"], answer["continuationCursor"]
    assert seen == [f"{n:03}" for n in range(100)]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (vector("z", 1, 2, 3), "VectorDimensionMismatch"),
        (vector("z", math.nan, 1), "InvalidVector"),
        (vector("z", 1, math.inf), "InvalidVector"),
        ({"id": "z"}, "InvalidRecord"),
        ({"id": "z", "embedding": None}, "InvalidRecord"),
        ({"id": "z", "embedding": [1, "2"]}, "InvalidRecord"),
        ({"embedding": [1, 0]}, "InvalidRecord"),
    ],
)
async def test_a_batch_with_one_bad_vector_stores_nothing(
    mastra: Mastra, bad: Row, code: str
) -> None:
    await mastra.insert(INDEXES, vector_index("docs", 2))
    with refused(code):
        await mastra.handle("batchInsert", DOCS, records=[vector("a"), bad])
    assert await mastra.rows(DOCS) == []


@pytest.mark.parametrize(
    ("embedding", "code"),
    [([1, 2, 3], "VectorDimensionMismatch"), ([math.nan, 1], "InvalidVector")],
)
async def test_a_patched_vector_is_checked_too(
    mastra: Mastra, embedding: list[float], code: str
) -> None:
    await mastra.insert(INDEXES, vector_index("docs", 2))
    await mastra.insert(DOCS, vector("a"))
    with refused(code):
        await mastra.handle("patch", DOCS, id="a", record={"embedding": embedding})
    assert await mastra.rows(DOCS) == [stored("a")]


async def test_an_index_keeps_its_dimension(mastra: Mastra) -> None:
    await mastra.insert(INDEXES, vector_index("docs", 2))
    await mastra.insert(INDEXES, vector_index("docs", 2))
    requests: list[tuple[str, Row]] = [
        ("insert", {"record": vector_index("docs", 3)}),
        ("patch", {"id": "docs", "record": {"dimension": 3}}),
    ]
    for op, fields in requests:
        with refused("VectorDimensionMismatch"):
            await mastra.handle(op, INDEXES, **fields)
    assert await mastra.rows(INDEXES) == [vector_index("docs", 2)]
    await mastra.result("deleteMany", INDEXES, ids=["docs"])
    await mastra.insert(INDEXES, vector_index("docs", 3))


@pytest.mark.parametrize(
    "record",
    [
        vector_index("docs", 0),
        vector_index("docs", 1.5),
        vector_index("docs", math.nan),
        vector_index("indexes", 2),
        {**vector_index("docs", 2), "indexName": "other"},
    ],
)
async def test_an_index_that_cannot_work_is_refused(mastra: Mastra, record: dict[str, Any]) -> None:
    with refused("InvalidRecord"):
        await mastra.handle("insert", INDEXES, record=record)
