"""Which function with which arguments, as the text that is sent and compared."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import orjson
from attrs import define, field

from aioconvex._protocol.paths import check_component, check_path
from aioconvex._protocol.sizes import check_size, places_of, wire_args

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CallText", "write_call_text"]

_OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_SORT_KEYS


@define(unsafe_hash=True)  # as a frozen class takes twice as long to make
class CallText:
    """A call in its canonical form: the same call has the same texts, however it was spelled."""

    path: str
    args: bytes = field(repr=False)
    component: str | None


def write_call_text(path: str, args: Mapping[str, object], component: str | None) -> CallText:
    """Write a call.

    Raises:
        ArgumentError: path, component or arguments cannot be sent.
    """
    check_path(path)
    if component is not None:
        check_component(component)
    text = orjson.dumps(wire_args(args), option=_OPTIONS)
    return CallText(_canonical(path), check_size(text, lambda: places_of(args)), component)


@lru_cache(maxsize=1024)
def _canonical(path: str) -> str:
    module, _, function = path.partition(":")
    return f"{module.removesuffix('.js')}:{function or 'default'}"
