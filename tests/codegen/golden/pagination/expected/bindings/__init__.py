# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Functions of the deployment."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .functions.convex import Convex
    from .functions.counts import Counts
    from .functions.items import Items

__all__ = ["Api"]


class Api(Namespace):
    """Functions of the deployment."""

    @_cached_property
    def convex(self) -> Convex:
        """Functions of `convex`."""
        from .functions.convex import Convex

        return Convex(self._caller)

    @_cached_property
    def counts(self) -> Counts:
        """Functions of `counts`."""
        from .functions.counts import Counts

        return Counts(self._caller)

    @_cached_property
    def items(self) -> Items:
        """Functions of `items`."""
        from .functions.items import Items

        return Items(self._caller)
