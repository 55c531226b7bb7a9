"""Any row that Convex can hold is read from its line as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aioconvex.mastra._bulk.arrays import Vectors, read_vectors, write_vectors
from aioconvex.mastra._bulk.lines import Place, read_batch
from aioconvex.mastra._bulk.tables import TABLES, Row, Table, line_of
from aioconvex.values import dumps, encode_value
from unit.strategies import convex_values

texts = st.text(st.characters(exclude_categories=["Cs"]))


@st.composite
def rows(draw: st.DrawFn, table: Table) -> Row:
    """A row with some of the columns that it may do without."""
    row: Row = {name: draw(texts) for name in table.texts}
    row["id"] = draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
    for name in table.optional_texts:
        row |= draw(st.just({}) | st.builds(dict, **{name: texts}))
    for name in table.values:
        row |= draw(st.just({}) | st.builds(dict, **{name: convex_values}))
    return row


@settings(max_examples=30, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rows_survive_their_lines(
    tmp_path_factory: pytest.TempPathFactory, table: Table, data: st.DataObject
) -> None:
    """Whatever their texts and values; in their order, however many batches they take."""
    written = data.draw(st.lists(rows(table), max_size=5))
    path = tmp_path_factory.getbasetemp() / table.file
    # From the deployment they come as wire JSON, with Convex's own fields.
    wires: list[dict[str, Any]] = [
        {"_creationTime": 1.0, **orjson.loads(dumps(row)), "_id": "k57"} for row in written
    ]
    path.write_bytes(b"".join(line_of(wire, table) for wire in wires))
    read: list[Row] = []
    place = Place()
    while (batch := read_batch(path, table, place)) is not None:
        read += [row for _, row in batch.rows]
        place = batch.end
    assert list(map(encode_value, read)) == list(map(encode_value, written))
    assert (place.rows, place.bytes) == (len(written), path.stat().st_size)


finite = st.floats(allow_nan=False, allow_infinity=False)
json_objects = st.dictionaries(texts, st.none() | st.booleans() | finite | texts, max_size=3)


@settings(max_examples=30, deadline=None)
@given(vectors=st.lists(st.tuples(texts, st.none() | json_objects, st.tuples(finite, finite))))
def test_vectors_survive_their_files(
    tmp_path_factory: pytest.TempPathFactory, vectors: list[tuple[str, Any, tuple[float, float]]]
) -> None:
    """Bit by bit, with ids and metadata of any text."""
    folder = tmp_path_factory.getbasetemp()
    ids = [id_ for id_, _, _ in vectors]
    metadata = [each for _, each, _ in vectors]
    numbers = np.array([each for _, _, each in vectors], np.float64).reshape(-1, 2)
    file = write_vectors(folder, "1.npz", Vectors(ids=ids, metadata=metadata, numbers=numbers))
    read = read_vectors(folder / file.name)
    assert (file.rows, file.bytes) == (len(ids), (folder / "1.npz").stat().st_size)
    assert (read.ids, read.metadata) == (ids, metadata)
    assert read.numbers.tobytes() == numbers.tobytes()
