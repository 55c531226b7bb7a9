"""Shapes as JSON Schema, the way datamodel-code-generator wants them: every name already final.

It would rename keys, number collisions and guess titles, so it gets Python names as property keys
and hears of the wire names, defaults and marks through `x-convex`, which only our template reads.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from attrs import define

from .annotations import Annotator, Slot, named_arms, needs_mark
from .names import wire_exceptions
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
)

if TYPE_CHECKING:
    from .overrides import Overrides
    from .shapes import Alias, Model, Shapes

__all__ = ["json_schema"]

_PLAIN: Final[dict[Validator, dict[str, Any]]] = {
    Primitive.ANY: {},
    Primitive.NULL: {"type": "null"},
    Primitive.NUMBER: {"type": "number"},
    Primitive.INT64: {"customTypePath": "bindings.BigInt"},
    Primitive.BOOLEAN: {"type": "boolean"},
    Primitive.STRING: {"type": "string"},
    Primitive.BYTES: {"customTypePath": "builtins.bytes"},
    Vector(None): {"customTypePath": "bindings.Vector"},
}


def json_schema(shapes: Shapes, overrides: Overrides) -> dict[str, Any]:
    """All classes and aliases as `$defs`."""
    writer = _Writer(shapes, overrides)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {
            **{model.name: writer.model(model) for model in shapes.models},
            **{alias.name: writer.alias(alias) for alias in shapes.aliases},
        },
    }


@define
class _Writer:
    shapes: Shapes
    overrides: Overrides

    def model(self, model: Model) -> dict[str, Any]:
        names = model.members(self.overrides.fields_of(model.by_rule))
        exceptions = wire_exceptions(names)
        properties = {
            names[item.wire]: self._field(item, exceptions.get(names[item.wire]))
            for item in sorted(model.shape.fields, key=lambda item: item.optional)
        }
        return {
            "type": "object",
            "description": model.doc,
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def alias(self, alias: Alias) -> dict[str, Any]:
        if alias.arms == (Primitive.ANY,):
            return {"type": "object", "additionalProperties": {}}
        return {"anyOf": [self._type(arm) for arm in alias.arms]}

    def _field(self, item: Field, wire: str | None) -> dict[str, Any]:
        slot = Slot.of(item)
        hints = {"wire": wire and repr(wire), "default": slot.default, "suffix": slot.suffix}
        if needs_mark(item.validator):
            hints["spelled"] = Annotator(self.shapes).of(item.validator)
            return {"x-convex": hints}
        return {**self._type(item.validator), "x-convex": hints}

    def _type(self, validator: Validator) -> dict[str, Any]:  # noqa: PLR0911  # one per kind
        known = self.shapes.classes.get(validator)
        if known is not None:
            return {"$ref": f"#/$defs/{known}"}
        match validator:
            case Primitive() | Vector():  # a vector with dimensions is spelled out
                return dict(_PLAIN[validator])
            case Id(table=table):
                return {"customTypePath": f"bindings.{self.shapes.ids[table]}"}
            case Literals(texts=texts):
                return {"enum": [ast.literal_eval(text) for text in texts]}
            case Array(item=item):
                return {"type": "array", "items": self._type(item)}
            case Record(key=key, value=value):
                # A lone custom type as key is only honoured inside a combination.
                keys = {"anyOf": [self._type(key)]}
                return {
                    "type": "object",
                    "propertyNames": keys,
                    "additionalProperties": self._type(value),
                }
            case Union(arms=()):
                return {"customTypePath": "typing.Never"}
            case Union():
                arms = named_arms(validator, self.shapes)
                return {"anyOf": [self._type(arm) for arm in arms]}
            case Object():
                raise AssertionError("a shape without a name")  # `shapes_of` names them all
