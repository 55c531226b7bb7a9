"""Vectors to files of arrays and back: bit by bit, part by part, wherever it was cut off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from aioconvex.mastra import BulkConvex, BulkProgress, ConvexAdminClient, ConvexVector, MastraError

pytestmark = pytest.mark.anyio

ONCE = pytest.mark.parametrize("anyio_backend", ["asyncio"])
OURS = pytest.mark.parametrize("functions", ["ours"])

ODD: Final = "../a.b/ü"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def vectors(client: ConvexAdminClient) -> ConvexVector:
    return ConvexVector(id="bulk", client=client)


async def fill(vectors: ConvexVector) -> None:
    """Three indexes: one with an odd name and metadata, one of many vectors, an empty one."""
    await vectors.create_index(index_name=ODD, dimension=3)
    numbers = [[0.1, -0.0, 1e-300], [1.0, 2.0, 3.0]]
    metadata: list[dict[str, Any]] = [
        {"$schema": 1, "text": "☂\n", "tags": ["a"], "n": 1.5},
        {"whole": 1e19, "large": 1e300},
    ]
    await vectors.upsert(index_name=ODD, vectors=numbers, ids=["ä\x00", "b"], metadata=metadata)
    await vectors.create_index(index_name="many", dimension=8)
    many = np.random.default_rng(1).standard_normal((5, 8))
    await vectors.upsert(index_name="many", vectors=many, ids=[f"v-{n}" for n in range(5)])
    await vectors.create_index(index_name="empty", dimension=2)


async def empty(vectors: ConvexVector) -> None:
    for name in await vectors.list_indexes():
        await vectors.delete_index(index_name=name)


async def test_a_round_trip_changes_nothing(
    client: ConvexAdminClient, vectors: ConvexVector, tmp_path: Path
) -> None:
    """Names, ids, numbers and metadata; indexes of nothing too."""
    await fill(vectors)
    bulk = BulkConvex(client=client)
    files = await bulk.export_to(tmp_path / "a")
    assert [(file.name, file.rows) for file in files if "/" in file.name] == [
        ("vectors/%2E%2E%2Fa%2Eb%2F%C3%BC/00001.npz", 2),
        ("vectors/empty/00001.npz", 0),
        ("vectors/many/00001.npz", 5),
    ]
    await empty(vectors)
    await bulk.import_from(tmp_path / "a")
    assert sorted(await vectors.list_indexes()) == [ODD, "empty", "many"]
    await bulk.export_to(tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@OURS
@ONCE
async def test_a_file_is_numpys(
    client: ConvexAdminClient, vectors: ConvexVector, tmp_path: Path
) -> None:
    """As the docstring reads it."""
    await fill(vectors)
    await BulkConvex(client=client).export_to(tmp_path)
    with np.load(tmp_path / "vectors/%2E%2E%2Fa%2Eb%2F%C3%BC/00001.npz") as file:
        numbers = file["vectors"]
        rows = [json.loads(line) for line in file["rows"].tobytes().splitlines()]
    assert numbers.dtype == np.float64
    assert numbers.tolist() == [[0.1, 0.0, 1e-300], [1.0, 2.0, 3.0]]
    assert np.signbit(numbers[0, 1])
    assert rows == [
        {"id": "ä\x00", "metadata": {"$schema": 1, "text": "☂\n", "tags": ["a"], "n": 1.5}},
        {"id": "b", "metadata": {"large": 1e300, "whole": 1e19}},
    ]


class CutError(Exception):
    """What ends a run in a test."""


@pytest.mark.parametrize("functions", ["published"])
async def test_runs_that_are_cut_off_go_on(
    client: ConvexAdminClient,
    vectors: ConvexVector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Export and import, after each file; each file is written and stored once."""
    monkeypatch.setattr("aioconvex.mastra._bulk.vectors._FILE_BYTES", 1)
    monkeypatch.setattr("aioconvex.mastra._vectors.handler._MOST_ROWS", 2)
    await fill(vectors)
    bulk = BulkConvex(client=client)
    files = await bulk.export_to(tmp_path / "whole")
    assert sum("many" in file.name for file in files) == 3

    told: list[BulkProgress] = []

    def cut(step: BulkProgress) -> None:
        told.append(step)
        raise CutError

    async def again_and_again(work: Any, folder: Path) -> int:
        told.clear()
        while True:
            try:
                await work(folder, on_progress=cut)
            except CutError:
                continue
            return len(told)

    assert await again_and_again(bulk.export_to, tmp_path / "cut") == len(files)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")
    await empty(vectors)
    arrays = [file for file in files if file.name.endswith("npz")]
    assert await again_and_again(bulk.import_from, tmp_path / "cut") == len(arrays)
    assert (await vectors.describe_index(index_name="many")).count == 5
    await bulk.export_to(tmp_path / "again")
    assert contents(tmp_path / "again") == contents(tmp_path / "whole")


@pytest.mark.parametrize("functions", ["published"])
@ONCE
async def test_metadata_counts_for_how_much_a_file_has(
    client: ConvexAdminClient,
    vectors: ConvexVector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page of metadata is as much memory as one of numbers."""
    monkeypatch.setattr("aioconvex.mastra._bulk.vectors._FILE_BYTES", 10_000)
    monkeypatch.setattr("aioconvex.mastra._vectors.handler._MOST_ROWS", 1)
    await vectors.create_index(index_name="docs", dimension=1)
    await vectors.upsert(
        index_name="docs",
        vectors=np.ones((5, 1)),
        ids=[f"v-{n}" for n in range(5)],
        metadata=[{"text": "x" * 4_000}] * 5,
    )
    files = await BulkConvex(client=client).export_to(tmp_path)
    assert [file.rows for file in files if "docs" in file.name] == [3, 2]


@OURS
@ONCE
async def test_an_index_whose_name_no_folder_can_have_is_named(
    client: ConvexAdminClient, vectors: ConvexVector, tmp_path: Path
) -> None:
    """Before any vectors are written: file systems take 255 bytes."""
    long = "ü" * 43
    for name in ("a" * 255, long):
        await vectors.create_index(index_name=name, dimension=1)
    with pytest.raises(MastraError, match=f"the index '{long}'") as caught:
        await BulkConvex(client=client).export_to(tmp_path)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_EXPORT_NAME_TOO_LONG"
    assert not (tmp_path / "vectors").exists()
    await vectors.delete_index(index_name=long)
    files = await BulkConvex(client=client).export_to(tmp_path)
    assert files[-1].name == f"vectors/{'a' * 255}/00001.npz"


@OURS
@ONCE
async def test_arrays_of_ones_own_need_ids_only(
    client: ConvexAdminClient, vectors: ConvexVector, tmp_path: Path
) -> None:
    """Of any kind of number; metadata as JSON texts."""
    folder = tmp_path / "vectors" / "docs"
    folder.mkdir(parents=True)
    numbers = np.eye(3, dtype=np.float32)
    ids = np.array(["a", "b", "c"])
    np.savez(folder / "1.npz", vectors=numbers, ids=ids)
    texts = np.array(['{"lang": "en"}', "", "null"])
    np.savez(folder / "2.npz", vectors=numbers.astype(np.int8), ids=ids + "2", metadata=texts)
    stored = await BulkConvex(client=client).import_from(tmp_path)
    assert [(file.name, file.rows) for file in stored] == [
        ("vectors/docs/1.npz", 3),
        ("vectors/docs/2.npz", 3),
    ]
    found = await vectors.query(index_name="docs", query_vector=[1, 0, 0], filter={"lang": "en"})
    assert [match.id for match in found] == ["a2"]
    assert (await vectors.describe_index(index_name="docs")).count == 6


TWO: Final = np.eye(2)
IDS: Final = np.array(["a", "b"])


@OURS
@ONCE
@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        pytest.param({}, "no array `vectors`", id="nothing"),
        pytest.param({"vectors": np.ones(3), "ids": IDS}, "no array `vectors`", id="1-D"),
        pytest.param({"vectors": np.array([["x"]]), "ids": IDS}, "no array `vectors`", id="texts"),
        pytest.param({"vectors": TWO}, "'ids", id="no ids"),
        pytest.param({"vectors": TWO, "ids": IDS[:1]}, "2 vectors and 1 ids", id="too few ids"),
        pytest.param({"vectors": TWO, "ids": np.array(["a", "a"])}, "the same", id="ids twice"),
        pytest.param({"vectors": TWO, "ids": np.array([1, 2])}, "no string", id="numbers for ids"),
        pytest.param({"vectors": TWO * np.nan, "ids": IDS}, "finite", id="NaN"),
        pytest.param({"vectors": np.eye(2, 3), "ids": IDS}, "3 ?dim|dimensions", id="dimension"),
        pytest.param({"vectors": TWO, "ids": IDS, "metadata": np.array(["{", "{"])}, "cannot be read",
                     id="no JSON"),
        pytest.param({"vectors": TWO, "ids": IDS, "metadata": np.array(["5", ""])}, "an object",
                     id="no object"),
        pytest.param({"vectors": TWO, "rows": np.frombuffer(b"5\n5\n", np.uint8)}, "cannot be read",
                     id="rows of no rows"),
        pytest.param({"vectors": TWO, "rows": np.ones(2)}, "cannot be read", id="rows of floats"),
    ],
)  # fmt: skip
async def test_wrong_files_are_named_before_anything_is_stored(
    client: ConvexAdminClient,
    vectors: ConvexVector,
    tmp_path: Path,
    arrays: dict[str, Any],
    problem: str,
) -> None:
    await vectors.create_index(index_name="docs", dimension=2)
    path = tmp_path / "vectors" / "docs" / "1.npz"
    path.parent.mkdir(parents=True)
    np.savez(path, **arrays)
    with pytest.raises(MastraError, match=problem) as caught:
        await BulkConvex(client=client).import_from(tmp_path)
    assert str(caught.value).startswith(f"{path}: ")
    assert (await vectors.describe_index(index_name="docs")).count == 0


@OURS
@ONCE
@pytest.mark.parametrize(
    "content", [b"", b"PK", b"not a zip", b"\x80\x04N."], ids=["empty", "zip", "text", "pickle"]
)
async def test_what_is_no_npz_is_named(
    client: ConvexAdminClient, tmp_path: Path, content: bytes
) -> None:
    """And no pickle is ever loaded."""
    path = tmp_path / "vectors" / "docs" / "1.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(MastraError, match=r"1\.npz: it is no \.npz file"):
        await BulkConvex(client=client).import_from(tmp_path)
    np.savez(path, vectors=np.array([[object()]]), ids=np.array(["a"]), allow_pickle=True)
    with pytest.raises(MastraError, match=r"1\.npz: it is no \.npz file"):
        await BulkConvex(client=client).import_from(tmp_path)
