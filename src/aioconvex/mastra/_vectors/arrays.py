"""Vectors as callers give them: lists of numbers or numpy arrays, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, cast

import numpy as np

from aioconvex.mastra.errors import vector_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["VectorLike", "VectorsLike", "checked_vector", "checked_vectors"]

VectorLike: TypeAlias = "Sequence[float] | NDArray[np.floating[Any] | np.integer[Any]]"
"""One vector: a list of numbers, or a 1-D array of any float or integer dtype."""

VectorsLike: TypeAlias = (
    "Sequence[VectorLike] | Sequence[Sequence[float]] | NDArray[np.floating[Any] | np.integer[Any]]"
)
"""Several vectors: a list of them, or a 2-D array with one vector a row."""


def checked_vectors(op: str, given: object, dimension: int) -> NDArray[np.float64]:
    """Check vectors of one index.

    Args:
        op: the operation, for the error's id; see `vector_error`.
        given: the vectors, as in `VectorsLike`.
        dimension: how many numbers each must have.

    Returns:
        One vector a row, float64.

    Raises:
        MastraError: there is none (`EMPTY_VECTORS`), one has another dimension
            (`DIMENSION_MISMATCH`), or something in it is no finite number (`INVALID_VECTOR_VALUE`).
    """
    if not _is_list(given) or len(given) == 0:
        text = f"vectors must be a list of vectors or a 2-D array, with at least one, not {_shown(given)}"
        raise vector_error(op, "EMPTY_VECTORS", text)
    rows = [_checked(op, row, dimension, f"vectors[{at}]") for at, row in enumerate(given)]
    return np.stack(rows)


def checked_vector(
    op: str, given: object, dimension: int | None, path: str = "query_vector"
) -> NDArray[np.float64]:
    """Check one vector; see `checked_vectors`.

    Args:
        op: as there.
        given: the vector, as in `VectorLike`.
        dimension: how many numbers it must have; None for any number.
        path: names it in errors.

    Raises:
        MastraError: it is missing (`MISSING_VECTOR`), or as there.
    """
    if given is None:
        raise vector_error(op, "MISSING_VECTOR", f"{path} is missing")
    return _checked(op, given, dimension, path)


def _checked(op: str, given: object, dimension: int | None, path: str) -> NDArray[np.float64]:
    numbers = _numbers(given)
    if numbers is None:
        text = f"{path} must be a list of numbers or a 1-D array of them, not {_shown(given)}"
        raise vector_error(op, "INVALID_VECTOR_VALUE", text)
    if dimension is not None and len(numbers) != dimension:
        text = f"{path} has {len(numbers)} dimensions, and the index has {dimension}"
        raise vector_error(op, "DIMENSION_MISMATCH", text)
    finite = np.isfinite(numbers)
    if not finite.all():
        at = int(np.argmin(finite))
        text = f"{path}[{at}] is {numbers[at]}, no finite number"
        raise vector_error(op, "INVALID_VECTOR_VALUE", text)
    return numbers


def _numbers(given: object) -> NDArray[np.float64] | None:
    """The numbers of a vector; None if it is none."""
    # In a list, numpy takes true for 1.
    if not _is_list(given) or (not isinstance(given, np.ndarray) and bool in set(map(type, given))):
        return None
    try:
        array = np.asarray(given)
    except ValueError:  # of lists in it whose lengths differ
        return None
    is_empty = array.size == 0
    if array.ndim != 1 or not (is_empty or array.dtype.kind in "iuf"):
        return None
    return array.astype(np.float64)


def _is_list(given: object) -> TypeGuard[Sequence[object]]:
    return isinstance(given, np.ndarray) or (
        isinstance(given, Sequence) and not isinstance(given, (str, bytes))
    )


def _shown(given: object) -> str:
    if isinstance(given, np.ndarray):
        array = cast("NDArray[Any]", given)
        return f"an array of shape {array.shape} and dtype {array.dtype}"
    return f"{given!r}"[:80]
