# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Functions of the deployment."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .functions.names import Names

__all__ = ["Api"]


class Api(Namespace):
    """Functions of the deployment."""

    @_cached_property
    def names(self) -> Names:
        """Functions of `names`."""
        from .functions.names import Names

        return Names(self._caller)
