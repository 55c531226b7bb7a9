"""What a deployment offers, as immutable values: functions, tables, HTTP routes, validators.

Validators are kept in one normal form, so that equal shapes are equal values: unions are flat and
without repetition, literals of a union are one, fields are sorted, null comes last.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "NEVER",
    "Array",
    "Field",
    "Function",
    "FunctionKind",
    "Id",
    "Literals",
    "Object",
    "Primitive",
    "Record",
    "Route",
    "Spec",
    "Table",
    "Union",
    "Validator",
    "Vector",
    "admits_null",
    "nested",
    "parts",
    "union_of",
]

FunctionKind: TypeAlias = Literal["query", "mutation", "action"]


class Primitive(Enum):
    """Validators without parts."""

    ANY = "any"
    NULL = "null"
    NUMBER = "number"
    INT64 = "bigint"
    BOOLEAN = "boolean"
    STRING = "string"
    BYTES = "bytes"


@frozen
class Id:
    """`v.id("table")`."""

    table: str


@frozen
class Vector:
    """An array of numbers under a vector index; None where its indexes differ in dimensions."""

    dimensions: int | None


@frozen
class Literals:
    """One or more `v.literal`s of a sort; `texts` are their Python source.

    `plain` are those that `typing.Literal` takes and that travel as they are; `int64` and `float`
    need a mark of ours.
    """

    sort: Literal["plain", "int64", "float"]
    texts: tuple[str, ...]


@frozen(cache_hash=True)
class Array:
    """`v.array(item)`."""

    item: Validator


@frozen(cache_hash=True)
class Record:
    """`v.record(key, value)`."""

    key: Validator
    value: Validator


@frozen(cache_hash=True)
class Field:
    """A field of an object, or an argument of a function."""

    wire: str
    validator: Validator
    optional: bool


@frozen(cache_hash=True)
class Object:
    """`v.object({...})`; fields sorted by wire name."""

    fields: tuple[Field, ...]

    def field(self, wire: str) -> Field | None:
        """Find a field by its wire name."""
        return next((item for item in self.fields if item.wire == wire), None)


@frozen(cache_hash=True)
class Union:
    """`v.union(...)` of several arms, or of none."""

    arms: tuple[Validator, ...]


Validator: TypeAlias = Primitive | Id | Vector | Literals | Array | Record | Object | Union

NEVER = Union(())


@frozen
class Function:
    """A function. `args` and `returns` are None where no validator says what they are."""

    path: str
    module: tuple[str, ...]
    name: str
    kind: FunctionKind
    args: Object | None
    returns: Validator | None
    internal: bool = False


@frozen
class Table:
    """A table; `document` is as declared, that is, without system fields.

    `vector_fields` tells the dimensions of each field under a vector index, by its dotted path.
    """

    name: str
    document: Validator
    indexes: tuple[str, ...]
    search_indexes: tuple[str, ...]
    vector_indexes: tuple[str, ...]
    vector_fields: Mapping[str, int | None]


@frozen(order=True)
class Route:
    """An HTTP action's route."""

    path: str
    method: str


@frozen
class Spec:
    """All of it, each part sorted.

    `warnings` tell what could not be typed exactly and where, `skipped` what is left out.
    """

    functions: tuple[Function, ...]
    tables: tuple[Table, ...]
    routes: tuple[Route, ...]
    warnings: tuple[str, ...] = field(default=())
    skipped: tuple[str, ...] = field(default=())


def union_of(arms: list[Validator]) -> Validator:
    """Put a union into normal form."""
    flat: list[Validator] = []
    for arm in arms:
        flat += arm.arms if isinstance(arm, Union) else (arm,)
    if Primitive.ANY in flat:
        return Primitive.ANY
    unique = list(dict.fromkeys(_join_literals(flat)))
    if Primitive.NULL in unique:
        unique.remove(Primitive.NULL)
        unique.append(Primitive.NULL)
    return unique[0] if len(unique) == 1 else Union(tuple(unique))


def admits_null(validator: Validator) -> bool:
    """Tell whether null is a value of it."""
    if isinstance(validator, Union):
        return Primitive.NULL in validator.arms
    return validator in {Primitive.NULL, Primitive.ANY}


def nested(validator: Validator) -> Iterator[Validator]:
    """The validator and every one inside it, outside in."""
    yield validator
    for part in parts(validator):
        yield from nested(part)


def parts(validator: Validator) -> tuple[Validator, ...]:
    """The validators directly inside one."""
    match validator:
        case Array(item=item):
            return (item,)
        case Record(key=key, value=value):
            return key, value
        case Object(fields=fields):
            return tuple(item.validator for item in fields)
        case Union(arms=arms):
            return arms
        case Primitive() | Id() | Vector() | Literals():
            return ()


def _join_literals(arms: list[Validator]) -> list[Validator]:
    joined: dict[str, dict[str, None]] = {}
    for arm in arms:
        if isinstance(arm, Literals):
            joined.setdefault(arm.sort, {}).update(dict.fromkeys(arm.texts))
    return [
        Literals(arm.sort, tuple(joined[arm.sort])) if isinstance(arm, Literals) else arm
        for arm in arms
    ]
