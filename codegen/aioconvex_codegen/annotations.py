"""Validators as Python annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from .spec import (
    Array,
    Field,
    Id,
    Literals,
    Object,
    Primitive,
    Record,
    Union,
    Validator,
    Vector,
    admits_null,
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .shapes import Shapes

__all__ = ["Annotator", "Slot", "named_arms", "needs_mark"]

_PRIMITIVES: Final = {
    Primitive.ANY: "Any",
    Primitive.NULL: "None",
    Primitive.NUMBER: "float",
    Primitive.INT64: "BigInt",
    Primitive.BOOLEAN: "bool",
    Primitive.STRING: "str",
    Primitive.BYTES: "bytes",
}


@frozen
class Slot:
    """What follows a type where a value may be left out: `| None = None`, `| Unset = UNSET`."""

    suffix: str
    default: str | None

    @classmethod
    def of(cls, item: Field) -> Slot:
        """None stands for "absent" wherever it cannot be a value itself."""
        if not item.optional:
            return cls("", None)
        if admits_null(item.validator):
            return cls(" | Unset", "UNSET")
        return cls(" | None", "None")


def named_arms(union: Union, shapes: Shapes) -> tuple[Validator, ...]:
    """The arms as they are spelled: documents of several shapes, or null, are `Posts | None`."""
    whole = Union(union.arms[:-1])
    if union.arms[-1] is Primitive.NULL and whole in shapes.classes:
        return whole, Primitive.NULL
    return union.arms


def needs_mark(validator: Validator) -> bool:
    """Tell a type that only `Annotated` can express."""
    if isinstance(validator, Literals):
        return validator.sort != "plain"
    if isinstance(validator, Vector):
        return validator.dimensions is not None
    return not isinstance(validator, Object) and any(map(needs_mark, parts(validator)))


@frozen
class Annotator:
    """Writes annotations with the names of the shapes, some of them renamed for one module."""

    shapes: Shapes
    renamed: Mapping[str, str] = field(factory=dict[str, str])

    def of(self, validator: Validator) -> str:  # noqa: C901, PLR0911  # one case per kind
        """The annotation of a validator."""
        known = self.shapes.classes.get(validator)
        if known is not None:
            return self._name(known)
        match validator:
            case Primitive():
                return _PRIMITIVES[validator]
            case Id(table=table):
                return self._name(self.shapes.ids[table])
            case Vector():
                return _vector(validator.dimensions)
            case Literals():
                return _literals(validator)
            case Array(item=item):
                return f"list[{self.of(item)}]"
            case Record(key=key, value=value):
                return f"dict[{self.of(key)}, {self.of(value)}]"
            case Union(arms=()):
                return "Never"
            case Union():
                return " | ".join(map(self.of, named_arms(validator, self.shapes)))
            case Object():
                raise AssertionError("a shape without a name")  # `shapes_of` names them all

    def _name(self, name: str) -> str:
        return self.renamed.get(name, name)


def _vector(dimensions: int | None) -> str:
    return "Vector" if dimensions is None else f"Annotated[Vector, Dimensions({dimensions})]"


def _literals(literals: Literals) -> str:
    match literals.sort:
        case "plain":
            return f"Literal[{', '.join(literals.texts)}]"
        case "int64":
            return f"Annotated[Literal[{', '.join(literals.texts)}], INT64]"
        case "float":
            return " | ".join(f"Annotated[float, Exactly({text})]" for text in literals.texts)
