"""Unions: which arm a value belongs to.

Objects with a literal field in common are told apart by it, other objects by their keys; any other
arm is tried in order, the most specific first, and before objects that would ignore keys. The error
names every arm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

import attrs
from attrs import frozen
from cattrs import BaseValidationError

from aioconvex.values import decode_value

from ._kinds import LiteralKey, display, is_a, is_annotated, is_literal, literal_key, literal_table
from ._kinds import union_arms as arms_of
from ._names import wire_name
from ._wrong import WrongValue, one_of, wrong

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["union_decoder", "union_encoder"]

Decoder: TypeAlias = Callable[[Any, Any], Any]
Encoder: TypeAlias = Callable[[Any], Any]


def union_decoder(kind: Any, converter: Converter) -> Decoder:
    """Make the function that builds a value of one of the union's arms."""
    arms = arms_of(kind)
    hooks = {arm: converter.get_structure_hook(arm) for arm in arms}
    if len(arms) == 2 and arms[0] is type(None):  # noqa: PLR2004  # `X | None`, by far the most common
        return _nullable(arms[1], hooks[arms[1]])
    objects = _Objects.of([arm for arm in arms if attrs.has(arm)])
    others = [arm for arm in arms if not attrs.has(arm)]

    def structure(value: Any, _kind: Any) -> Any:
        whole, partly = objects.candidates(value) if is_a(value, dict) else ((), ())
        if not others and len(whole) + len(partly) == 1:
            (arm,) = (*whole, *partly)
            return hooks[arm](value, arm)  # its own error says more
        for arm in (*whole, *others, *partly):
            try:
                return hooks[arm](value, arm)
            except (WrongValue, KeyError, ValueError, BaseValidationError):
                continue
        raise wrong(_names(arms), value)

    return structure


def _nullable(arm: Any, hook: Decoder) -> Decoder:
    def structure(value: Any, _kind: Any) -> Any:
        return None if value is None else hook(value, arm)

    return structure


def union_encoder(kind: Any, converter: Converter) -> Encoder:
    """Make the function that turns a value of one of the union's arms into a Convex value."""
    arms = arms_of(kind)
    hooks: dict[Any, Encoder] = {arm: converter.get_unstructure_hook(arm) for arm in arms}
    models = {arm: hook for arm, hook in hooks.items() if attrs.has(arm)}
    others = [hooks[arm] for arm in arms if not attrs.has(arm) and arm is not type(None)]
    nullable = type(None) in hooks

    def unstructure(value: Any) -> Any:
        if value is None and nullable:
            return None
        by_class = models.get(value.__class__)
        if by_class is not None:
            return by_class(value)
        if len(others) == 1 and len(arms) - nullable == 1:
            return others[0](value)  # its own error says more
        for hook in others:
            try:
                return hook(value)
            except WrongValue:
                continue
        raise wrong(_names(arms), value)

    return unstructure


def _names(arms: Sequence[Any]) -> str:
    return one_of(display(arm) for arm in arms)


@frozen
class _Objects:
    """The object arms of a union, and how to tell a value's arm."""

    required: Mapping[Any, frozenset[str]]
    known: Mapping[Any, frozenset[str]]
    tag: str | None
    by_tag: Mapping[LiteralKey, Any]

    @classmethod
    def of(cls, models: Sequence[Any]) -> _Objects:
        fields: dict[Any, dict[str, attrs.Attribute[Any]]] = {}
        for model in models:
            attrs.resolve_types(model)
            fields[model] = {wire_name(item): item for item in attrs.fields(model)}
        tag, by_tag = _find_tag(fields)
        return cls(
            required={
                model: frozenset(name for name, item in items.items() if _is_required(item))
                for model, items in fields.items()
            },
            known={model: frozenset(items) for model, items in fields.items()},
            tag=tag,
            by_tag=by_tag,
        )

    def candidates(self, value: dict[str, Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """List the arms this object may be: those that keep all of it, then the others.

        An arm ignores fields that it does not know. Where a record keeps them, it is the better fit.
        """
        if self.tag is not None:
            try:
                tag = decode_value(value.get(self.tag))  # it may be an int64
                return (self.by_tag[literal_key(tag)],), ()
            except (KeyError, TypeError, ValueError):  # unknown, or no value at all
                return (), ()
        complete = [arm for arm, names in self.required.items() if names <= value.keys()]
        whole = [arm for arm in complete if value.keys() <= self.known[arm]]
        partly = [arm for arm in complete or self.required if arm not in whole]
        return whole, sorted(partly, key=lambda arm: len(value.keys() - self.known[arm]))


def _find_tag(
    fields: Mapping[Any, Mapping[str, attrs.Attribute[Any]]],
) -> tuple[str | None, dict[LiteralKey, Any]]:
    """Find a required field that is a literal in every model, with no value in common."""
    if len(fields) < 2:  # noqa: PLR2004  # one object needs no telling apart
        return None, {}
    shared = set[str].intersection(*(set(items) for items in fields.values()))
    for name in sorted(shared):
        by_tag: dict[LiteralKey, Any] = {}
        values = 0
        for model, items in fields.items():
            keys = _literal_keys(items[name])
            values += len(keys) or len(fields)  # no literal: the sum can then no longer match
            by_tag |= dict.fromkeys(keys, model)
        if by_tag and len(by_tag) == values:
            return name, by_tag
    return None, {}


def _literal_keys(item: attrs.Attribute[Any]) -> list[LiteralKey]:
    kind: Any = item.type
    if is_annotated(kind):
        kind = get_args(kind)[0]
    return list(literal_table(kind)) if is_literal(kind) and _is_required(item) else []


def _is_required(item: attrs.Attribute[Any]) -> bool:
    return item.default is attrs.NOTHING
