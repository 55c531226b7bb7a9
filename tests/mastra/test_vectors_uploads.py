"""Uploads: every dtype and size arrives, progress is told, and an end in the middle loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import numpy as np
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import ConvexError, MutationOutcomeUnknown
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, ConvexVector, MastraError
from aioconvex.mastra._vectors.backend import Batch
from aioconvex.mastra._vectors.typed import TypedVectors
from aioconvex.mastra._vectors.writing import store_all
from mastra.losing import Losing, losing_client
from mastra.vectors import best, drawn, found, named

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

INDEX = "pages"
ours = pytest.mark.parametrize("functions", ["ours"])

COUNT, DIMENSION = 700, 512  # some three and a half megabytes as they are stored: four calls
MATRIX = drawn(COUNT, DIMENSION)

# Stores them and says how far it is; it is killed when it has said so twice.
UPLOAD = f"""
import anyio
from aioconvex import ConvexClient
from aioconvex.mastra import ConvexVector
from mastra.vectors import drawn, named

async def main(url):
    async with ConvexClient(url) as client:
        vectors = ConvexVector(id="upload", client=client)
        await vectors.upsert(
            index_name={INDEX!r},
            vectors=drawn({COUNT}, {DIMENSION}),
            ids=named({COUNT}),
            metadata=[{{"n": n}} for n in range({COUNT})],
            progress=lambda done, total: print(done, total, flush=True),
        )

import sys
anyio.run(main, sys.argv[1])
"""


@pytest.fixture
async def vectors(client: ConvexAdminClient) -> ConvexVector:
    vectors = ConvexVector(id="test", client=client)
    await vectors.create_index(index_name=INDEX, dimension=DIMENSION)
    return vectors


async def count(vectors: ConvexVector) -> int:
    return (await vectors.describe_index(index_name=INDEX)).count


@pytest.mark.parametrize("functions", ["ours", "published"])
async def test_many_vectors_are_stored_in_parts_and_found_as_numpy_finds_them(
    vectors: ConvexVector,
) -> None:
    told: list[tuple[int, int]] = []
    ids = await vectors.upsert(
        index_name=INDEX,
        vectors=MATRIX,
        ids=named(COUNT),
        progress=lambda done, total: told.append((done, total)),
    )
    assert ids == named(COUNT)
    assert told[-1] == (COUNT, COUNT)
    assert len(told) > 2
    assert told == sorted(set(told))
    assert await count(vectors) == COUNT
    for vector in drawn(2, DIMENSION, seed=5):
        matches = await vectors.query(index_name=INDEX, query_vector=vector, include_vector=True)
        rows = best(MATRIX, vector, 10)
        assert found(matches) == [ids[row] for row in rows]
        for match, row in zip(matches, rows, strict=True):
            assert match.vector is not None
            assert np.array_equal(match.vector, MATRIX[row])


@ours
async def test_an_upload_survives_being_killed_in_the_middle(
    vectors: ConvexVector, deployment: LocalDeployment
) -> None:
    command = [sys.executable, "-c", UPLOAD, deployment.url]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}

    def upload_and_kill() -> int:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout
            process.stdout.readline()
            done = int(process.stdout.readline().split()[0])
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert process.returncode == -signal.SIGKILL
        return done

    done = await anyio.to_thread.run_sync(upload_and_kill)
    assert done <= await count(vectors) < COUNT
    again = await anyio.to_thread.run_sync(
        partial(
            subprocess.run, command, check=True, capture_output=True, text=True, env=environment
        )
    )
    assert again.stdout.splitlines()[-1] == f"{COUNT} {COUNT}"
    assert await count(vectors) == COUNT
    matches = await vectors.query(
        index_name=INDEX, query_vector=MATRIX[0], top_k=COUNT + 5, include_vector=True
    )
    assert sorted(found(matches)) == named(COUNT)
    for match in matches:
        row = int(match.id[1:])
        assert match.metadata == {"n": row}
        assert match.vector is not None
        assert np.array_equal(match.vector, MATRIX[row])


@ours
async def test_replies_that_are_lost_lose_nothing_and_store_nothing_twice(
    vectors: ConvexVector, deployment: LocalDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("aioconvex.mastra._client", "aioconvex._engine"):
        monkeypatch.setattr(f"{module}.delay", lambda *_: 0.0)
    losing = Losing()
    async with losing_client(deployment, losing) as client:
        losing.replies = 2
        await ConvexVector(id="losing", client=client).upsert(
            index_name=INDEX, vectors=MATRIX[:20], ids=named(20)
        )
    assert losing.sent[0] == losing.sent[1] == losing.sent[2]
    assert await count(vectors) == 20


@ours
async def test_an_upload_that_ends_early_says_exactly_what_is_stored(
    vectors: ConvexVector, deployment: LocalDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("aioconvex.mastra._client", "aioconvex._engine"):
        monkeypatch.setattr(f"{module}.delay", lambda *_: 0.0)
    losing = Losing()
    told: list[int] = []

    def stop_hearing(done: int, _total: int) -> None:
        told.append(done)
        if len(told) == 2:
            losing.replies = 99

    async with losing_client(deployment, losing) as client:
        upload = ConvexVector(id="losing", client=client).upsert(
            index_name=INDEX, vectors=MATRIX, progress=stop_hearing
        )
        with pytest.raises(MastraError, match="may be, and the rest is not") as caught:
            await upload
    error = caught.value
    assert error.id == "MASTRA_VECTOR_CONVEX_UPSERT_PARTIALLY_STORED"
    assert isinstance(error.__cause__, MutationOutcomeUnknown)
    ids, stored, unknown = (error.details[name] for name in ("ids", "stored", "unknown"))
    assert (stored, len(ids)) == (told[-1], COUNT)
    # This deployment did store what it was last asked to.
    assert await count(vectors) == stored + unknown
    assert await vectors.upsert(index_name=INDEX, vectors=MATRIX, ids=ids) == ids
    assert await count(vectors) == COUNT


@ours
async def test_an_upload_that_ends_at_once_stores_nothing_and_fails_as_any_call(
    vectors: ConvexVector, deployment: LocalDeployment
) -> None:
    async with ConvexClient(deployment.url) as convex:
        upload = ConvexVector(id="gone", client=ConvexAdminClient(client=convex))
        await upload.list_indexes()
        await convex.aclose()
        with pytest.raises((ConvexError, RuntimeError)):
            await upload.upsert(index_name=INDEX, vectors=MATRIX)
    assert await count(vectors) == 0


@ours
@pytest.mark.parametrize(
    "given",
    [
        np.arange(DIMENSION, dtype=np.float64)[None] / 7,
        np.arange(DIMENSION, dtype=np.float32)[None] / np.float32(7),
        np.arange(DIMENSION, dtype=np.float16)[None] / np.float16(7),
        np.arange(DIMENSION, dtype=np.int64)[None],
        np.asfortranarray(np.arange(DIMENSION * 2, dtype=np.float32).reshape(-1, 2)).T[:1],
        np.arange(DIMENSION, dtype=">f8")[None] / 7,
        [np.arange(DIMENSION, dtype=np.float32)],
        [[number / 7 for number in range(DIMENSION)]],
        [tuple(range(DIMENSION))],
        [[5e-324, 1.7976931348623157e308, -0.0, *([0.1] * (DIMENSION - 3))]],
    ],
    ids=["f8", "f4", "f2", "i8", "strided", "big-endian", "rows", "floats", "ints", "extremes"],
)
async def test_vectors_of_any_kind_are_stored_to_the_last_bit(
    vectors: ConvexVector, given: Any
) -> None:
    await vectors.upsert(index_name=INDEX, vectors=given, ids=["a"])
    (match,) = await vectors.query(
        index_name=INDEX, query_vector=np.ones(DIMENSION), include_vector=True
    )
    assert match.vector is not None
    expected = np.asarray(given[0], dtype=np.float64)
    assert match.vector.tobytes() == expected.astype("<f8").tobytes()


@ours
async def test_large_metadata_is_stored_and_found(vectors: ConvexVector) -> None:
    texts = [f"{number}" + "ü" * 150_000 for number in range(12)]
    await vectors.upsert(
        index_name=INDEX,
        vectors=MATRIX[:12],
        ids=named(12),
        metadata=[
            {"text": text, "$deep": [[[[[[[[[[[[[[number]]]]]]]]]]]]]]}
            for number, text in enumerate(texts)
        ],
    )
    matches = await vectors.query(
        index_name=INDEX, query_vector=MATRIX[3], filter={"text": {"$regex": "^3"}}
    )
    assert [(match.id, match.metadata["text"]) for match in matches] == [("v00003", texts[3])]
    await vectors.update_vector(
        index_name=INDEX, filter={"text": {"$exists": True}}, metadata={"n": 1}
    )
    await vectors.delete_vectors(index_name=INDEX, filter={"n": 1})
    assert await count(vectors) == 0


@pytest.mark.parametrize("functions", ["ours", "published"])
async def test_rows_that_one_call_cannot_read_together_are_replaced_and_deleted(
    vectors: ConvexVector,
) -> None:
    fat = [{"text": "x" * 900_000}] * 20
    await vectors.upsert(index_name=INDEX, vectors=MATRIX[:20], ids=named(20), metadata=fat)
    told: list[int] = []
    thin: list[dict[str, Any]] = [{"n": number} for number in range(10)]
    await vectors.upsert(
        index_name=INDEX,
        vectors=MATRIX[:10],
        ids=named(20)[10:],
        metadata=thin,
        progress=lambda done, _: told.append(done),
    )
    await vectors.upsert(
        index_name=INDEX, vectors=MATRIX[:20], ids=named(20), metadata=[*fat[:10], *thin]
    )
    await vectors.upsert(index_name=INDEX, vectors=MATRIX[:20], ids=named(20), metadata=fat)
    await vectors.upsert(index_name=INDEX, vectors=MATRIX[:20], ids=named(20), metadata=thin * 2)
    assert await count(vectors) == 20
    matches = await vectors.query(index_name=INDEX, query_vector=MATRIX[0], top_k=20)
    assert all("n" in match.metadata for match in matches)
    assert told[-1] == 10
    await vectors.upsert(index_name=INDEX, vectors=MATRIX[:20], ids=named(20), metadata=fat)
    await vectors.delete_vectors(index_name=INDEX, filter={"text": {"$exists": True}})
    assert await count(vectors) == 0


@pytest.mark.parametrize("functions", ["ours", "published"])
async def test_what_an_upload_replaces_is_none_of_what_it_stored(vectors: ConvexVector) -> None:
    """Whichever of its parts that was in."""
    given: dict[str, Any] = {"vectors": MATRIX[:400], "metadata": [{"doc": 1}] * 400}
    await vectors.upsert(index_name=INDEX, ids=named(400), **given)
    anew = [*named(350), *(f"new-{number}" for number in range(50))]
    parts: list[int] = []
    await vectors.upsert(
        index_name=INDEX,
        ids=anew,
        delete_filter={"doc": 1},
        progress=lambda done, _: parts.append(done),
        **given,
    )
    assert len(parts) > 1
    matches = await vectors.query(index_name=INDEX, query_vector=MATRIX[0], top_k=500)
    assert sorted(found(matches)) == sorted(anew)


@ours
async def test_more_may_be_replaced_than_one_call_takes(
    vectors: ConvexVector, client: ConvexAdminClient
) -> None:
    """An array of Convex has 8192 elements, and a call looks up 4096 ids."""
    batch = Batch(ids=["a"], vectors=MATRIX[:1].astype(np.float64), metadata=[])
    await vectors.upsert(index_name=INDEX, vectors=MATRIX[:2], ids=["old-1", "old-9000"])
    await store_all(
        TypedVectors(client), INDEX, [batch], [f"old-{number}" for number in range(9_001)], None
    )
    matches = await vectors.query(index_name=INDEX, query_vector=MATRIX[0])
    assert found(matches) == ["a"]


@ours
async def test_a_document_is_stored_anew_in_one_transaction(
    vectors: ConvexVector, deployment: LocalDeployment
) -> None:
    """Whoever searches meanwhile finds either all of its old parts or all of its new ones."""
    old: dict[str, Any] = {"ids": [f"old-{n}" for n in range(12)], "metadata": [{"doc": 1}] * 12}
    new: dict[str, Any] = {"ids": [f"new-{n}" for n in range(9)], "metadata": [{"doc": 1}] * 9}
    await vectors.upsert(index_name=INDEX, vectors=MATRIX[:12], **old)
    seen: set[frozenset[str]] = set()
    is_done = anyio.Event()

    async def search(other: ConvexVector) -> None:
        while not is_done.is_set():
            matches = await other.query(index_name=INDEX, query_vector=MATRIX[0], top_k=50)
            seen.add(frozenset(found(matches)))

    async with ConvexClient(deployment.url) as convex:
        other = ConvexVector(id="other", client=ConvexAdminClient(client=convex))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(search, other)
            for turn in range(6):
                stored = new if turn % 2 == 0 else old
                await vectors.upsert(
                    index_name=INDEX,
                    vectors=MATRIX[: len(stored["ids"])],
                    delete_filter={"doc": 1},
                    **stored,
                )
            is_done.set()
    assert seen <= {frozenset(old["ids"]), frozenset(new["ids"])}
    assert await count(vectors) == 12
