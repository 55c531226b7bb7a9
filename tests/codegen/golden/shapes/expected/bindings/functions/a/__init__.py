# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `a`."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .search import Search


class A(Namespace):
    """Functions of `a`."""

    @_cached_property
    def search(self) -> Search:
        """Functions of `a/search`."""
        from .search import Search

        return Search(self._caller)
