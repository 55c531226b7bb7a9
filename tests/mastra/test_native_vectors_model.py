"""Native vectors hold what a plain dict would, after any history, with either functions (§4.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from attrs import define, field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioconvex.mastra import ConvexNativeVector
from mastra.early_rows import Writer
from mastra.native import INDEXES

# What is drawn is sent the same way on every event loop.
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

Json = dict[str, Any]

IDS = ("a", "b", "c")
FIELDS = INDEXES["products"].filter_fields
FILTERS: list[Json] = [{}, {"kind": "tea"}, {"price": 1}, {"price": None}, {"sold": False}]


@define
class Stored:
    """A vector, its metadata, and the columns that it is filtered by."""

    vector: list[float]
    metadata: Json | None = None
    columns: Json = field(factory=dict[str, Any])

    def put(self, metadata: Json) -> None:
        self.metadata = metadata
        self.columns = {name: metadata[name] for name in FIELDS if name in metadata}


@define
class Model:
    """What is stored by now; its methods are those of `ConvexNativeVector`."""

    rows: dict[str, Stored] = field(factory=dict[str, Stored])

    def upsert(
        self, ids: Sequence[str], vectors: list[list[float]], metadata: list[Json] | None
    ) -> None:
        for at, id_ in enumerate(ids):
            row = self.rows.setdefault(id_, Stored(vectors[at]))
            row.vector = vectors[at]
            if metadata is not None:
                row.put(metadata[at])

    def update_vector(
        self,
        id: str,  # noqa: A002  # as of the class
        vector: list[float] | None,
        metadata: Json | None,
    ) -> None:
        if (row := self.rows.get(id)) is None:
            return
        row.vector = vector or row.vector
        if metadata is not None:
            row.put({**(row.metadata or {}), **metadata})

    def delete_vectors(self, ids: Sequence[str]) -> None:
        for id_ in ids:
            self.rows.pop(id_, None)

    def passing(self, filter_: Mapping[str, Any]) -> dict[str, tuple[Json | None, list[float]]]:
        """The rows that have all these columns, as a search gives them."""
        return {
            id_: (row.metadata, row.vector)
            for id_, row in self.rows.items()
            if filter_.items() <= row.columns.items()
        }


vector = st.lists(st.integers(-8, 8).map(float), min_size=3, max_size=3).filter(any)
metadata = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["tea", "part"]),
        "price": st.sampled_from([1, 2.5, None]),
        "sold": st.booleans(),
        "other": st.sampled_from([{"x": 1}, {"y": [None, "ß"]}, "text"]),
    },
)
some = st.lists(st.sampled_from(IDS), min_size=1, unique=True)


@st.composite
def upserts(draw: st.DrawFn) -> tuple[str, Json]:
    ids = draw(some)
    rows = st.lists(vector, min_size=len(ids), max_size=len(ids))
    objects = st.lists(metadata, min_size=len(ids), max_size=len(ids))
    return "upsert", {
        "ids": ids,
        "vectors": draw(rows),
        "metadata": draw(st.none() | objects),
    }


updates = st.fixed_dictionaries(
    {"id": st.sampled_from(IDS), "vector": st.none() | vector, "metadata": st.none() | metadata}
).filter(lambda args: args["vector"] is not None or args["metadata"] is not None)
histories = st.lists(
    st.one_of(
        upserts(),
        upserts(),
        updates.map(lambda args: ("update_vector", args)),
        some.map(lambda ids: ("delete_vectors", {"ids": ids})),
    ),
    min_size=2,
    max_size=6,
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories)
async def test_4_9_any_history_leaves_what_a_dict_would_hold(
    writer: Writer, history: list[tuple[str, Json]]
) -> None:
    vectors = ConvexNativeVector(id="t", indexes=INDEXES, client=writer.client)
    await vectors.delete_vectors(index_name="products", ids=IDS)
    model = Model()
    for method, args in history:
        await getattr(vectors, method)(index_name="products", **args)
        getattr(model, method)(**args)
    for filter_ in FILTERS:
        matches = await vectors.query(
            index_name="products", query_vector=[1, 2, 3], filter=filter_, include_vector=True
        )
        found = {
            match.id: (match.metadata, None if match.vector is None else match.vector.tolist())
            for match in matches
        }
        assert found == model.passing(filter_)
