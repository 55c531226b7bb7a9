"""Vectors to be stored: all of them checked before the first is sent, then sent in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from attrs import frozen

from aioconvex.errors import ArgumentError, OutcomeUnknown
from aioconvex.mastra._arguments import given_text
from aioconvex.mastra._rows import json_text, native_or_text
from aioconvex.mastra._vectors.arrays import checked_vectors
from aioconvex.mastra.errors import vector_error
from aioconvex.values import encode_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from aioconvex.errors import ConvexError
    from aioconvex.mastra.errors import MastraError

    from .indexes import NativeIndex

__all__ = ["NewVectors", "checked_ids", "checked_metadata", "incomplete"]

_MAX_ROWS: Final = 100
_MAX_BYTES: Final = 8 * 2**20  # of a request, which may have twice that
_MAX_DOCUMENT: Final = 2**20
_SENT_BYTES: Final = 25  # of a number as JSON, at most
_STORED_BYTES: Final = 9  # of a number

Metadata = dict[str, Any] | str
"""An object as Convex stores it, or JSON text of one with keys that Convex does not take."""


@frozen
class NewVectors:
    """Vectors with their ids, and with metadata if they have any."""

    ids: list[str]
    vectors: NDArray[np.float64]
    metadata: list[Metadata] | None
    _sizes: list[int]

    @classmethod
    def checked(
        cls, op: str, index: NativeIndex, *, vectors: object, ids: object, metadata: object
    ) -> NewVectors:
        """Check what a caller gave.

        Raises:
            MastraError: vectors are wrong (see `checked_vectors`), or there are more or fewer ids
                or metadata (`IDS_LENGTH_MISMATCH`, `METADATA_LENGTH_MISMATCH`).
            ArgumentError: an id is empty or there twice, metadata are no JSON objects, or a vector
                is too large with its metadata.
        """
        rows = checked_vectors(op, vectors, index.dimension)
        count = len(rows)
        given_ids = [str(uuid4()) for _ in rows] if ids is None else checked_ids(ids)
        _check_length(op, "IDS", len(given_ids), count)
        given = None if metadata is None else _checked_list(metadata)
        if given is not None:
            _check_length(op, "METADATA", len(given), count)
        sizes = [len(json_text(item, "metadata")) for item in given or ()] or [0] * count
        most = _MAX_DOCUMENT - index.dimension * _STORED_BYTES
        for at, size in enumerate(sizes):
            if size > most:
                text = f"has {size} bytes, and beside its vector there is room for {most}"
                raise ArgumentError(f"metadata[{at}]", text)
        return cls(given_ids, rows, given, sizes)

    def batches(self) -> Iterator[slice]:
        """Which vectors to send at once."""
        start, size = 0, 0
        row = self.vectors.shape[1] * _SENT_BYTES
        for at, metadata in enumerate(self._sizes):
            if at - start == _MAX_ROWS or (at > start and size + row + metadata > _MAX_BYTES):
                yield slice(start, at)
                start, size = at, 0
            size += row + metadata
        yield slice(start, len(self.ids))

    def sent(self, batch: slice) -> dict[str, Any]:
        """A batch as the server function takes it."""
        args = {"ids": self.ids[batch], "vectors": list(self.vectors[batch])}
        return args if self.metadata is None else {**args, "metadata": self.metadata[batch]}


def incomplete(op: str, ids: list[str], batch: slice, error: ConvexError) -> MastraError:
    """Say what is stored after a batch failed; see `NewVectors.batches`."""
    unknown = ids[batch] if isinstance(error, OutcomeUnknown) else []
    missing = ids[batch.stop if unknown else batch.start :]
    text = f"{batch.start} of {len(ids)} vectors are stored"
    if unknown:
        text += f", of {len(unknown)} it is not known"
    return vector_error(
        op,
        "INCOMPLETE",
        f"{text}; then: {error}. Doing it again with the same ids does no harm",
        category="THIRD_PARTY",
        details={"stored": ids[: batch.start], "unknown": unknown, "missing": missing},
    )


def checked_ids(given: object) -> list[str]:
    """Check ids of vectors.

    Raises:
        ArgumentError: they are no list of different texts that are not empty.
    """
    if not isinstance(given, Sequence) or isinstance(given, (str, bytes)):
        raise ArgumentError("ids", f"must be a list of ids, not {given!r}"[:200])
    items = cast("Sequence[object]", given)
    ids = [given_text(item, f"ids[{at}]") for at, item in enumerate(items)]
    if len(set(ids)) < len(ids):
        twice = next(id_ for at, id_ in enumerate(ids) if id_ in ids[:at])
        raise ArgumentError("ids", f"{twice!r} is there twice")
    return ids


def checked_metadata(given: object, path: str) -> Metadata:
    """Check the metadata of a vector.

    Raises:
        ArgumentError: they are no JSON object.
    """
    if not isinstance(given, Mapping):
        raise ArgumentError(path, f"must be an object, not {given!r}"[:200])
    metadata: Metadata = native_or_text(dict(cast("Mapping[str, Any]", given)), path)
    encode_value(metadata, path)  # refuses what JSON has and Convex has not
    return metadata


def _checked_list(given: object) -> list[Metadata]:
    if not isinstance(given, Sequence) or isinstance(given, (str, bytes)):
        raise ArgumentError("metadata", f"must be a list of objects, not {given!r}"[:200])
    items = cast("Sequence[object]", given)
    return [checked_metadata(item, f"metadata[{at}]") for at, item in enumerate(items)]


def _check_length(op: str, what: str, length: int, count: int) -> None:
    if length != count:
        text = f"there are {length} {what.lower()} for {count} vectors"
        raise vector_error(op, f"{what}_LENGTH_MISMATCH", text)
