"""Where a shape stands, and what it is called for that."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from .names import class_part, first_free
from .spec import Array, Field, Literals, Object, Record, Union, Validator

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["Place", "arm_steps", "name_places", "shapes_below"]


@frozen
class Place:
    """The way to a shape: `words` from a table or function on, `module` for more words in front."""

    words: str
    doc: str
    module: tuple[str, ...] = ()

    def step(self, step: str) -> Place:
        """One level further in."""
        return evolve(self, words=self.words + class_part(step))

    def name(self, level: int) -> str:
        """The name with this many of the module's words in front."""
        words = self.module[max(len(self.module) - level, 0) :] if level else ()
        front = "".join(map(class_part, words))
        return f"M{front}{self.words}" if front[:1].isdigit() else front + self.words


def shapes_below(
    validator: Validator, place: Place, known: Collection[Validator]
) -> Iterator[tuple[Object, Place]]:
    """Every object in a validator with its place, except in the known ones."""
    if validator in known:
        return
    if isinstance(validator, Object):
        yield validator, place
    for step, part in _steps(validator):
        yield from shapes_below(part, place.step(step), known)


def _steps(validator: Validator) -> list[tuple[str, Validator]]:
    match validator:
        case Array(item=item):
            return [("item", item)]
        case Record(value=value):
            return [("value", value)]
        case Object(fields=fields):
            return [(item.wire, item.validator) for item in fields]
        case Union(arms=arms):
            steps = arm_steps(validator)
            return [(steps.get(arm, ""), arm) for arm in arms]
        case _:
            return []


def arm_steps(union: Union) -> Mapping[Validator, str]:
    """What tells the objects of a union apart: a literal they all have, else their number."""
    shapes = [arm for arm in union.arms if isinstance(arm, Object)]
    if len(shapes) == 1:
        return {shapes[0]: ""}
    wires = sorted({item.wire for shape in shapes for item in shape.fields})
    for wire in wires:
        tags = [_tag(shape.field(wire)) for shape in shapes]
        if all(tags) and len(set(map(class_part, tags))) == len(tags):
            return dict(zip(shapes, tags, strict=True))
    return {shape: str(number) for number, shape in enumerate(shapes, 1)}


def _tag(item: Field | None) -> str:
    if item is None or item.optional or not isinstance(item.validator, Literals):
        return ""
    if item.validator.sort != "plain":
        return ""
    value: object = ast.literal_eval(item.validator.texts[0])
    return class_part(value) if isinstance(value, str) else ""


def name_places(places: Mapping[Object, Place], taken: Collection[str]) -> dict[Object, str]:
    """Name every shape after its place, with no more of the module than tells it from others."""
    used = set(taken)
    names: dict[Object, str] = {}
    left = dict(places)
    for level in range(max((len(place.module) for place in places.values()), default=0) + 1):
        groups: dict[str, list[Object]] = {}
        for shape, place in left.items():
            groups.setdefault(place.name(level), []).append(shape)
        for name, shapes in groups.items():
            if len(shapes) == 1 and name not in used:
                names[shapes[0]] = name
                used.add(name)
                del left[shapes[0]]
    for shape, place in left.items():
        names[shape] = first_free(place.name(len(place.module)), used)
        used.add(names[shape])
    return names
