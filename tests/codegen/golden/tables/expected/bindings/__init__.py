# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Functions of the deployment."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .functions.articles import Articles
    from .functions.events import Events
    from .functions.free import Free

__all__ = ["Api"]


class Api(Namespace):
    """Functions of the deployment."""

    @_cached_property
    def articles(self) -> Articles:
        """Functions of `articles`."""
        from .functions.articles import Articles

        return Articles(self._caller)

    @_cached_property
    def events(self) -> Events:
        """Functions of `events`."""
        from .functions.events import Events

        return Events(self._caller)

    @_cached_property
    def free(self) -> Free:
        """Functions of `free`."""
        from .functions.free import Free

        return Free(self._caller)
