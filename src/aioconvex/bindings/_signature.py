"""A declaration's signature: checks a call's arguments and spells them for the wire."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeAlias, get_type_hints

from attrs import frozen

from aioconvex._codec import WrongValue, camel, encoder
from aioconvex.errors import ArgumentError

__all__ = ["Signature", "annotations_of"]

Encoder: TypeAlias = Callable[[Any], Any]


def annotations_of(stub: Callable[..., object]) -> dict[str, Any]:
    """Evaluate a stub's annotations; its module may import the names in them only when asked."""
    names: dict[str, Any] = {}
    while True:
        try:
            return get_type_hints(stub, localns=names, include_extras=True)
        except NameError as error:
            name, module = str(error.name), sys.modules.get(stub.__module__)
            if name in names or not hasattr(module, name):
                raise
            names[name] = getattr(module, name)


@frozen
class _Parameter:
    wire: str
    default: object
    encode: Encoder


@frozen
class Signature:
    """The parameters of a declared function, and the type it returns."""

    shape: inspect.Signature
    parameters: Mapping[str, _Parameter]
    required: frozenset[str]
    returns: Any

    @classmethod
    def of(cls, stub: Callable[..., object], wire: Mapping[str, str]) -> Self:
        """Read a stub's annotations; `wire` has the names that break the camelCase rule."""
        hints = annotations_of(stub)
        whole = inspect.signature(stub)
        shape = whole.replace(parameters=list(whole.parameters.values())[1:])  # without self
        parameters = {
            name: _Parameter(wire.get(name) or camel(name), item.default, encoder(hints[name]))
            for name, item in shape.parameters.items()
        }
        required = {
            name
            for name, item in shape.parameters.items()
            if item.default is inspect.Parameter.empty
        }
        return cls(shape, parameters, frozenset(required), hints["return"])

    def arguments(
        self, path: str, args: tuple[object, ...], kwargs: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Turn a call's arguments into Convex values by wire name.

        Raises:
            TypeError: an argument is missing, unknown or given by position.
            ArgumentError: an argument is not of its declared type.
        """
        if args or not self.required <= kwargs.keys() <= self.parameters.keys():
            return self._bind(path, args, kwargs)
        encoded: dict[str, object] = {}
        for name, value in kwargs.items():
            parameter = self.parameters[name]
            if value is parameter.default:
                continue  # absent: sending None where null is no value would be refused
            try:
                encoded[parameter.wire] = parameter.encode(value)
            except WrongValue as error:
                place = name + "".join(reversed(error.trail))
                raise ArgumentError(f"{path}: {place}", error.reason) from None
        return encoded

    def _bind(
        self, path: str, args: tuple[object, ...], kwargs: Mapping[str, object]
    ) -> Mapping[str, object]:
        try:
            bound = self.shape.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{path}: {error}") from None
        # All that binds here is a function without validator, whose one argument is a mapping.
        (given,) = bound.args
        return {} if given is None else given
