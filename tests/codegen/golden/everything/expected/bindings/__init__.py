# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Functions of the deployment."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .functions.everything import Everything
    from .functions.results import Results

__all__ = ["Api"]


class Api(Namespace):
    """Functions of the deployment."""

    @_cached_property
    def everything(self) -> Everything:
        """Functions of `everything`."""
        from .functions.everything import Everything

        return Everything(self._caller)

    @_cached_property
    def results(self) -> Results:
        """Functions of `results`."""
        from .functions.results import Results

        return Results(self._caller)
