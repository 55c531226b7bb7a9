# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `foo/deep`."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .er import Er


class Deep(Namespace):
    """Functions of `foo/deep`."""

    @_cached_property
    def er(self) -> Er:
        """Functions of `foo/deep/er`."""
        from .er import Er

        return Er(self._caller)
