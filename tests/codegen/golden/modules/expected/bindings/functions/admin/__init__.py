# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `admin`."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .http import Http


class Admin(Namespace):
    """Functions of `admin`."""

    @_cached_property
    def http(self) -> Http:
        """Functions of `admin/http`."""
        from .http import Http

        return Http(self._caller)
