# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `same`."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .same import Same as _Same


class Same(Namespace):
    """Functions of `same`."""

    @_cached_property
    def same(self) -> _Same:
        """Functions of `same/same`."""
        from .same import Same as _Same

        return _Same(self._caller)
