# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `lambda`."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .async_ import Async


class Lambda(Namespace):
    """Functions of `lambda`."""

    @_cached_property
    def async_(self) -> Async:
        """Functions of `lambda/async`."""
        from .async_ import Async

        return Async(self._caller)
