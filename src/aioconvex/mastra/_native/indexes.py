"""What a client knows of a native vector index: the table and columns that the schema names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import asdict, field, frozen

from aioconvex._codec import camel
from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import given_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrs import Attribute

__all__ = ["NativeIndex"]

# https://docs.convex.dev/search/vector-search#limits
_DIMENSIONS: Final = range(2, 4097)
_MAX_FILTER_FIELDS: Final = 16


def _check_name(_: NativeIndex, attribute: Attribute[str], value: object) -> None:
    given_text(value, attribute.name)


def _check_dimension(_: NativeIndex, attribute: Attribute[int], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value not in _DIMENSIONS:
        raise ArgumentError(attribute.name, f"must be an integer from 2 to 4096, not {value!r}")


def _names(given: Sequence[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise ArgumentError("filter_fields", f"must be a list of names, not {given!r}")
    return tuple(given)


def _check_fields(index: NativeIndex, _: Attribute[tuple[str, ...]], value: object) -> None:
    names = index.filter_fields
    for at, name in enumerate(names):
        given_text(name, f"filter_fields[{at}]")
    if len(names) > _MAX_FILTER_FIELDS:
        raise ArgumentError("filter_fields", f"are at most {_MAX_FILTER_FIELDS}, not {len(names)}")
    taken = {index.id_field, index.vector_field, index.metadata_field}
    if len(set(names)) < len(names) or taken & set(names):
        raise ArgumentError("filter_fields", f"each must be a column of its own, not {value!r}")


@frozen(kw_only=True)
class NativeIndex:
    """A vector index that Convex itself searches, as `convex/schema.ts` defines it.

    Attributes:
        table_name: the table, which holds the vectors of this index alone.
        dimension: how many numbers each vector has, from 2 to 4096.
        vector_index_name: the table's vector index.
        id_field: the column of the vectors' ids.
        id_index_name: the table's index on that column.
        vector_field: the column of the vectors.
        metadata_field: the column of their metadata.
        filter_fields: columns that repeat a field of the metadata, to filter by; at most 16.

    Raises:
        ArgumentError: a name is empty, the dimension is out of range, or two columns are one.
    """

    table_name: str = field(validator=_check_name)
    dimension: int = field(validator=_check_dimension)
    vector_index_name: str = field(default="by_embedding", validator=_check_name)
    id_field: str = field(default="id", validator=_check_name)
    id_index_name: str = field(default="by_record_id", validator=_check_name)
    vector_field: str = field(default="embedding", validator=_check_name)
    metadata_field: str = field(default="metadata", validator=_check_name)
    filter_fields: tuple[str, ...] = field(default=(), converter=_names, validator=_check_fields)

    def config(self) -> dict[str, Any]:
        """The index as the server functions are told of it."""
        return {
            **{camel(name): value for name, value in asdict(self).items()},
            "filterFields": list(self.filter_fields),
        }
