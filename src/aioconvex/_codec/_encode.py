"""Declared types to Convex values, refusing what the deployment's validator would refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Never, TypeAlias, get_args

import attrs
from cattrs import Converter

from aioconvex._types import INT64, BigInt, Unset, WholeNumber
from aioconvex.values import Int64

from ._kinds import (
    dimensions_of,
    exactly_of,
    is_a,
    is_annotated,
    is_dict,
    is_list,
    is_literal,
    is_newtype,
    is_union,
    is_vector,
    literal_key,
    literal_table,
)
from ._names import wire_name
from ._registry import Predicate, Registry
from ._unions import union_encoder
from ._wrong import WrongValue, one_of, wrong

__all__ = ["encoder"]

Hook: TypeAlias = Callable[[Any], Any]


def encoder(kind: Any) -> Hook:
    """Find the function that turns a value of `kind` into a Convex value.

    The function raises `WrongValue`, whose trail leads to the bad value.
    """
    return _converter.get_unstructure_hook(kind)


def _plain(expected: type[Any]) -> Hook:
    def unstructure(value: Any) -> Any:
        if isinstance(value, expected):
            return value
        raise wrong(expected.__name__, value)

    return unstructure


def _float(value: Any) -> float:
    if isinstance(value, float):
        return value
    number = _number(value)
    if isinstance(number, float):
        return number
    if number is None:
        raise wrong("float", value)
    if int(float(number)) != number:
        raise WrongValue(f"{number} loses digits as a float64")
    return float(number)


def _number(value: Any) -> int | float | None:
    """Take a Python or numpy number, but no bool, for what it is."""
    if not isinstance(value, int | float) and hasattr(value, "dtype"):
        value = value.item()
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


def _int64(value: Any) -> Int64:
    number = _number(value)
    if not isinstance(number, int):
        raise wrong("int", value)
    try:
        return Int64(number)
    except OverflowError as error:
        raise WrongValue(str(error)) from None


def _whole(value: Any) -> float:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    raise wrong("int", value)


def _vector(value: Any) -> Any:
    if isinstance(value, (str, bytes)) or not hasattr(value, "__len__"):
        raise wrong("a 1-D array of floats", value)
    import numpy as np  # noqa: PLC0415  # most programs never see a vector

    try:
        vector = np.asarray(value)
    except ValueError:  # rows of different lengths
        raise wrong("a 1-D array of floats", value) from None
    if vector.ndim != 1 or vector.dtype.kind not in "fiu":
        raise wrong("a 1-D array of floats", value)
    return vector.astype(np.float64, copy=False)


def _sized_vector(dimensions: int) -> Hook:
    def unstructure(value: Any) -> Any:
        vector = _vector(value)
        if len(vector) != dimensions:
            raise WrongValue(
                f"{len(vector)} numbers, but its vector index has {dimensions} dimensions"
            )
        return vector

    return unstructure


def _none(value: Any) -> None:
    if value is not None:
        raise wrong("None", value)


def _any(value: Any) -> Any:
    return value


def _never(value: Any) -> Never:
    raise wrong("no value at all", value)


def _list(kind: Any, converter: Converter) -> Hook:
    (item_kind,) = get_args(kind)
    item_hook = converter.get_unstructure_hook(item_kind)

    def unstructure(value: Any) -> list[Any]:
        if hasattr(value, "dtype"):  # an array is as good as the list of its numbers
            value = value.tolist()
        if not is_a(value, list, tuple):
            raise wrong("list", value)
        encoded: list[Any] = []
        for index, item in enumerate(value):
            try:
                encoded.append(item_hook(item))
            except WrongValue as error:
                error.trail.append(f"[{index}]")
                raise
        return encoded

    return unstructure


def _dict(kind: Any, converter: Converter) -> Hook:
    key_hook, item_hook = map(converter.get_unstructure_hook, get_args(kind))

    def unstructure(value: Any) -> dict[str, Any]:
        if not is_a(value, dict):
            raise wrong("dict", value)
        encoded: dict[str, Any] = {}
        for key, item in value.items():
            try:
                encoded[key_hook(key)] = item_hook(item)
            except WrongValue as error:
                error.trail.append(f"[{key!r}]")
                raise
        return encoded

    return unstructure


def _model(kind: Any, converter: Converter) -> Hook:
    attrs.resolve_types(kind)
    fields = [
        (item.name, wire_name(item), item.default, converter.get_unstructure_hook(item.type))
        for item in attrs.fields(kind)
    ]

    def unstructure(value: Any) -> dict[str, Any]:
        if type(value) is not kind:
            raise wrong(kind.__name__, value)
        encoded: dict[str, Any] = {}
        for name, wire, default, hook in fields:
            item = getattr(value, name)
            if item is default:
                continue  # absent: sending None where null is no value would be refused
            try:
                encoded[wire] = hook(item)
            except WrongValue as error:
                error.trail.append(f".{name}")
                raise
        return encoded

    return unstructure


def _literal(kind: Any) -> Hook:
    declared = _declared(kind)

    def unstructure(value: Any) -> Any:
        item = declared(value)
        return float(item) if type(item) is int else item

    return unstructure


def _declared(kind: Any) -> Hook:
    """Make the function that finds the literal a value equals, as it is declared."""
    allowed = literal_table(kind)

    def find(value: Any) -> Any:
        try:
            return allowed[literal_key(value)]
        except (KeyError, TypeError):  # unknown, or not even hashable
            raise wrong(one_of(map(repr, allowed.values())), value) from None

    return find


def _annotated(kind: Any) -> Hook:
    if is_vector(kind):
        dimensions = dimensions_of(kind)
        return _vector if dimensions is None else _sized_vector(dimensions)
    exactly = exactly_of(kind)
    if exactly is not None:
        return _exactly(exactly.value)
    base, *marks = get_args(kind)
    if INT64 in marks and is_literal(base):
        declared = _declared(base)
        return lambda value: Int64(declared(value))
    raise TypeError(f"{kind} is no type that bindings are written in")


def _exactly(expected: float) -> Hook:
    def unstructure(value: Any) -> float:
        if _float(value) == expected:
            return expected
        raise wrong(repr(expected), value)

    return unstructure


def _newtype(kind: Any, converter: Converter) -> Hook:
    return converter.get_unstructure_hook(kind.__supertype__)


def _new_converter() -> Converter:
    converter = Converter()
    Registry(
        converter.register_unstructure_hook_factory,
        converter.register_unstructure_hook,
        converter.register_unstructure_hook_func,
    ).fill(_FACTORIES, _HOOKS)
    return converter


_HOOKS: Final[list[tuple[Any, Hook]]] = [
    *((kind, _plain(kind)) for kind in (str, bool, bytes)),
    (float, _float),
    (BigInt, _int64),
    (WholeNumber, _whole),
    (Any, _any),
    (Never, _never),
    (None, _none),
    (type(None), _none),
    (Unset, _never),
]
_FACTORIES: Final[list[tuple[Predicate, Any]]] = [
    (attrs.has, _model),
    (is_list, _list),
    (is_dict, _dict),
    (is_literal, _literal),
    (is_annotated, _annotated),
    (is_newtype, _newtype),
    (is_union, union_encoder),
]
_converter: Final = _new_converter()
