"""Wire values to declared types.

What is decoded is parsed JSON with its tags still on: the declared type says where an int64 or
bytes may be, so no pass over the whole reply has to look for them.

Unknown fields are ignored, so that a newer deployment does not break older bindings; everything
else is strict, unlike cattrs' defaults, which would read `"12"` as a number and a dict as a list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Never, TypeAlias, get_args

import attrs
from cattrs import Converter, transform_error
from cattrs.cols import (
    list_structure_factory,
    mapping_structure_factory,  # pyright: ignore[reportUnknownVariableType]  # its own hints
)
from cattrs.gen import make_dict_structure_fn, override

from aioconvex._types import INT64, BigInt, Exactly, Unset, WholeNumber
from aioconvex.errors import DecodeError
from aioconvex.values import decode_value, read_int64

from ._compile import compile_model
from ._kinds import (
    exactly_of,
    is_a,
    is_annotated,
    is_dict,
    is_list,
    is_literal,
    is_union,
    is_vector,
    literal_key,
    literal_table,
)
from ._names import wire_name
from ._registry import Predicate, Registry
from ._unions import union_decoder
from ._wrong import WrongValue, one_of, wrong

__all__ = ["decode"]

Hook: TypeAlias = Callable[[Any, Any], Any]

_MAX_REASONS: Final = 20


def decode(value: object, kind: Any, path: str) -> Any:
    """Build `kind` from parsed wire JSON.

    Args:
        value: what a reply holds, tags still on.
        kind: the declared type.
        path: the function that answered, for the error.

    Raises:
        DecodeError: the value does not have that type; it names every bad place.
    """
    try:
        return _fast.get_structure_hook(kind)(value, kind)
    except (WrongValue, KeyError, ValueError, RecursionError):
        return _decode_carefully(value, kind, path)


def _decode_carefully(value: object, kind: Any, path: str) -> Any:
    # The fast converter keeps no paths; a failure is rare enough to decode twice.
    try:
        return _careful.structure(value, kind)
    except Exception as error:  # noqa: BLE001  # cattrs' own errors must not reach the user
        reasons = transform_error(error, format_exception=_explain)
    raise DecodeError(path, reasons[:_MAX_REASONS])


def _explain(error: BaseException, _kind: type[Any] | None) -> str:
    return "required field missing" if isinstance(error, KeyError) else str(error)


def _plain(expected: type[Any]) -> Hook:
    def structure(value: Any, _kind: Any) -> Any:
        if type(value) is expected:
            return value
        raise wrong(expected.__name__, value)

    return structure


def _tagged(expected: type[Any], tag: str) -> Hook:
    """Accept only the tagged form of a value, such as `{"$integer": "…"}`."""

    def structure(value: Any, _kind: Any) -> Any:
        if is_a(value, dict) and tag in value:
            return decode_value(value)
        raise wrong(expected.__name__, value)

    return structure


_special_float: Final = _tagged(float, "$float")


def _float(value: Any, kind: Any) -> float:
    if type(value) is float or type(value) is int:
        return float(value)
    return float(_special_float(value, kind))


def _none(value: Any, _kind: Any) -> None:
    if value is not None:
        raise wrong("None", value)


def _int64(value: Any, _kind: Any) -> int:
    if is_a(value, dict) and len(value) == 1 and "$integer" in value:
        return read_int64(value["$integer"])
    raise wrong("Int64", value)


def _whole(value: Any, _kind: Any) -> int:
    if type(value) in {int, float} and float(value).is_integer():
        return int(value)
    raise wrong("a whole number", value)


def _vector(value: Any, kind: Any) -> Any:
    import numpy as np  # noqa: PLC0415  # most programs never see a vector

    if not is_a(value, list):
        raise wrong("a list of floats", value)
    try:
        sum(value)  # in C, and it refuses what numpy would convert without a word, such as text
        return np.fromiter(value, np.float64, len(value))
    except (TypeError, ValueError):
        return np.array([_float(item, kind) for item in value], dtype=np.float64)


def _any(value: Any, _kind: Any) -> Any:
    return decode_value(value)


def _never(value: Any, _kind: Any) -> Never:
    raise wrong("no value at all", value)


def _list(kind: Any, converter: Converter) -> Hook:
    if get_args(kind) == (Any,):
        return _only_from(list, "list", _any)  # cattrs would pass the items on as they are
    if converter.detailed_validation:
        return _only_from(list, "list", list_structure_factory(kind, converter))
    (item_kind,) = get_args(kind)
    hook = converter.get_structure_hook(item_kind)

    def structure(value: Any, _kind: Any) -> Any:
        if not is_a(value, list):
            raise wrong("list", value)
        return [hook(item, item_kind) for item in value]

    return structure


def _dict(kind: Any, converter: Converter) -> Hook:
    return _only_from(dict, "dict", mapping_structure_factory(kind, converter))


def _model(kind: Any, converter: Converter) -> Hook:
    attrs.resolve_types(kind)
    if not converter.detailed_validation:
        return compile_model(kind, converter)
    renames: dict[str, Any] = {
        item.name: override(rename=wire_name(item)) for item in attrs.fields(kind)
    }
    inner: Hook = make_dict_structure_fn(kind, converter, **renames)
    return _only_from(dict, kind.__name__, inner)


def _only_from(source: type[Any], expected: str, inner: Hook) -> Hook:
    def structure(value: Any, kind: Any) -> Any:
        if type(value) is not source:
            raise wrong(expected, value)
        return inner(value, kind)

    return structure


def _literal(kind: Any) -> Hook:
    allowed = literal_table(kind)

    def structure(value: Any, _kind: Any) -> Any:
        try:
            return allowed[literal_key(value)]
        except (KeyError, TypeError):  # unknown, or not even hashable
            raise wrong(one_of(map(repr, allowed.values())), value) from None

    return structure


def _annotated(kind: Any) -> Hook:
    if is_vector(kind):
        return _vector  # of any dimensions: what is stored can be read
    exactly = exactly_of(kind)
    if exactly is not None:
        return _exactly(exactly)
    base, *marks = get_args(kind)
    if INT64 in marks and is_literal(base):
        literal = _literal(base)
        return lambda value, _: literal(_int64(value, kind), base)
    raise TypeError(f"{kind} is no type that bindings are written in")


def _exactly(expected: Exactly) -> Hook:
    def structure(value: Any, kind: Any) -> float:
        if _float(value, kind) == expected.value:
            return expected.value
        raise wrong(repr(expected.value), value)

    return structure


def _new_converter(*, careful: bool) -> Converter:
    converter = Converter(detailed_validation=careful)
    Registry(
        converter.register_structure_hook_factory,
        converter.register_structure_hook,
        converter.register_structure_hook_func,
    ).fill(_FACTORIES, _HOOKS)
    return converter


_HOOKS: Final[list[tuple[Any, Hook]]] = [
    (str, _plain(str)),
    (bool, _plain(bool)),
    (bytes, _tagged(bytes, "$bytes")),
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
    (is_union, union_decoder),
]
_fast: Final = _new_converter(careful=False)
_careful: Final = _new_converter(careful=True)
