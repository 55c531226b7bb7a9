"""Arguments to be sent: one object, and not too large; the error has the place that makes it so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from aioconvex.errors import ArgumentError
from aioconvex.values import encode_value, write_json

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["check_size", "places_of", "wire_args"]

_MAX_BODY: Final = 2**24 + 2000


def wire_args(args: object) -> Any:
    """Write a call's arguments as wire JSON.

    Raises:
        ArgumentError: they cannot be sent.
    """
    if type(args) is dict or isinstance(args, Mapping):  # the first is the faster
        return encode_value(args)  # pyright: ignore[reportUnknownArgumentType]  # anything goes
    raise ArgumentError("$", f"arguments are a dict of their names, not {type(args).__name__}")


def check_size(text: bytes, places: Callable[[], Mapping[str, object]]) -> bytes:
    """Give the text back unless it is too large.

    Args:
        text: what is to be sent.
        places: gives the values in it by where they are, to name the largest.

    Raises:
        ArgumentError: Convex would refuse it.
    """
    if len(text) <= _MAX_BODY:
        return text
    sizes = {place: len(write_json(encode_value(value))) for place, value in places().items()}
    place = max(sizes, key=sizes.__getitem__)
    raise ArgumentError(
        place,
        f"this is {sizes[place]} of the call's {len(text)} bytes, but Convex takes {_MAX_BODY}",
    )


def places_of(args: Mapping[str, object]) -> Mapping[str, object]:
    """A call's arguments by their paths."""
    return {f"$.{name}": value for name, value in args.items()}
