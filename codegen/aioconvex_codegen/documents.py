"""What a table's documents look like: system fields added, vectors marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from .spec import Array, Field, Id, Object, Primitive, Table, Union, Validator, Vector

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Document", "document_of"]


@frozen
class Document:
    """A table's document: as functions declare it, and as the bindings type it.

    They differ where a vector index says that an array of numbers is a vector. To `insert` one
    takes everything but the system fields.
    """

    table: str
    declared: Validator
    typed: Validator
    insert_declared: Validator
    insert_typed: Validator


def document_of(table: Table) -> Document:
    """Find out what a query for a document of the table gives."""
    bare = _each_object(table.document, lambda shape: _with_vectors(shape, table.vector_fields))
    declared, typed = (
        _each_object(document, lambda shape: _with_system_fields(shape, table.name))
        for document in (table.document, bare)
    )
    return Document(table.name, declared, typed, table.document, bare)


def _each_object(document: Validator, change: Callable[[Object], Object]) -> Validator:
    # Arms that differ still differ after either change, so a union stays in normal form.
    if isinstance(document, Object):
        return change(document)
    if isinstance(document, Union):
        return Union(tuple(_each_object(arm, change) for arm in document.arms))
    return document


def _with_system_fields(shape: Object, table: str) -> Object:
    system = (
        Field("_creationTime", Primitive.NUMBER, optional=False),
        Field("_id", Id(table), optional=False),
    )
    return Object(tuple(sorted((*system, *shape.fields), key=lambda item: item.wire)))


def _with_vectors(shape: Object, vectors: Mapping[str, int | None]) -> Object:
    for path, dimensions in vectors.items():
        name, _, rest = path.partition(".")
        shape = evolve(
            shape,
            fields=tuple(
                evolve(item, validator=_mark(item.validator, rest, dimensions))
                if item.wire == name
                else item
                for item in shape.fields
            ),
        )
    return shape


def _mark(validator: Validator, rest: str, dimensions: int | None) -> Validator:
    if rest and isinstance(validator, Object):
        return _with_vectors(validator, {rest: dimensions})
    if not rest and validator == Array(Primitive.NUMBER):
        return Vector(dimensions)
    return validator
