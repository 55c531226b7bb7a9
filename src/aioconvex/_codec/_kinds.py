"""Questions about declared types, shared by both directions."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

import attrs

from aioconvex._types import VECTOR, Dimensions, Exactly, Unset

__all__ = [
    "LiteralKey",
    "dimensions_of",
    "display",
    "exactly_of",
    "is_a",
    "is_annotated",
    "is_dict",
    "is_list",
    "is_literal",
    "is_newtype",
    "is_union",
    "is_vector",
    "literal_key",
    "literal_table",
    "union_arms",
]

LiteralKey: TypeAlias = tuple[bool, bool, Any]


def is_a(value: object, *kinds: type[Any]) -> bool:
    """Do what `isinstance` does without narrowing, which turns `Any` into half-known types."""
    return isinstance(value, kinds)


def is_annotated(kind: Any) -> bool:
    """Tell `Annotated[...]`, which carries the marks of `aioconvex._types`."""
    return get_origin(kind) is Annotated


def is_union(kind: Any) -> bool:
    """Tell both spellings of a union."""
    return get_origin(kind) in {Union, types.UnionType}


def is_literal(kind: Any) -> bool:
    """Tell `Literal[...]`."""
    return get_origin(kind) is Literal


def is_list(kind: Any) -> bool:
    """Tell `list[...]`."""
    return get_origin(kind) is list


def is_dict(kind: Any) -> bool:
    """Tell `dict[...]`, a record."""
    return get_origin(kind) is dict


def is_newtype(kind: Any) -> bool:
    """Tell a `NewType`, as ids are."""
    return hasattr(kind, "__supertype__")


def exactly_of(kind: Any) -> Exactly | None:
    """Find the float literal in an annotation."""
    return next((mark for mark in get_args(kind)[1:] if isinstance(mark, Exactly)), None)


def is_vector(kind: Any) -> bool:
    """Tell a vector, with or without its dimensions."""
    return is_annotated(kind) and VECTOR in get_args(kind)[1:]


def dimensions_of(kind: Any) -> int | None:
    """Find how many numbers a vector must have."""
    return next((mark.count for mark in get_args(kind)[1:] if isinstance(mark, Dimensions)), None)


def literal_key(value: Any) -> LiteralKey:
    """Make a key that tells 1 from True, which Python's `==` does not."""
    return type(value) is bool, type(value) is str, value


def literal_table(kind: Any) -> dict[LiteralKey, Any]:
    """Map the key of each value of a literal to the value as declared."""
    return {literal_key(item): item for item in get_args(kind)}


def union_arms(kind: Any) -> list[Any]:
    """List a union's members, most specific first, without `Unset`, which never travels."""
    return sorted((arm for arm in get_args(kind) if arm is not Unset), key=_breadth)


def display(kind: Any) -> str:
    """Name a type in an error as the bindings spell it."""
    if kind is type(None):
        return "None"
    if is_newtype(kind) or isinstance(kind, type):
        return str(kind.__name__)
    return str(kind).replace("typing.", "")


def _breadth(kind: Any) -> tuple[int, int]:
    """Order the arms of a union: what admits fewer values is tried first."""
    if is_newtype(kind):
        return _breadth(kind.__supertype__)
    if is_literal(kind) or kind is type(None):
        return 0, 0
    if is_vector(kind):
        return 6, 0
    if is_annotated(kind):
        return (0, 0) if exactly_of(kind) or is_literal(get_args(kind)[0]) else (1, 0)
    if attrs.has(kind):
        return 5, -sum(item.default is attrs.NOTHING for item in attrs.fields(kind))
    return _PLAIN.get(get_origin(kind) or kind, 9), 0


_PLAIN: dict[Any, int] = {bool: 2, str: 2, bytes: 2, float: 3, list: 7, dict: 8}
