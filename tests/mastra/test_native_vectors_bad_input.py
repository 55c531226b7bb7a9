"""Wrong arguments about native vectors are refused before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from aioconvex.errors import ArgumentError, ConfigurationError
from aioconvex.mastra import ConvexNativeVector, MastraError, NativeIndex
from mastra.native import INDEXES

pytestmark = pytest.mark.anyio

Use = Callable[[ConvexNativeVector], Awaitable[object]]

EAST = [1.0, 0.0, 0.0]


def upsert(**args: Any) -> Use:
    """Store a right vector with something wrong about it; another one comes before it."""
    given = {"index_name": "products", "vectors": [EAST, EAST], **args}
    return lambda vectors: vectors.upsert(**given)


def query(**args: Any) -> Use:
    return lambda v: v.query(**{"index_name": "products", "query_vector": EAST, **args})


def search(**args: Any) -> Use:
    return lambda v: v.search(**{"index_name": "products", "query_vector": EAST, **args})


def update(**args: Any) -> Use:
    return lambda v: v.update_vector(**{"index_name": "products", "id": "a", **args})


def delete(**args: Any) -> Use:
    return lambda v: v.delete_vectors(**{"index_name": "products", **args})


VECTORS: list[tuple[Use, str]] = [
    (upsert(vectors=[]), "UPSERT_EMPTY_VECTORS"),
    (upsert(vectors=None), "UPSERT_EMPTY_VECTORS"),
    (upsert(vectors="abc"), "UPSERT_EMPTY_VECTORS"),
    (upsert(vectors=[EAST, [1, 0]]), "UPSERT_DIMENSION_MISMATCH"),
    (upsert(vectors=[EAST, []]), "UPSERT_DIMENSION_MISMATCH"),
    (upsert(vectors=np.ones((2, 4))), "UPSERT_DIMENSION_MISMATCH"),
    (upsert(vectors=[EAST, [1, 0, math.nan]]), "UPSERT_INVALID_VECTOR_VALUE"),
    (upsert(vectors=[EAST, [1, -math.inf, 0]]), "UPSERT_INVALID_VECTOR_VALUE"),
    (upsert(vectors=np.full((2, 3), np.inf, np.float32)), "UPSERT_INVALID_VECTOR_VALUE"),
    (upsert(vectors=[EAST, [1, True, 0]]), "UPSERT_INVALID_VECTOR_VALUE"),
    (upsert(vectors=[EAST, [1, "0", 0]]), "UPSERT_INVALID_VECTOR_VALUE"),
    (upsert(vectors=[EAST, [1, None, 0]]), "UPSERT_INVALID_VECTOR_VALUE"),
    (upsert(vectors=[EAST, 3]), "UPSERT_INVALID_VECTOR_VALUE"),
    (upsert(vectors=np.ones(3)), "UPSERT_INVALID_VECTOR_VALUE"),
    (upsert(ids=["a"]), "UPSERT_IDS_LENGTH_MISMATCH"),
    (upsert(ids=["a", "a"]), "UPSERT_DUPLICATE_IDS"),
    (upsert(metadata=[{}]), "UPSERT_METADATA_LENGTH_MISMATCH"),
    (upsert(metadata=[{}, {"x": "x" * 2**20}]), "UPSERT_DOCUMENT_TOO_LARGE"),
    (upsert(index_name="unknown"), "UPSERT_INDEX_NOT_CONFIGURED"),
    (query(query_vector=None), "CONVEX_NATIVE_QUERY_MISSING_VECTOR"),
    (query(query_vector=[1, 0]), "QUERY_DIMENSION_MISMATCH"),
    (query(query_vector=[1, 0, math.nan]), "QUERY_INVALID_VECTOR_VALUE"),
    (query(query_vector=[1, 0, False]), "QUERY_INVALID_VECTOR_VALUE"),
    *((query(top_k=k), "QUERY_INVALID_TOP_K") for k in (0, 257, -1, True, 1.5, "3", None)),
    (query(index_name="unknown"), "QUERY_INDEX_NOT_CONFIGURED"),
    (query(filter={"color": "blue"}), "QUERY_FILTER_FIELD_NOT_DECLARED"),
    *((search(top_k=k), "QUERY_INVALID_TOP_K") for k in (0, True, 2.5)),
    (search(query_vector=[1]), "QUERY_DIMENSION_MISMATCH"),
    (search(query_vector=None), "QUERY_MISSING_VECTOR"),
    (search(index_name="unknown"), "QUERY_INDEX_NOT_CONFIGURED"),
    (update(), "UPDATE_VECTOR_NO_UPDATES"),
    (update(vector=[1, 2]), "UPDATE_VECTOR_DIMENSION_MISMATCH"),
    (update(vector=[1, 2, math.inf]), "UPDATE_VECTOR_INVALID_VECTOR_VALUE"),
    (update(index_name="unknown", vector=EAST), "UPDATE_VECTOR_INDEX_NOT_CONFIGURED"),
    (delete(), "DELETE_VECTORS_EMPTY_IDS"),
    (delete(ids=[]), "DELETE_VECTORS_EMPTY_IDS"),
    (delete(index_name="unknown", ids=["a"]), "DELETE_VECTORS_INDEX_NOT_CONFIGURED"),
]

ARGUMENTS: list[tuple[Use, str]] = [
    (upsert(index_name=""), "index_name"),
    (upsert(index_name=5), "index_name"),
    (upsert(ids="ab"), "ids"),
    (upsert(ids=["a", ""]), "ids[1]"),
    (upsert(ids=["a", 5]), "ids[1]"),
    (upsert(metadata={}), "metadata"),
    (upsert(metadata=[{}, "x"]), "metadata[1]"),
    (upsert(metadata=[{}, None]), "metadata[1]"),
    (upsert(metadata=[{}, [1]]), "metadata[1]"),
    (upsert(metadata=[{}, {"a": [math.nan]}]), "metadata[1].a[0]"),
    (upsert(metadata=[{}, {"a": {1: 2}}]), "metadata[1].a"),
    (upsert(metadata=[{}, {"a": b"x"}]), "metadata[1].a"),
    (upsert(metadata=[{}, {"a": 2**60 + 1}]), "metadata[1].a"),
    (query(filter={"kind": {"$near": 1}}), "$near"),
    (query(filter=[]), "filter"),
    (update(id=None, vector=EAST), "id"),
    (update(id="", vector=EAST), "id"),
    (update(metadata="x"), "metadata"),
    (update(metadata={"a": math.inf}), "metadata.a"),
    (delete(ids="a"), "ids"),
    (delete(ids=["a", None]), "ids[1]"),
    (lambda v: v.delete_vector(index_name="docs", id=""), "ids[0]"),
]


@pytest.fixture
def unreachable() -> ConvexNativeVector:
    """On a deployment that nobody can reach: whatever is sent fails in another way."""
    return ConvexNativeVector(
        id="t", indexes=INDEXES, deployment_url="http://127.0.0.1:9", secret="s"
    )


@pytest.mark.parametrize(("use", "status"), VECTORS)
async def test_wrong_vectors_are_refused_by_mastras_ids(
    unreachable: ConvexNativeVector, use: Use, status: str
) -> None:
    with pytest.raises(MastraError) as caught:
        await use(unreachable)
    assert caught.value.id.endswith(f"_{status}")
    assert caught.value.category == "USER"


@pytest.mark.parametrize(("use", "named"), ARGUMENTS)
async def test_wrong_arguments_are_refused_by_name(
    unreachable: ConvexNativeVector, use: Use, named: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        await use(unreachable)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"table_name": ""}, "table_name"),
        ({"table_name": None}, "table_name"),
        ({"dimension": 1}, "dimension"),
        ({"dimension": 4097}, "dimension"),
        ({"dimension": 3.0}, "dimension"),
        ({"dimension": True}, "dimension"),
        ({"vector_index_name": ""}, "vector_index_name"),
        ({"id_field": " "}, "id_field"),
        ({"filter_fields": "kind"}, "filter_fields"),
        ({"filter_fields": ["kind", ""]}, "filter_fields[1]"),
        ({"filter_fields": ["kind", "kind"]}, "filter_fields"),
        ({"filter_fields": ["metadata"]}, "filter_fields"),
        ({"filter_fields": [f"f{n}" for n in range(17)]}, "filter_fields"),
    ],
)
async def test_a_wrong_index_is_refused(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        NativeIndex(**{"table_name": "docs", "dimension": 3, **change})
    assert caught.value.path == named


@pytest.mark.parametrize("id_", ["", "  ", None, 5])
async def test_r11_an_empty_id_is_refused(id_: Any) -> None:
    with pytest.raises(MastraError) as caught:
        ConvexNativeVector(id=id_, indexes=INDEXES, deployment_url="http://127.0.0.1:9", secret="s")
    error = caught.value
    assert (error.id, error.domain, error.category) == (
        "VECTOR_INVALID_ID",
        "MASTRA_VECTOR",
        "USER",
    )


async def test_wrong_settings_are_refused() -> None:
    where: Any = {"deployment_url": "http://127.0.0.1:9", "secret": "s"}
    with pytest.raises(ConfigurationError, match="no index"):
        ConvexNativeVector(id="t", indexes={}, **where)
    with pytest.raises(ArgumentError, match="indexes"):
        ConvexNativeVector(id="t", indexes={"": INDEXES["docs"]}, **where)
    for limit in (0, True, 2.5):
        with pytest.raises(ArgumentError, match="describe_count_limit"):
            ConvexNativeVector(id="t", indexes=INDEXES, describe_count_limit=limit, **where)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="credentials"):
        ConvexNativeVector(id="t", indexes=INDEXES, deployment_url="http://127.0.0.1:9")
