"""The vocabulary that generated bindings are written in: what a validator becomes in Python."""

from __future__ import annotations

from enum import Enum
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    TypeAlias,
    TypeVar,
    dataclass_transform,
)

import attrs
from attrs import NOTHING, frozen, setters

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "INT64",
    "UNSET",
    "VECTOR",
    "BigInt",
    "Count",
    "Dimensions",
    "Exactly",
    "Unset",
    "Vector",
    "WholeNumber",
    "field",
    "model",
]

T = TypeVar("T")


class Unset(Enum):
    """The type of `UNSET`, which stands for a field that is absent.

    Used where `None` cannot say it, because the validator also admits null.
    """

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET


@frozen
class Exactly:
    """The one float that `v.literal(1.5)` admits; Python's `Literal` takes no floats."""

    value: float


@frozen
class Dimensions:
    """How many numbers a vector has, by its vector index.

    Convex stores others too, but no search finds them, so they are refused before sending.
    """

    count: int


class _Mark(Enum):
    INT64 = "int64"
    WHOLE = "whole"
    VECTOR = "vector"


INT64: Final = _Mark.INT64
"""Marks an `int` that travels as int64 (`v.int64()`, `v.literal(5n)`)."""

VECTOR: Final = _Mark.VECTOR
"""Marks a `Vector`, which `Dimensions` may follow."""

BigInt: TypeAlias = Annotated[int, INT64]
"""`v.int64()`: an `int` of 64 bits."""

WholeNumber: TypeAlias = Annotated[int, _Mark.WHOLE]
"""A float64 that only ever holds whole numbers, as an `int`."""

if TYPE_CHECKING:
    Vector: TypeAlias = Annotated[NDArray[np.float64], VECTOR]
    """A field under a vector index: a 1-D array of float64. At run time lists and float32 do too."""
else:
    # Importing numpy takes longer than everything else together, and few programs touch a vector.
    Vector = Annotated[Any, VECTOR]


def _equality_key(value: Any) -> Any:
    return value.tobytes() if hasattr(value, "tobytes") else value


def _compare_arrays_by_value(
    _cls: type[Any], fields: list[attrs.Attribute[Any]]
) -> list[attrs.Attribute[Any]]:
    # `==` on arrays yields an array; attrs needs one answer, so vector fields compare by content.
    return [
        item.evolve(eq_key=_equality_key) if "Vector" in str(item.type) else item for item in fields
    ]


def field(wire: str | None = None, *, default: Any = NOTHING) -> Any:
    """A field of a `model` whose wire name is not the camelCase of its Python name.

    Args:
        wire: the name in Convex; `None` for the rule's.
        default: the value that stands for "absent" and is therefore never sent.
    """
    return attrs.field(default=default, metadata={} if wire is None else {"wire": wire})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def model(cls: type[T]) -> type[T]:
    """Make an immutable, keyword-only class with slots out of a generated declaration."""
    # Refusing assignment after `__init__` is as safe for users as `frozen=True`, but `__init__`
    # itself assigns plainly, which decodes a third faster.
    decorate: Callable[[type[T]], type[T]] = attrs.define(
        kw_only=True,
        weakref_slot=False,  # the decoder needs a layout of slots alone
        on_setattr=setters.frozen,
        field_transformer=_compare_arrays_by_value,
    )
    return decorate(cls)


@model
class Count:
    """How many rows there are: exact, or a lower bound when `is_estimate` is true."""

    count: WholeNumber
    is_estimate: bool
