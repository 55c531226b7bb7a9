"""Every function of generated bindings, called with given wire values and answered with others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from aioconvex._codec import decode, encoder
from aioconvex.bindings import BoundFunction, BoundPaginated, Function, Namespace, Paginated, Query
from aioconvex.bindings._signature import Signature, annotations_of
from aioconvex.values import encode_value

__all__ = ["Endpoint", "endpoints", "given_back", "sent_for", "wire_text"]


class Endpoint(NamedTuple):
    """A function where it stands in the bindings."""

    path: str
    namespace: Namespace
    name: str
    signature: Signature
    stub: Callable[..., object]


def endpoints(namespace: Namespace) -> Iterator[Endpoint]:
    """All functions of a namespace and of those below."""
    for name in dir(type(namespace)):
        member = inspect.getattr_static(type(namespace), name)
        if isinstance(member, Function | Query | Paginated):
            declared: Any = member
            yield Endpoint(
                declared.path,
                namespace,
                name,
                declared.signature,
                declared._stub,  # noqa: SLF001
            )
        elif isinstance(child := getattr(namespace, name, None), Namespace):
            yield from endpoints(child)


async def sent_for(endpoint: Endpoint, args: dict[str, Any]) -> None:
    """Call a function with what wire arguments are in Python."""
    bound: Any = getattr(endpoint.namespace, endpoint.name)
    assert isinstance(bound, BoundFunction | BoundPaginated)
    shape = endpoint.signature.shape.parameters.values()
    if any(parameter.kind is inspect.Parameter.POSITIONAL_ONLY for parameter in shape):
        await bound(args)
        return
    types = annotations_of(endpoint.stub)
    wires = {parameter.wire: name for name, parameter in endpoint.signature.parameters.items()}
    given = {
        wires[wire]: decode(encode_value(value), types[wires[wire]], endpoint.path)
        for wire, value in args.items()
    }
    await bound(**given)


def given_back(endpoint: Endpoint, value: Any) -> Any:
    """A result in Python, and again as it is on the wire."""
    kind = endpoint.signature.returns
    return encode_value(encoder(kind)(decode(encode_value(value), kind, endpoint.path)))


def wire_text(value: Any) -> str:
    """JSON with sorted keys, to compare: NaN is itself, and -0.0 is not 0.0."""
    match value.tolist() if isinstance(value, np.ndarray) else value:
        case dict() as fields:
            parts = (f"{key!r}:{wire_text(fields[key])}" for key in sorted(fields))
            return "{" + ",".join(parts) + "}"
        case list() as items:
            return "[" + ",".join(map(wire_text, items)) + "]"
        case bool() as flag:
            return repr(flag)
        case int() as number:
            return repr(float(number))
        case other:
            return repr(other)
