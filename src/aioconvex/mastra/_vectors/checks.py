"""Checks of arguments: whatever is wrong is told before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import given_text
from aioconvex.mastra._rows import check_json
from aioconvex.mastra.errors import MastraError, vector_error

from .filters import parse_filter

if TYPE_CHECKING:
    from .filters import Filter

__all__ = [
    "MOST_NATIVE",
    "MOST_NUMBERS",
    "check_same_dimension",
    "checked_ids",
    "checked_index",
    "checked_metadata",
    "checked_object",
    "checked_store_id",
    "checked_top_k",
    "missing_vector",
    "new_ids",
    "restricting",
    "selected",
    "whole_number",
]

MOST_NUMBERS: Final = 8192
"""How many elements a Convex array has at most."""

MOST_NATIVE: Final = 256
"""How many neighbours Convex's own search finds: https://docs.convex.dev/search/vector-search."""

# Its table would be the one of all indexes.
_RESERVED: Final = "indexes"


def checked_index(name: object) -> str:
    """Check an index's name.

    Raises:
        ArgumentError: it is none.
    """
    checked = given_text(name, "index_name")
    if checked == _RESERVED:
        raise ArgumentError("index_name", f"an index cannot be called {_RESERVED!r}")
    return checked


def whole_number(value: object, path: str, least: int, most: int | None = None) -> int:
    """Check an integer.

    Raises:
        ArgumentError: it is none, or out of its range.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ArgumentError(path, f"must be an integer of at least {least}, not {value!r}")
    if most is not None and value > most:
        raise ArgumentError(path, f"must be at most {most}, not {value}")
    return int(value)  # not a member of an enum


def checked_top_k(value: object) -> int:
    """Check how many vectors are to be found.

    Raises:
        MastraError: it is no positive integer.
    """
    try:
        return whole_number(value, "top_k", 1)
    except ArgumentError as error:
        raise vector_error("query", "INVALID_TOP_K", str(error)) from None


def check_same_dimension(index_name: str, stored: int, given: int) -> None:
    """Refuse to create an index that there is with another dimension.

    Raises:
        MastraError: it is.
    """
    if stored != given:
        raise MastraError(
            id="VECTOR_VALIDATE_INDEX_DIMENSION_MISMATCH",  # Mastra's own id, for all its stores
            domain="MASTRA_VECTOR",
            category="USER",
            text=(
                f"Index {index_name} has {stored} dimensions; delete it to create it with {given}"
            ),
            details={"indexName": index_name, "existingDim": stored, "requiredDim": given},
        )


def checked_store_id(name: str, given: object) -> str:
    """Check the id that an app has for its vectors; `name` is the class.

    Raises:
        MastraError: it is empty or no string.
    """
    if not isinstance(given, str) or not given.strip():
        raise MastraError(
            id="VECTOR_INVALID_ID",  # Mastra's own id, for all its stores
            domain="MASTRA_VECTOR",
            category="USER",
            text=f"{name}: id must be provided and cannot be empty",
        )
    return given


def missing_vector(index_name: str, store: str = "CONVEX") -> MastraError:
    """Make the error for a query without a vector; `store` is Mastra's name for the class."""
    return MastraError(
        id=f"MASTRA_VECTOR_{store}_QUERY_MISSING_VECTOR",
        domain="STORAGE",  # as TypeScript has it
        category="USER",
        text="query_vector is required: a search by metadata alone is not supported",
        details={"indexName": index_name},
    )


def checked_ids(given: object, path: str) -> list[str]:
    """Check a list of ids.

    Raises:
        ArgumentError: it is none, or one of them.
    """
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
        raise ArgumentError(path, f"must be a list of ids, not {given!r}")
    ids = cast("Sequence[object]", given)
    return [given_text(id_, f"{path}[{at}]") for at, id_ in enumerate(ids)]


def new_ids(given: object, count: int) -> list[str]:
    """Check the ids of vectors to store, or make new ones.

    Raises:
        ArgumentError: one of them is none.
        MastraError: they are fewer or more than the vectors, or two are the same.
    """
    if given is None:
        return [str(uuid4()) for _ in range(count)]
    ids = checked_ids(given, "ids")
    _check_length("IDS", "ids", len(ids), count)
    seen: dict[str, int] = {}
    for at, id_ in enumerate(ids):
        if seen.setdefault(id_, at) != at:
            text = f"ids[{seen[id_]}] and ids[{at}] are the same, {id_!r}"
            raise vector_error("upsert", "DUPLICATE_IDS", text)
    return ids


def checked_metadata(given: object, count: int) -> list[dict[str, Any] | None]:
    """Check the metadata of vectors to store; an empty list if none has any.

    Raises:
        ArgumentError: it is no list, or one is no JSON object.
        MastraError: it is of fewer or more than the vectors.
    """
    if given is None:
        return []
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
        raise ArgumentError("metadata", f"must be a list of objects, not {given!r}")
    objects = cast("Sequence[object]", given)
    _check_length("METADATA", "metadata", len(objects), count)
    return [
        None if item is None else checked_object(item, f"metadata[{at}]")
        for at, item in enumerate(objects)
    ]


def checked_object(given: object, path: str) -> dict[str, Any]:
    """Check a JSON object.

    Raises:
        ArgumentError: it is none, or has integers that Convex rounds.
    """
    if not isinstance(given, Mapping):
        raise ArgumentError(path, f"must be an object, not {given!r}")
    value = dict(cast("Mapping[str, Any]", given))
    check_json(value, path, as_floats=True)
    return value


def restricting(op: str, doing: str, given: object, path: str = "filter") -> Filter:
    """Check a filter of what is to be changed, which must not be everything.

    Raises:
        ArgumentError: it is no filter.
        MastraError: it has no condition.
    """
    checked = parse_filter(given, path)
    if checked is None:
        raise vector_error(op, "EMPTY_FILTER", f"cannot {doing} with empty filter")
    return checked


def selected(op: str, doing: str, name: str, selector: object, given: object) -> Filter | None:
    """Check that either a selector or a filter is given; returns the filter if it is.

    Raises:
        ArgumentError: the filter is none.
        MastraError: it is both or neither, or the filter has no condition.
    """
    if selector is not None and given is not None:
        text = f"{name} and filter are mutually exclusive"
        raise vector_error(op, "MUTUALLY_EXCLUSIVE", text)
    if selector is None and given is None:
        either = "id or filter" if name == "id" else f"filter or {name}"
        raise vector_error(op, "MISSING_SELECTOR", f"Either {either} must be provided")
    return None if given is None else restricting(op, doing, given)


def _check_length(status: str, name: str, length: int, count: int) -> None:
    if length != count:
        text = f"{name} has {length} entries for {count} vectors"
        raise vector_error("upsert", f"{status}_LENGTH_MISMATCH", text)
