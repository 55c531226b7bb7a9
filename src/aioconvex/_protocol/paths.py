"""Paths of functions and components, checked before anything is sent.

On a socket a malformed one would end the whole connection.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from aioconvex.errors import ArgumentError

__all__ = ["check_component", "check_path"]

_PART: Final = r"(?=[_.]*[A-Za-z0-9])[A-Za-z0-9_.]+"
_PATH: Final = re.compile(rf"(?:{_PART}/)*{_PART}(?::[A-Za-z_][A-Za-z0-9_]*)?")
_COMPONENT: Final = re.compile(r"[A-Za-z0-9_]+(?:/[A-Za-z0-9_]+)*")
_SHOWN: Final = 200


def check_path(path: str) -> None:
    """Refuse what names no function.

    Raises:
        ArgumentError: it is no path like `dir/module:function`.
    """
    if not _is_path(path):
        shown = path[:_SHOWN]
        raise ArgumentError("path", f"{shown!r} is no function path like 'dir/module:function'")


@lru_cache(maxsize=1024)
def _is_path(path: str) -> bool:
    return _PATH.fullmatch(path) is not None


def check_component(component: str) -> None:
    """Refuse what names no component.

    Raises:
        ArgumentError: it is no path of components.
    """
    if not _COMPONENT.fullmatch(component):
        raise ArgumentError("component", f"{component[:_SHOWN]!r} is no component path")
