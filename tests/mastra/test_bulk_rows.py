"""Any row that Convex can hold is read from its line as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aioconvex.mastra import MastraError
from aioconvex.mastra._bulk.arrays import Vectors, read_vectors, write_vectors
from aioconvex.mastra._bulk.lines import Place, read_batch
from aioconvex.mastra._bulk.tables import TABLES, Row, Table, line_of, row_of
from aioconvex.values import dumps, encode_value
from unit.strategies import convex_values

_, THREADS, MESSAGES = TABLES

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


MESSAGE: Final = {"id": "m", "thread_id": "t", "role": "", "type": "", "createdAt": ""}
THREAD: Final = {"id": "t", "resourceId": "", "title": "", "createdAt": "", "updatedAt": ""}
LARGE: Final = (2**53 + 1, -(2**63), 2**64 + 1, 10**30 + 1)


@pytest.mark.parametrize("number", LARGE)
@pytest.mark.parametrize("beside", ["", "$", {"$ref": 1}], ids=str)
def test_content_keeps_all_digits(number: int, beside: object) -> None:
    """Its column is text; and it is no value of Convex's, with tags."""
    content = {"n": number, "list": [number, 1], "beside": beside}
    line = json.dumps({**MESSAGE, "content": content}).encode()
    stored = json.loads(row_of(line, MESSAGES)["content"])
    assert stored == content
    assert type(stored["list"][1]) is int


@pytest.mark.parametrize("number", LARGE)
@pytest.mark.parametrize("beside", ["", "$"])
def test_numbers_that_convex_rounds_are_refused(tmp_path: Path, number: int, beside: str) -> None:
    """In columns of Convex's own values, and in metadata of vectors."""
    metadata = {"n": [number], "beside": beside}
    rows = [{**THREAD, "metadata": {"n": 1e300}}, {**THREAD, "metadata": metadata}]
    path = tmp_path / "threads.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    problem = rf"threads\.jsonl, line 2: metadata: {number} loses digits"
    with pytest.raises(MastraError, match=problem):
        read_batch(path, THREADS, Place())
    path = tmp_path / "1.npz"
    texts = np.array([json.dumps(metadata)])
    np.savez(path, vectors=np.eye(1), ids=np.array(["a"]), metadata=texts)
    with pytest.raises(MastraError, match=rf"1\.npz: .*{number} loses digits"):
        read_vectors(path)


def test_deep_values_are_bad_rows(tmp_path: Path) -> None:
    deep = "[" * 990 + "1234567890123456789012" + "]" * 990
    row = json.dumps({**THREAD, "metadata": {"n": "", "beside": "$"}})
    (tmp_path / "threads.jsonl").write_text(row.replace('"n": ""', f'"n": {deep}'))
    with pytest.raises(MastraError, match=r"line 1: (it is )?nested"):
        read_batch(tmp_path / "threads.jsonl", THREADS, Place())


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
