"""Which functions get bindings: public ones unless told, by patterns over their paths."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from attrs import evolve

from aioconvex.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .spec import Function, Spec

__all__ = ["select"]


def select(spec: Spec, *, internal: bool, include: Sequence[str], exclude: Sequence[str]) -> Spec:
    """Leave out the functions that nobody asked for.

    A pattern is compared with a function's path (`admin/users:purge`) and with its module's
    (`admin/users`); `*` stands for any characters.

    Raises:
        ConfigurationError: a pattern matches no function at all, so it is misspelt or outdated.
    """
    functions = [item for item in spec.functions if internal or not item.internal]
    for pattern in (*include, *exclude):
        if not any(_matches(item, pattern) for item in functions):
            raise ConfigurationError(f"the pattern {pattern!r} matches no function")
    return evolve(
        spec,
        functions=tuple(
            item
            for item in functions
            if (not include or any(_matches(item, pattern) for pattern in include))
            and not any(_matches(item, pattern) for pattern in exclude)
        ),
    )


def _matches(function: Function, pattern: str) -> bool:
    module = function.path.rpartition(":")[0]
    return fnmatchcase(function.path, pattern) or fnmatchcase(module, pattern)
