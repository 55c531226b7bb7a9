"""The filter language: which metadata passes.

A filter is an object of conditions, all of which must hold: fields with the value or the operators
wanted of them, and `$and`, `$or`, `$nor`, `$not` of other filters.

    {"kind": "book", "year": {"$gte": 1990, "$lt": 2000}, "$or": [{"tags": {"$contains": "sea"}},
     {"author.name": {"$regex": "^mel", "$options": "i"}}]}

A field may be written `a.b`, which finds b in the object a unless there is a field of that whole
name; a leading `metadata.`, or an object `metadata` around it all, changes nothing. Within such an
object, and within the elements of an array, `metadata` is a field like others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias, cast

from attrs import field, frozen

from aioconvex.errors import ArgumentError
from aioconvex.mastra._rows import check_json, time_text

from .operators import MISSING, OPERATORS, Test, regex

__all__ = ["AllOf", "AnyOf", "Condition", "Filter", "Not", "parse_filter", "passes"]

_PREFIX: Final = "metadata."
_LOGICAL: Final = frozenset({"$and", "$or", "$nor", "$not"})
_MAX_DEPTH: Final = 100


@frozen
class Condition:
    """One operator on one field.

    Attributes:
        path: the field, without `metadata.` before it; None for an element itself.
        operator: like `$eq`, which a plain value means as well.
        operand: what the operator compares with, as JSON.
    """

    path: str | None
    operator: str
    operand: Any
    _test: Test = field(eq=False, repr=False)

    def matches(self, metadata: object) -> bool:
        """Whether it holds for an object, or for an element of an array."""
        return self._test(_value_at(metadata, self.path))


@frozen
class AllOf:
    """Several filters, all of which must hold."""

    filters: tuple[Filter, ...]

    def matches(self, metadata: object) -> bool:
        """Whether all hold; see `Condition.matches`."""
        return all(inner.matches(metadata) for inner in self.filters)


@frozen
class AnyOf:
    """Several filters, one of which must hold; of none, none does."""

    filters: tuple[Filter, ...]

    def matches(self, metadata: object) -> bool:
        """Whether one holds; see `Condition.matches`."""
        return any(inner.matches(metadata) for inner in self.filters)


@frozen
class Not:
    """A filter that must not hold."""

    filter: Filter

    def matches(self, metadata: object) -> bool:
        """Whether it does not; see `Condition.matches`."""
        return not self.filter.matches(metadata)


Filter: TypeAlias = "Condition | AllOf | AnyOf | Not"
"""A filter that was checked."""


def parse_filter(given: object, path: str = "filter") -> Filter | None:
    """Check a filter, and take a copy that does not change with the caller's.

    Args:
        given: an object of conditions, or None. Aware `datetime` values stand for their ISO text.
        path: names the filter in errors.

    Returns:
        The filter; None if it has no condition and so lets everything pass, like `{}`.

    Raises:
        ArgumentError: an operator is unknown, or its operand is none of its kind; both are named.
    """
    if given is None:
        return None
    return _filter(_plain(given, path, 0), path)


def passes(checked: Filter | None, metadata: object) -> bool:
    """Whether metadata passes a filter; what is no object passes only where there is none."""
    return checked is None or (
        isinstance(metadata, dict) and checked.matches(cast("object", metadata))
    )


def _plain(value: object, path: str, depth: int) -> Any:
    """The same value of plain dicts and lists, checked to be JSON."""
    if depth > _MAX_DEPTH:
        raise ArgumentError(path, f"nested deeper than {_MAX_DEPTH}")
    if isinstance(value, Mapping):
        return {
            _key(key, path): _plain(item, f"{path}.{key}", depth + 1)
            for key, item in cast("Mapping[object, object]", value).items()
        }
    if isinstance(value, (list, tuple)):
        items = cast("list[object]", value)
        return [_plain(item, f"{path}[{at}]", depth + 1) for at, item in enumerate(items)]
    if isinstance(value, datetime):
        return time_text(value, path)
    check_json(value, path)
    return value


def _key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise ArgumentError(path, f"the key {key!r} is no string")
    return key


def _filter(given: object, path: str, *, inside: bool = False) -> Filter | None:
    """Check a filter of metadata; inside of them, nothing more stands for them as a whole."""
    conditions = _object(given, path)
    return _all_of([_entry(key, value, path, inside=inside) for key, value in conditions.items()])


def _entry(key: str, value: object, path: str, *, inside: bool) -> Filter | None:
    inner = f"{path}.{key}"
    match key:
        case "$and":
            return _all_of(_filters(value, inner, inside=inside))
        case "$or":
            return _any_of(_filters(value, inner, inside=inside))
        case "$nor":
            filters = _filters(value, inner, inside=inside)
            return Not(_any_of(filters) or AllOf(())) if filters else None
        case "$not":
            return _negated(_filter(value, inner, inside=inside), inner)
        case "metadata" if not inside and _wraps(value):
            return _filter(value, inner, inside=True)
        case _ if key.startswith("$"):
            raise _unknown(key, path)
        case _:
            return _field(key if inside else key.removeprefix(_PREFIX), value, inner)


def _wraps(value: object) -> bool:
    """Whether this is an object of conditions, not a value or operators for a field `metadata`."""
    return isinstance(value, dict) and all(
        key in _LOGICAL or not key.startswith("$") for key in cast("dict[str, object]", value)
    )


def _field(name: str, value: object, path: str) -> Filter | None:
    operators = _operators(value, path)
    if operators is None:
        return Condition(name, "$eq", value, OPERATORS["$eq"](value, path))
    return _tests(name, operators, path)


def _operators(value: object, path: str) -> dict[str, object] | None:
    """The operators on a field; None if it must equal this value."""
    if not isinstance(value, dict):
        return None
    entries = cast("dict[str, object]", value)
    names = [key for key in entries if key.startswith("$")]
    if not names:
        return None
    if len(names) < len(entries):
        raise ArgumentError(path, f"mixes the operator {names[0]} with fields")
    return entries


def _tests(name: str | None, operators: dict[str, object], path: str) -> Filter | None:
    if "$options" in operators and "$regex" not in operators:
        raise ArgumentError(f"{path}.$options", "belongs to $regex, which is missing")
    return _all_of(
        [
            _test(name, key, operand, operators, path)
            for key, operand in operators.items()
            if key != "$options"
        ]
    )


def _test(
    name: str | None, key: str, operand: object, operators: dict[str, object], path: str
) -> Filter | None:
    inner = f"{path}.{key}"
    match key:
        case "$not":
            negated = _operators(operand, inner)
            if negated is None:
                raise ArgumentError(inner, f"takes an object of operators, not {operand!r}")
            return _negated(_tests(name, negated, inner), inner)
        case "$elemMatch":
            return Condition(name, key, operand, _element(operand, inner))
        case "$regex":
            options = operators.get("$options", "")
            return Condition(name, key, operand, regex(operand, options, inner))
        case _ if key in OPERATORS:
            return Condition(name, key, operand, OPERATORS[key](operand, inner))
        case _:
            raise _unknown(key, path)


def _element(operand: object, path: str) -> Test:
    """The test of `$elemMatch`: operators on the elements of an array, or a filter of them."""
    operators = _object(operand, path)
    of_values = any(key.startswith("$") and key not in _LOGICAL - {"$not"} for key in operators)
    wanted = _tests(None, operators, path) if of_values else _filter(operators, path, inside=True)

    def matches(value: object) -> bool:
        elements = cast("list[object]", value) if isinstance(value, list) else []
        if of_values:
            return any(wanted is None or wanted.matches(element) for element in elements)
        return any(passes(wanted, element) for element in elements)

    return matches


def _object(given: object, path: str) -> dict[str, object]:
    if not isinstance(given, dict):
        raise ArgumentError(path, f"takes an object of conditions, not {given!r}")
    return cast("dict[str, object]", given)


def _filters(given: object, path: str, *, inside: bool) -> list[Filter | None]:
    if not isinstance(given, list):
        raise ArgumentError(path, f"takes a list of filters, not {given!r}")
    filters = cast("list[object]", given)
    return [_filter(item, f"{path}[{at}]", inside=inside) for at, item in enumerate(filters)]


def _all_of(filters: list[Filter | None]) -> Filter | None:
    conditions = tuple(inner for inner in filters if inner is not None)
    if len(conditions) == 1:
        return conditions[0]
    return AllOf(conditions) if conditions else None


def _any_of(filters: list[Filter | None]) -> Filter | None:
    conditions = tuple(inner for inner in filters if inner is not None)
    # One without a condition always holds.
    return AnyOf(conditions) if len(conditions) == len(filters) else None


def _negated(inner: Filter | None, path: str) -> Filter:
    if inner is None:
        raise ArgumentError(path, "needs a condition to negate")
    return Not(inner)


def _unknown(name: str, path: str) -> ArgumentError:
    known = ", ".join(sorted([*OPERATORS, *_LOGICAL, "$elemMatch", "$regex"]))
    return ArgumentError(path, f"the operator {name} is unknown here; there are {known}")


def _value_at(metadata: object, name: str | None) -> object:
    if name is None:
        return metadata
    if not isinstance(metadata, dict):
        return MISSING
    row = cast("dict[str, object]", metadata)
    if name in row:
        return row[name]
    first, dot, rest = name.partition(".")
    return _value_at(row[first], rest) if dot and first in row else MISSING
