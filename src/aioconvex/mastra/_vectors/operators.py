"""Operators of filters: what each says of one value in a vector's metadata."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from aioconvex.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MISSING", "OPERATORS", "Test", "regex", "same"]

MISSING: Final = object()
"""The value of a field that the metadata does not have; null is a value."""

Test: TypeAlias = "Callable[[object], bool]"
"""Whether a value, or `MISSING`, is as an operator wants it."""

_FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


def same(one: object, other: object) -> bool:
    """Compare JSON values deeply: 1 is 1.0 but not true, and null is no missing field."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        ours, theirs = cast("dict[str, object]", one), cast("dict[str, object]", other)
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(one, list) and isinstance(other, list):
        items, others = cast("list[object]", one), cast("list[object]", other)
        return len(items) == len(others) and all(map(same, items, others))
    return one == other


def regex(pattern: object, options: object, path: str) -> Test:
    """Make the test of `$regex`: a string in which the pattern is found.

    Args:
        pattern: a regular expression of Python.
        options: letters out of `imsx`, as inline flags have them.
        path: names the operator in errors.

    Raises:
        ArgumentError: one of them is none.
    """
    if not isinstance(pattern, str):
        raise ArgumentError(path, f"takes a pattern, not {pattern!r}")
    if not isinstance(options, str) or not set(options) <= _FLAGS.keys():
        raise ArgumentError(path, f"$options are letters out of imsx, not {options!r}")
    flags = re.NOFLAG
    for letter in options:
        flags |= _FLAGS[letter]
    try:
        search = re.compile(pattern, flags).search
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        raise ArgumentError(path, f"{pattern!r} is no regular expression: {error}") from error
    return lambda value: isinstance(value, str) and search(value) is not None


def _equal(operand: object, _path: str) -> Test:
    return lambda value: same(value, operand)


def _not_equal(operand: object, _path: str) -> Test:
    return lambda value: not same(value, operand)


def _in(operand: object, path: str) -> Test:
    listed = _list(operand, path)

    def is_listed(value: object) -> bool:
        # Of an array field one element is enough, or the array as a whole.
        return _has(listed, value) or any(_has(listed, element) for element in _elements(value))

    return is_listed


def _not_in(operand: object, path: str) -> Test:
    is_listed = _in(operand, path)
    return lambda value: not is_listed(value)


def _all(operand: object, path: str) -> Test:
    wanted = _list(operand, path)

    def has_all(value: object) -> bool:
        elements = _elements(value)
        return bool(wanted) and all(_has(elements, item) for item in wanted)

    return has_all


def _size(operand: object, path: str) -> Test:
    if isinstance(operand, bool) or not isinstance(operand, int) or operand < 0:
        raise ArgumentError(path, f"takes an integer of at least 0, not {operand!r}")
    return lambda value: isinstance(value, list) and len(cast("list[object]", value)) == operand


def _exists(operand: object, path: str) -> Test:
    if not isinstance(operand, bool):
        raise ArgumentError(path, f"takes True or False, not {operand!r}")
    return lambda value: (value is not MISSING) is operand


def _contains(operand: object, _path: str) -> Test:
    def contains(value: object) -> bool:
        if isinstance(value, str):
            return isinstance(operand, str) and operand in value
        return _has(_elements(value), operand)

    return contains


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[object, str], Test]:
    def make(operand: object, _path: str) -> Test:
        kind = _kind(operand)
        return lambda value: kind is not None and _kind(value) is kind and compare(value, operand)

    return make


def _kind(value: object) -> type | None:
    """What a value can be ordered with: numbers with numbers, strings with strings."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float
    return str if isinstance(value, str) else None


def _list(operand: object, path: str) -> list[object]:
    if not isinstance(operand, list):
        raise ArgumentError(path, f"takes a list, not {operand!r}")
    return cast("list[object]", operand)


def _elements(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _has(values: list[object], wanted: object) -> bool:
    return any(same(value, wanted) for value in values)


OPERATORS: Final[dict[str, Callable[[object, str], Test]]] = {
    "$eq": _equal,
    "$ne": _not_equal,
    "$gt": _ordered(operator.gt),
    "$gte": _ordered(operator.ge),
    "$lt": _ordered(operator.lt),
    "$lte": _ordered(operator.le),
    "$in": _in,
    "$nin": _not_in,
    "$all": _all,
    "$size": _size,
    "$exists": _exists,
    "$contains": _contains,
}
"""The operators that look at one value; each makes its test of an operand, or refuses it."""
