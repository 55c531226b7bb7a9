"""Files of vectors: numpy's `.npz`, with one vector a row.

    with np.load("vectors/pages/00001.npz") as file:
        vectors = file["vectors"]                                   # float64, one vector a row
        rows = [json.loads(line) for line in file["rows"].tobytes().splitlines()]

`rows` is text in UTF-8: for each vector a line of JSON with its `id` and `metadata`. Files of
somebody else may have `ids`, an array of text, and `metadata`, one of JSON texts, instead.

Everything here blocks, and is called in a thread.
"""

from __future__ import annotations

import struct
import zlib
from errno import EINVAL
from tokenize import TokenError
from typing import IO, TYPE_CHECKING, Any, Final, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import numpy as np
from attrs import frozen

from aioconvex.mastra._rows import json_text, parsed_exactly
from aioconvex.mastra.errors import storage_error

from .folder import digest_of, written_whole
from .models import BulkFile
from .tables import check_integers, exact

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from zipfile import ZipInfo

    from numpy.typing import NDArray

    from aioconvex.mastra.errors import MastraError

__all__ = ["Vectors", "read_vectors", "write_vectors"]

_ARRAYS: Final = ("vectors", "rows", "ids", "metadata")
_DIMENSIONS: Final = 2
_MOST_BYTES: Final = 2**30  # unpacked, of a file; those of exports have some 16 MiB

# What zipfile, zlib and numpy raise for a file that is damaged or none of theirs.
_DAMAGE: Final = (
    *(ArithmeticError, EOFError, LookupError, MemoryError, RuntimeError, TypeError, ValueError),
    *(BadZipFile, SyntaxError, TokenError, struct.error, zlib.error),
)


@frozen(kw_only=True, eq=False)
class Vectors:
    """Vectors with what belongs to them.

    Attributes:
        ids: their ids.
        metadata: the metadata of each, JSON or None.
        numbers: one a row, 2-D.
    """

    ids: list[str]
    metadata: list[Any]
    numbers: NDArray[Any]


def write_vectors(folder: Path, name: str, vectors: Vectors) -> BulkFile:
    """Write a file, which is there as a whole or not at all."""
    lines = [
        json_text({"id": id_, "metadata": exact(metadata)}, "row") + "\n"
        for id_, metadata in zip(vectors.ids, vectors.metadata, strict=True)
    ]
    rows = np.frombuffer("".join(lines).encode("utf-8", "surrogatepass"), np.uint8)
    path = folder / name
    with written_whole(path) as file:
        np.savez(file, vectors=vectors.numbers, rows=rows)
    return BulkFile(name=name, rows=len(lines), bytes=path.stat().st_size, sha256=digest_of(path))


def read_vectors(path: Path) -> Vectors:
    """Read a file, as a whole.

    Raises:
        MastraError: it is none, or too large, or an array is missing or of another length.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        try:
            arrays = _arrays(file)
        except OSError as error:
            # A damaged file has parts that begin before itself.
            if error.errno != EINVAL:
                raise
            raise _no_arrays(path, error) from error
        except _DAMAGE as error:
            raise _no_arrays(path, error) from error
    numbers = arrays.get("vectors")
    if numbers is None or numbers.ndim != _DIMENSIONS or numbers.dtype.kind not in "iuf":
        raise _bad(path, "it has no array `vectors` of numbers with one vector a row")
    try:
        ids, metadata = _rows(arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise _bad(path, f"its ids or metadata cannot be read: {error}") from None
    for name, found in (("ids", ids), ("metadata", metadata)):
        if len(found) != len(numbers):
            raise _bad(path, f"it has {len(numbers)} vectors and {len(found)} {name}")
    return Vectors(ids=ids, metadata=metadata, numbers=numbers)


def _arrays(file: IO[bytes]) -> dict[str, NDArray[Any]]:
    with ZipFile(file) as archive:
        _check_members(archive.infolist())
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in _ARRAYS if name in arrays}
    for name, array in found.items():
        # A member without the mark of an array comes as its bytes.
        if not isinstance(array, np.ndarray):
            raise ValueError(f"`{name}` is no array")  # noqa: TRY004  # what the file holds is wrong
    return found


def _check_members(members: Sequence[ZipInfo]) -> None:
    """Check what can be told before anything is unpacked."""
    for member in members:
        # The two that numpy writes; others unpack more at once than they were asked for.
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ValueError(f"{member.filename} is packed in a way that numpy does not write")
    size = sum(member.file_size for member in members)
    if size > _MOST_BYTES:
        raise ValueError(
            f"unpacked it has {size} bytes, and may have {_MOST_BYTES}: make several of it"
        )


def _rows(arrays: dict[str, NDArray[Any]]) -> tuple[list[str], list[Any]]:
    if "rows" in arrays:
        lines = arrays["rows"].astype(np.uint8, casting="no").tobytes().splitlines()
        rows: list[dict[str, Any]] = [_json(line) for line in lines]
        return [row["id"] for row in rows], [row["metadata"] for row in rows]
    for name in ("ids", "metadata"):
        if name in arrays and arrays[name].ndim != 1:
            raise ValueError(f"`{name}` is no array of one dimension")
    ids = cast("list[str]", arrays["ids"].tolist())
    texts: Sequence[str] = arrays["metadata"].tolist() if "metadata" in arrays else [""] * len(ids)
    return ids, [_json(text.encode()) if text else None for text in texts]


def _json(text: bytes) -> Any:
    value = parsed_exactly(text)
    check_integers(value, "metadata")
    return value


def _no_arrays(path: Path, error: Exception) -> MastraError:
    reason = str(error) or type(error).__name__
    return _bad(path, f"it is no .npz file of numbers and text: {reason}")


def _bad(path: Path, problem: str) -> MastraError:
    return storage_error("import", "BAD_FILE", f"{path}: {problem}", details={"file": str(path)})
