"""How large rows are, so that no call is larger than Convex takes.

https://docs.convex.dev/production/state/limits
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from aioconvex.mastra._rows import native_or_text
from aioconvex.mastra.errors import vector_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .backend import Batch

__all__ = ["NUMBER_BYTES", "batches", "row_bytes"]

NUMBER_BYTES: Final = 9
"""What Convex stores of a number."""

_MAX_DOCUMENT: Final = 1024 * 1024
_ROW_BYTES: Final = 200  # names of columns, Convex's id and time

# Of what one call stores. A function's own code has one second, and Convex's copies of numbers take
# most of it: its other limits allow far more.
_BATCH_BYTES: Final = 1024 * 1024
_BATCH_ROWS: Final = 1000


def row_bytes(id_: str, index_name: str, dimension: int, metadata: dict[str, Any] | None) -> int:
    """The bytes that Convex stores for a vector.

    Raises:
        ArgumentError: the metadata is no JSON.
    """
    names = _bytes(id_) + _bytes(index_name)
    native = None if metadata is None else native_or_text(metadata, "metadata")
    return _ROW_BYTES + names + dimension * NUMBER_BYTES + _bytes(native)


def batches(index_name: str, given: Batch, most: int = _BATCH_ROWS) -> list[Batch]:
    """Cut vectors into what one call can store, in their order.

    Args:
        index_name: their index.
        given: the vectors.
        most: how many one call may store at most.

    Raises:
        ArgumentError: metadata is no JSON.
        MastraError: a vector is larger, with its metadata, than a document may be.
    """
    sizes = _sizes(index_name, given)
    return [given.part(start, end) for start, end in _spans(sizes, most)]


def _sizes(index_name: str, given: Batch) -> list[int]:
    dimension = given.vectors.shape[1]
    sizes: list[int] = []
    for at, id_ in enumerate(given.ids):
        metadata = given.metadata[at] if given.metadata else None
        size = row_bytes(id_, index_name, dimension, metadata)
        if size > _MAX_DOCUMENT:
            text = (
                f"vector {id_!r} would take {size} bytes with its metadata, and a Convex document "
                f"has at most {_MAX_DOCUMENT}"
            )
            raise vector_error("upsert", "DOCUMENT_TOO_LARGE", text, details={"id": id_})
        sizes.append(size)
    return sizes


def _spans(sizes: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    start = filled = 0
    for at, size in enumerate(sizes):
        if at > start and (filled + size > _BATCH_BYTES or at - start == most):
            yield start, at
            start, filled = at, 0
        filled += size
    yield start, len(sizes)


def _bytes(value: object) -> int:
    """The bytes of a JSON value in a document."""
    if isinstance(value, str):
        return len(value.encode(errors="surrogatepass")) + 2
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return 2 + sum(len(key) + 1 + _bytes(item) for key, item in items)
    if isinstance(value, (list, tuple)):
        return 2 + sum(map(_bytes, cast("list[object]", value)))
    return NUMBER_BYTES
