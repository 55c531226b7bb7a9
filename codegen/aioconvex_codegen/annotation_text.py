"""A type as a user writes it in an override, back to a validator: `list[Users] | None`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from attrs import frozen

from aioconvex.errors import ConfigurationError

from .spec import Array, Literals, Primitive, Record, Validator, union_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_annotation"]

_PRIMITIVES: Final = {
    "Any": Primitive.ANY,
    "BigInt": Primitive.INT64,
    "bool": Primitive.BOOLEAN,
    "bytes": Primitive.BYTES,
    "float": Primitive.NUMBER,
    "str": Primitive.STRING,
}


def read_annotation(place: str, text: str, names: Mapping[str, Validator]) -> Validator:
    """Read a type in the words of the bindings.

    Args:
        place: what it belongs to, for the error.
        text: the type.
        names: the documents and ids it may mention.

    Raises:
        ConfigurationError: it is no such type.
    """
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        raise ConfigurationError(f"the override {place!r}: {text!r} is not a type") from None
    return _Reader(place, names).read(tree.body)


@frozen
class _Reader:
    place: str
    names: Mapping[str, Validator]

    def read(self, node: ast.expr) -> Validator:  # noqa: PLR0911  # one per form
        match node:
            case ast.Constant(value=None):
                return Primitive.NULL
            case ast.Name(id=name) if name in _PRIMITIVES:
                return _PRIMITIVES[name]
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return union_of([self.read(left), self.read(right)])
            case ast.Subscript(value=ast.Name(id="list"), slice=item):
                return Array(self.read(item))
            case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[key, value])):
                return Record(self.read(key), self.read(value))
            case ast.Subscript(value=ast.Name(id="Literal"), slice=item):
                return self._literals(item)
            case _:
                raise ConfigurationError(
                    f"the override {self.place!r}: {ast.unparse(node)!r} is none of str, float, "
                    "BigInt, bool, bytes, None, Any, Literal[…], list[…], dict[…, …], "
                    "a table's class or an id"
                )

    def _literals(self, item: ast.expr) -> Validator:
        texts: list[str] = []
        for node in item.elts if isinstance(item, ast.Tuple) else [item]:
            if not (isinstance(node, ast.Constant) and isinstance(node.value, bool | int | str)):
                raise ConfigurationError(f"the override {self.place!r}: Literal[…] takes text")
            texts.append(repr(node.value))
        return Literals("plain", tuple(texts))
