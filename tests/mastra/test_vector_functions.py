"""What the server functions of vectors refuse and promise by themselves, whoever calls them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aioconvex.mastra import ConvexAdminClient, MastraError

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("anyio_backend", ["asyncio"]),
    pytest.mark.parametrize("functions", ["ours"]),
]

INDEX = "pages"
NAMED = {"indexName": INDEX}


def sent(*vectors: list[float], bits: int = 64) -> dict[str, Any]:
    numbers = np.array(vectors, dtype=f"<f{bits // 8}")
    return {"embeddings": numbers.tobytes(), "bits": bits}


async def call(client: ConvexAdminClient, name: str, **args: Any) -> Any:
    path = f"mastra/vectorIndexes:{name}"
    kind: Any = "query" if name in {"list", "state", "count", "page"} else "mutation"
    known = {} if name == "list" else NAMED
    return await client.call(kind, path, {**known, **args})


@pytest.fixture
async def index(client: ConvexAdminClient) -> ConvexAdminClient:
    """A client of a deployment that has an index of two dimensions and one vector."""
    await call(client, "create", dimension=2.0)
    await call(client, "upsert", ids=["a"], **sent([1, 0]), metadata='[{"n": 1}]')
    return client


@pytest.mark.parametrize(
    ("name", "wrong", "code"),
    [
        ("create", {"dimension": 0.0}, "InvalidRecord"),
        ("create", {"dimension": 1.5}, "InvalidRecord"),
        ("create", {"dimension": 3.0}, "VectorDimensionMismatch"),
        ("create", {"indexName": "indexes", "dimension": 2.0}, "InvalidRecord"),
        ("upsert", {"indexName": "x", "ids": ["b"], **sent([1, 0])}, "VectorIndexNotFound"),
        ("upsert", {"ids": ["b"], **sent([1, 0, 0])}, "VectorDimensionMismatch"),
        ("upsert", {"ids": ["b", "c"], **sent([1, 0])}, "VectorDimensionMismatch"),
        # As many bytes as one vector of floats of the other length has.
        ("upsert", {"ids": ["b"], **sent([1, 0, 0, 0], bits=32), "bits": 32.0}, "VectorDimensionMismatch"),
        ("upsert", {"ids": ["b"], "embeddings": b"123", "bits": 32.0}, "VectorDimensionMismatch"),
        ("upsert", {"ids": ["b"], **sent([1, np.nan])}, "InvalidVector"),
        ("upsert", {"ids": ["b"], **sent([1, -np.inf])}, "InvalidVector"),
        ("upsert", {"ids": ["b"], **sent([1, 0]), "metadata": "[]"}, "InvalidRequest"),
        ("upsert", {"ids": ["b"], **sent([1, 0]), "metadata": "{}"}, "InvalidRequest"),
        ("upsert", {"ids": ["b"], **sent([1, 0]), "metadata": "[5]"}, "InvalidRequest"),
        ("upsert", {"ids": ["b"], **sent([1, 0]), "metadata": "[[]]"}, "InvalidRequest"),
        ("upsert", {"ids": ["b"], **sent([1, 0]), "metadata": "[no"}, "InvalidRequest"),
        ("upsert", {"ids": ["b", ""], **sent([1, 0], [1, 0])}, "InvalidRecord"),
        ("update", {"indexName": "x", "ids": ["a"], "metadata": "{}"}, "VectorIndexNotFound"),
        ("update", {"ids": ["a"], "embedding": b"123"}, "VectorDimensionMismatch"),
        ("update", {"ids": ["a"], "metadata": "[]"}, "InvalidRequest"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_refused_with_a_code_and_nothing_is_stored(
    index: ConvexAdminClient, name: str, wrong: dict[str, Any], code: str
) -> None:
    before = await call(index, "state")
    if "bits" in wrong:
        wrong = {**wrong, "bits": float(wrong["bits"])}
    with pytest.raises(MastraError) as caught:
        await call(index, name, **wrong)
    assert caught.value.details["code"] == code
    assert await call(index, "state") == before
    assert (await call(index, "page", vectors=False))["ids"] == ["a"]


async def test_a_document_that_is_too_large_rolls_back_the_whole_call(
    index: ConvexAdminClient,
) -> None:
    metadata = '[null, {"text": "' + "x" * 2**20 + '"}]'
    with pytest.raises(MastraError) as caught:
        await call(index, "upsert", ids=["b", "c"], **sent([1, 0], [0, 1]), metadata=metadata)
    assert caught.value.details["code"] == "DocumentTooLarge"
    assert (await call(index, "count"))["count"] == 1


async def test_an_upsert_deletes_others_but_not_what_it_stores(index: ConvexAdminClient) -> None:
    replacing = ["a", "unknown", "b", "b"]
    stored = sent([0, 1], bits=32)
    answer = await call(index, "upsert", ids=["b"], **{**stored, "bits": 32.0}, replacing=replacing)
    assert answer == {"done": 4}
    page = await call(index, "page", vectors=True)
    assert (page["ids"], page["metadata"], page["lengths"]) == (["b"], [None], [2])


async def test_calls_look_at_no_more_than_they_can_and_say_how_much_that_was(
    index: ConvexAdminClient,
) -> None:
    ids = [f"{number}" for number in range(12)]
    text = '{"text": "' + "x" * 500_000 + '"}'
    for id_ in ids:
        await call(index, "upsert", ids=[id_], **sent([1, 0]), metadata=f"[{text}]")
    changed = await call(index, "update", ids=ids, metadata='{"seen": true}')
    assert changed["done"] == 2
    removed = await call(index, "remove", ids=ids)
    assert 2 < removed["done"] < 12
    counted = 0
    cursor: dict[str, str] = {}
    pages = 0
    while True:
        part = await call(index, "count", **cursor)
        counted += part["count"]
        pages += 1
        if "nextCursor" not in part:
            break
        cursor = {"cursor": part["nextCursor"]}
    assert counted == 1 + 12 - removed["done"]
    calls = 0
    while (await call(index, "drop"))["hasMore"]:
        calls += 1
        # The index stays until its last vector goes.
        assert (await call(index, "list"))["names"] == [INDEX]
    assert (await call(index, "list"))["names"] == []
    assert await call(index, "state") is None


async def test_each_call_that_writes_changes_the_version_and_no_other(
    index: ConvexAdminClient,
) -> None:
    seen: list[str] = []

    async def version() -> str:
        found: str = (await call(index, "state"))["version"]
        return found

    seen.append(await version())
    for name, args in [
        ("upsert", {"ids": ["b"], **sent([0, 1])}),
        ("update", {"ids": ["b"], "metadata": '{"n": 2}'}),
        ("remove", {"ids": ["b"]}),
        ("clear", {}),
    ]:
        if "bits" in args:
            args["bits"] = 64.0
        await call(index, name, **args)
        seen.append(await version())
        assert len(set(seen)) == len(seen), name
    unchanging: list[tuple[str, dict[str, Any]]] = [
        ("update", {"ids": ["b"], "metadata": '{"n": 2}'}),
        ("remove", {"ids": ["b"]}),
        ("clear", {}),
        ("create", {"dimension": 2.0}),
    ]
    for name, args in unchanging:
        await call(index, name, **args)
        assert await version() == seen[-1], name
