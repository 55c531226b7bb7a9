"""Vectors in memory, and their cosine similarity to one.

A score is computed twice: for all vectors of a block in one matrix product, in float32 where the
vectors are, and for those that may be among the nearest once more in float64, row by row. So the
nearest are exact, and equal vectors have equal scores wherever they stand.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .backend import VectorPage

__all__ = ["Block", "block_of", "direction_of", "memory_of", "merged"]

Matrix: TypeAlias = "NDArray[np.float32] | NDArray[np.float64]"

# Between these, neither a sum of squares nor its root leaves float64's range or precision.
_LEAST: Final = 1e-200
_MOST: Final = 1e200

# Likewise, and no product leaves float32's.
_LEAST_NARROW: Final = 1e-30
_MOST_NARROW: Final = 1e30


@frozen(eq=False)
class Block:
    """Vectors of a page, or of a whole index.

    Attributes:
        ids: their ids.
        metadata: the metadata of each.
        matrix: one vector a row, float32 if that is what all of them are, else float64; scaled
            where its numbers are extreme, zeros where it has no direction or another dimension.
        scales: what makes a product with the matrix a similarity; 0 where nothing does.
        originals: the vectors whose row is not as stored, by row.
        nbytes: how much memory all of it takes, roughly.
    """

    ids: list[str]
    metadata: list[Any]
    matrix: Matrix
    scales: NDArray[np.float64]
    originals: dict[int, NDArray[np.float64]]
    nbytes: int

    def vector(self, row: int) -> NDArray[np.float64]:
        """A vector as it is stored, in memory of its own."""
        original = self.originals.get(row)
        return (self.matrix[row] if original is None else original).astype(np.float64)

    def similarities(self, direction: NDArray[np.float64]) -> NDArray[np.float64]:
        """The similarity of each vector to a direction, but for the last digits."""
        products = self.matrix @ direction.astype(self.matrix.dtype)
        return _scored(products, self.scales, direction)

    @property
    def uncertainty(self) -> float:
        """By how much the order of two similarities may be another one than that of exact ones."""
        # Of each, the product of n numbers is off by at most (n + 1) half units in the last place.
        unit = np.finfo(self.matrix.dtype).eps
        return float(2 * (self.matrix.shape[1] + 4) * unit)

    def exact(self, direction: NDArray[np.float64], rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """The similarity of some vectors, which depends on nothing but their numbers."""
        products = np.einsum("ij,j->i", self.matrix[rows].astype(np.float64), direction)
        return np.clip(_scored(products, self.scales[rows], direction), -1, 1)


def _scored(
    products: Matrix, scales: NDArray[np.float64], direction: NDArray[np.float64]
) -> NDArray[np.float64]:
    # What has no direction is as far away as can be.
    if not direction.any():
        return np.full(len(products), -1.0)
    return np.where(scales == 0, -1.0, products * scales)


def block_of(page: VectorPage, dimension: int) -> Block:
    """Arrange a page for scoring. Vectors of another dimension count as without direction."""
    originals: dict[int, NDArray[np.float64]] = {}
    if all(length == dimension for length in page.lengths):
        matrix = page.numbers.reshape(-1, dimension)
    else:
        matrix = _fitting(page, dimension, originals)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        squares = np.einsum("ij,ij->i", matrix, matrix)
    usual = (squares > _LEAST) & (squares < _MOST)
    scales = np.zeros(len(matrix))
    scales[usual] = 1 / np.sqrt(squares[usual])
    if not usual.all():
        matrix = matrix.copy()
        for row in np.flatnonzero(~usual):
            if matrix[row].any():
                originals[int(row)] = matrix[row].copy()
                matrix[row] = direction_of(matrix[row])
                scales[row] = float(matrix[row].any())
    fitting = _narrowed(matrix, squares)
    nbytes = fitting.nbytes + sum(map(memory_of, page.metadata)) + sum(map(sys.getsizeof, page.ids))
    return Block(page.ids, page.metadata, fitting, scales, originals, nbytes)


def merged(blocks: list[Block], dimension: int) -> Block:
    """Put blocks together, and empty the list, so that no more memory is taken than one of them.

    One product of a large matrix takes less time than many of small ones.
    """
    narrow = all(block.matrix.dtype == np.float32 for block in blocks)
    shape = (sum(len(block.ids) for block in blocks), dimension)
    matrix: Matrix = np.empty(shape, np.float32) if narrow else np.empty(shape, np.float64)
    scales = np.empty(len(matrix))
    # One block of float64 makes all of them so.
    rest = sum(block.nbytes - block.matrix.nbytes for block in blocks)
    whole = Block([], [], matrix, scales, {}, matrix.nbytes + rest)
    blocks.reverse()
    while blocks:
        block = blocks.pop()
        start = len(whole.ids)
        end = start + len(block.ids)
        matrix[start:end] = block.matrix
        scales[start:end] = block.scales
        whole.originals.update({start + row: block.originals[row] for row in block.originals})
        whole.ids.extend(block.ids)
        whole.metadata.extend(block.metadata)
    return whole


def direction_of(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vector of length 1 in a vector's direction; zeros if it has none."""
    # Scaled first: the square of a large or tiny component leaves float64's range.
    largest = np.abs(vector).max(initial=0)
    if not 0 < largest < np.inf:
        return np.zeros_like(vector)
    scaled = vector / largest
    direction: NDArray[np.float64] = scaled / np.sqrt(np.einsum("i,i->", scaled, scaled))
    return direction


def _narrowed(matrix: NDArray[np.float64], squares: NDArray[np.float64]) -> Matrix:
    """The matrix in half the memory, if it loses nothing by it, as what models compute does."""
    if ((squares > 0) & ((squares < _LEAST_NARROW) | (squares > _MOST_NARROW))).any():
        return matrix
    with np.errstate(over="ignore"):
        narrow = matrix.astype(np.float32)
    return narrow if np.array_equal(narrow, matrix) else matrix


def _fitting(
    page: VectorPage, dimension: int, originals: dict[int, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """A matrix of the vectors of this dimension; the others are put aside."""
    matrix = np.zeros((len(page.lengths), dimension))
    end = 0
    for row, length in enumerate(page.lengths):
        vector = page.numbers[end : end + length]
        end += length
        if length == dimension:
            matrix[row] = vector
        else:
            originals[row] = vector.copy()
    return matrix


def memory_of(value: object) -> int:
    """The bytes that a JSON value takes in Python."""
    size = 0
    waiting = [value]
    while waiting:  # no recursion: JSON text may be deeper than Python's stack
        item = waiting.pop()
        size += sys.getsizeof(item)
        if isinstance(item, dict):
            fields = cast("dict[str, object]", item)
            waiting.extend(fields)
            waiting.extend(fields.values())
        elif isinstance(item, list):
            waiting.extend(cast("list[object]", item))
    return size
