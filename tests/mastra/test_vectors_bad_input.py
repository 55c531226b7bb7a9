"""Wrong arguments about vectors are refused by name, before anything is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from aioconvex.errors import ArgumentError, ConfigurationError
from aioconvex.mastra import ConvexAdminClient, ConvexVector, MastraError

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

INDEX = "pages"
V: Any = [[1.0, 0.0]]

Use = Callable[[ConvexVector], Awaitable[object]]


def using(method: str, **arguments: Any) -> Use:
    return lambda vectors: getattr(vectors, method)(**{"index_name": INDEX, **arguments})


# Refused without a word to the deployment.
SENT_NOTHING: list[tuple[Use, str]] = [
    (using("create_index", index_name="", dimension=2), "index_name"),
    (using("create_index", index_name=" ", dimension=2), "index_name"),
    (using("create_index", index_name=None, dimension=2), "index_name"),
    (using("create_index", index_name="indexes", dimension=2), "index_name"),
    (using("create_index", dimension=0), "dimension"),
    (using("create_index", dimension=-1), "dimension"),
    (using("create_index", dimension=1.5), "dimension"),
    (using("create_index", dimension=2.0), "dimension"),
    (using("create_index", dimension=True), "dimension"),
    (using("create_index", dimension="2"), "dimension"),
    (using("create_index", dimension=8193), "dimension"),
    (using("describe_index", index_name=5), "index_name"),
    (using("delete_index", index_name=""), "index_name"),
    (using("truncate_index", index_name="indexes"), "index_name"),
    (using("upsert", index_name="", vectors=V), "index_name"),
    (using("upsert", vectors=V, delete_filter={"a": {"$foo": 1}}), "$foo"),
    (using("query", index_name="indexes", query_vector=V[0]), "index_name"),
    (using("query", query_vector=V[0], filter={"a": {"$foo": 1}}), "$foo"),
    (using("query", query_vector=V[0], filter=[]), "filter"),
    (using("update_vector", id="", metadata={}), "id"),
    (using("update_vector", id=5, metadata={}), "id"),
    (using("update_vector", id="a", metadata=[]), "metadata"),
    (using("update_vector", id="a", metadata={"x": {1}}), "metadata.x"),
    (using("update_vector", id="a", metadata={"$x": [2**53 + 1]}), "metadata.$x[0]"),
    (using("update_vector", filter={"$foo": 1}, metadata={}), "$foo"),
    (using("delete_vector", id=""), "ids[0]"),
    (using("delete_vector", id=None), "ids[0]"),
    (using("delete_vectors", ids="abc"), "ids"),
    (using("delete_vectors", ids=["a", ""]), "ids[1]"),
    (using("delete_vectors", ids=["a", 5]), "ids[1]"),
    (using("delete_vectors", filter={"a": {"$foo": 1}}), "$foo"),
]


@pytest.mark.parametrize(("use", "named"), SENT_NOTHING)
async def test_a_wrong_argument_is_refused_by_name(use: Use, named: str) -> None:
    # Nobody can reach this deployment: whatever is sent fails in another way.
    unreachable = ConvexVector(id="v", deployment_url="http://127.0.0.1:9", secret="s")
    with pytest.raises(ArgumentError) as caught:
        await use(unreachable)
    assert named in str(caught.value)


# Refused once the index is known.
STORED_NOTHING: list[tuple[dict[str, Any], str]] = [
    ({"vectors": [[1, True]]}, "vectors[0]"),
    ({"vectors": [["1", "2"]]}, "vectors[0]"),
    ({"vectors": [[1, 2], "ab"]}, "vectors[1]"),
    ({"vectors": [[1, 2], [[1], [2]]]}, "vectors[1]"),
    ({"vectors": [[1, 2j]]}, "vectors[0]"),
    ({"vectors": [[1, 10**400]]}, "vectors[0]"),
    ({"vectors": "ab"}, "vectors"),
    ({"vectors": None}, "vectors"),
    ({"vectors": np.ones(2)}, "vectors[0]"),
    ({"vectors": np.ones((1, 1, 2))}, "vectors[0]"),
    ({"vectors": np.ones((1, 3))}, "vectors[0]"),
    ({"vectors": np.array([[True, False]])}, "vectors[0]"),
    ({"vectors": np.array([["a", "b"]])}, "vectors[0]"),
    ({"vectors": np.array([[1, np.nan]], dtype=np.float32)}, "vectors[0][1]"),
    ({"vectors": np.array([[1, 2], [-np.inf, 2]])}, "vectors[1][0]"),
    ({"vectors": np.empty((0, 2))}, "vectors"),
    ({"vectors": V, "ids": [""]}, "ids[0]"),
    ({"vectors": V, "ids": [None]}, "ids[0]"),
    ({"vectors": V, "ids": "a"}, "ids"),
    ({"vectors": V * 3, "ids": ["a", "b", "a"]}, "ids[0] and ids[2]"),
    ({"vectors": V, "metadata": {"a": 1}}, "metadata"),
    ({"vectors": V, "metadata": ["a"]}, "metadata[0]"),
    ({"vectors": V, "metadata": [{"at": datetime.now(UTC)}]}, "metadata[0].at"),
    ({"vectors": V, "metadata": [{"x": float("nan")}]}, "metadata[0].x"),
    ({"vectors": V, "metadata": [{5: 1}]}, "metadata[0]"),
    ({"vectors": V * 2, "metadata": [{}, {"text": "x" * 2**20}], "ids": ["a", "big"]}, "'big'"),
    ({"vectors": V, "delete_filter": {}}, "empty filter"),
    ({"vectors": V, "delete_filter": {"$and": []}}, "empty filter"),
]


@pytest.mark.parametrize("functions", ["ours"])
async def test_nothing_is_stored_of_vectors_of_which_one_is_wrong(
    client: ConvexAdminClient,
) -> None:
    vectors = ConvexVector(id="v", client=client)
    await vectors.create_index(index_name=INDEX, dimension=2)
    await vectors.upsert(index_name=INDEX, vectors=V, ids=["kept"], metadata=[{"a": 1}])
    for wrong, named in STORED_NOTHING:
        with pytest.raises((ArgumentError, MastraError)) as caught:
            await vectors.upsert(index_name=INDEX, **wrong)
        assert named in str(caught.value), wrong
    (match,) = await vectors.query(index_name=INDEX, query_vector=[1, 0], include_vector=True)
    assert (match.id, match.metadata, match.score) == ("kept", {"a": 1}, 1)


@pytest.mark.parametrize("functions", ["ours"])
@pytest.mark.parametrize("vector", [[1, True], ["1", "2"], [1], [], "ab", 5, [1, None], [[1, 2]]])
async def test_a_query_vector_is_numbers(client: ConvexAdminClient, vector: Any) -> None:
    vectors = ConvexVector(id="v", client=client)
    await vectors.create_index(index_name=INDEX, dimension=2)
    with pytest.raises(MastraError, match="query_vector") as caught:
        await vectors.query(index_name=INDEX, query_vector=vector)
    assert caught.value.id.startswith("MASTRA_VECTOR_CONVEX_QUERY_")
    assert caught.value.domain == "MASTRA_VECTOR"


@pytest.mark.parametrize("id_", ["", " ", None, 5])
async def test_r_11_an_empty_id_is_refused(id_: Any) -> None:
    with pytest.raises(MastraError, match="must be provided and cannot be empty") as caught:
        ConvexVector(id=id_, deployment_url="http://127.0.0.1:9", secret="s")
    error = caught.value
    assert (error.id, error.domain, error.category) == (
        "VECTOR_INVALID_ID",
        "MASTRA_VECTOR",
        "USER",
    )


async def test_r_11_a_connection_is_needed() -> None:
    with pytest.raises(ConfigurationError, match="no credentials"):
        ConvexVector(id="v", deployment_url="http://127.0.0.1:9")


@pytest.mark.parametrize("cache_bytes", [-1, 1.5, True, None])
async def test_a_limit_of_the_cache_is_a_number_of_bytes(cache_bytes: Any) -> None:
    with pytest.raises(ArgumentError, match="cache_bytes"):
        ConvexVector(
            id="v", deployment_url="http://127.0.0.1:9", secret="s", cache_bytes=cache_bytes
        )
