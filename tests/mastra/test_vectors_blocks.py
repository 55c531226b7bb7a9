"""Vectors in memory: scores are numpy's, whatever the pages, and copies keep to their limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as drawn
from numpy.typing import NDArray

from aioconvex.mastra._vectors.backend import IndexState, VectorPage
from aioconvex.mastra._vectors.blocks import Block, block_of, memory_of, merged
from aioconvex.mastra._vectors.copies import Copies
from aioconvex.mastra._vectors.nearest import Nearest, Search

NUMBERS = st.sampled_from([0, 1, -1, 2, 0.5, -3, 1e160, 1e-170, 7.25])


def pages(vectors: NDArray[np.float64], size: int) -> list[Block]:
    blocks: list[Block] = []
    for start in range(0, len(vectors), size):
        part = vectors[start : start + size]
        page = VectorPage(
            ids=[str(start + row) for row in range(len(part))],
            metadata=[None] * len(part),
            lengths=[part.shape[1]] * len(part),
            numbers=np.ravel(part),
            next_cursor=None,
        )
        blocks.append(block_of(page, part.shape[1]))
    return blocks


def cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    if not a.any() or not b.any():
        return -1
    a, b = a / np.abs(a).max(), b / np.abs(b).max()
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


@settings(max_examples=150, deadline=None)
@given(
    vectors=drawn.arrays(np.float64, st.tuples(st.integers(1, 12), st.just(3)), elements=NUMBERS),
    query=drawn.arrays(np.float64, 3, elements=NUMBERS),
    top_k=st.integers(1, 14),
    size=st.integers(1, 13),
    how=st.sampled_from(["merged", "at once", "one by one"]),
)
def test_the_nearest_are_those_of_a_plain_sort(
    vectors: NDArray[np.float64],
    query: NDArray[np.float64],
    top_k: int,
    size: int,
    how: str,
) -> None:
    search = Search(vector=query, top_k=top_k, filter=None, include_vector=True)
    nearest = Nearest(search)
    blocks = pages(vectors, size)
    match how:
        case "merged":
            nearest.see([merged(blocks, 3)])
            assert blocks == []
        case "at once":
            nearest.see(blocks)
        case _:
            for part in blocks:
                nearest.see([part])
    matches = nearest.matches()
    # Equal but for the last digits is equal: such scores are in the order of storage.
    scores = [round(cosine(vector, query), 9) for vector in vectors]
    expected = sorted(range(len(vectors)), key=lambda row: (-scores[row], row))[:top_k]
    assert [round(match.score, 9) for match in matches] == [scores[row] for row in expected]
    by_score = {(scores[int(match.id)]) for match in matches}
    assert by_score == {scores[row] for row in expected}
    for match in matches:
        assert match.vector is not None
        assert match.vector.tolist() == vectors[int(match.id)].tolist()


@settings(max_examples=50, deadline=None)
@given(
    vector=drawn.arrays(np.float64, 7, elements=st.floats(-1, 1, width=32)),
    copies=st.integers(2, 9),
    others=st.integers(0, 5),
    size=st.integers(1, 6),
)
def test_equal_vectors_are_in_the_order_of_storage_wherever_they_stand(
    vector: NDArray[np.float64], copies: int, others: int, size: int
) -> None:
    noise = np.random.default_rng(others).normal(size=(others, 7))
    vectors = np.vstack([noise, np.tile(vector, (copies, 1))])
    nearest = Nearest(Search(vector=vector, top_k=100, filter=None, include_vector=False))
    nearest.see(pages(vectors, size))
    equal = [match for match in nearest.matches() if int(match.id) >= others]
    # Of a page, ids are numbered from its start.
    assert [int(match.id) for match in equal] == sorted(int(match.id) for match in equal)
    assert len({match.score for match in equal}) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [7, 300, 3_000])
def test_of_vectors_that_hardly_differ_the_nearest_are_exact(dtype: Any, size: int) -> None:
    numbers = np.random.default_rng(size)
    base = numbers.normal(size=96)
    vectors = (base * (1 + 1e-6 * numbers.normal(size=(3_000, 96)))).astype(dtype)
    wide = vectors.astype(np.float64)
    blocks = pages(wide, size)
    assert all(part.matrix.dtype == dtype for part in blocks)
    nearest = Nearest(Search(vector=base, top_k=25, filter=None, include_vector=True))
    nearest.see(blocks)
    exact = [cosine(vector, base) for vector in wide]
    expected = sorted(exact, reverse=True)[:25]
    found = [match.score for match in nearest.matches()]
    assert found == pytest.approx(expected, abs=1e-15)
    again = Nearest(Search(vector=base, top_k=25, filter=None, include_vector=True))
    again.see([merged(blocks, 96)])
    assert [match.score for match in again.matches()] == found
    for match in nearest.matches():
        assert match.vector is not None
        assert match.vector.dtype == np.dtype(np.float64)
        assert any(np.array_equal(match.vector, row) for row in wide)


def test_a_vector_on_two_pages_is_found_once_as_it_was_last() -> None:
    first, last = pages(np.array([[1.0, 0], [0, 1]]), 2), pages(np.array([[0, -1.0]]), 1)
    nearest = Nearest(
        Search(vector=np.array([0, -1.0]), top_k=5, filter=None, include_vector=False)
    )
    nearest.see(first)
    nearest.see(last)
    assert [(match.id, match.score) for match in nearest.matches()] == [("0", 1), ("1", -1)]


def test_a_block_knows_how_much_memory_its_metadata_takes() -> None:
    def nbytes(metadata: Any) -> int:
        page = VectorPage(
            ids=["a"], metadata=[metadata], lengths=[1], numbers=np.ones(1), next_cursor=None
        )
        return block_of(page, 1).nbytes

    assert nbytes({"text": "x" * 100_000}) > nbytes(None) + 100_000
    assert nbytes({"rows": [{"n": n} for n in range(100)]}) > nbytes(None) + 10_000


def test_a_merged_block_knows_how_much_memory_it_takes() -> None:
    """Of pages in float32 and one in float64, all is float64: twice what the pages took."""
    numbers = np.ones((100, 1_000))
    numbers[-1, -1] = 0.1
    blocks = pages(numbers, 10)
    before = sum(part.nbytes for part in blocks)
    whole = merged(blocks, 1_000)
    assert before < 100 * 1_000 * 5 < whole.matrix.nbytes <= whole.nbytes


def test_metadata_may_be_deeper_than_pythons_stack() -> None:
    deep: Any = 1
    for _ in range(20_000):
        deep = {"in": [deep]}
    assert memory_of(deep) > 20_000 * 100


def test_a_copy_that_turns_out_too_large_is_not_kept() -> None:
    copies = Copies(100)
    states = {name: IndexState(dimension=1, version=name) for name in "ab"}
    copies.keep("a", states["a"], block(40))
    copies.keep("b", states["b"], block(101))
    assert copies.current("a", states["a"]) is not None
    assert copies.current("b", states["b"]) is None
    assert not copies.admit("b", states["b"])


def block(nbytes: int) -> Block:
    empty = np.empty(0)
    return Block([], [], empty.reshape(0, 1), empty, {}, nbytes)


def test_copies_used_longest_ago_make_room() -> None:
    copies = Copies(100)
    states = {name: IndexState(dimension=1, version=name) for name in "abc"}
    copies.keep("a", states["a"], block(40))
    copies.keep("b", states["b"], block(50))
    assert copies.current("a", states["a"]) is not None
    copies.keep("c", states["c"], block(30))
    assert copies.current("b", states["b"]) is None
    assert copies.current("a", states["a"]) is not None
    assert copies.current("c", states["c"]) is not None
    assert copies.current("c", IndexState(dimension=1, version="other")) is None


def test_an_index_that_did_not_fit_is_tried_again_when_it_has_changed() -> None:
    copies = Copies(100)
    state = IndexState(dimension=1, version="1")
    assert copies.admit("a", state)
    copies.refuse("a", state)
    assert not copies.admit("a", state)
    assert copies.admit("a", IndexState(dimension=1, version="2"))
    assert not copies.admit("a", IndexState(dimension=1, version=None))
    assert not Copies(0).admit("a", state)
