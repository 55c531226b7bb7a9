# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `items`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aioconvex.bindings import (
    ITEMS,
    Namespace,
    Page,
    later as _later,
    paginated as _paginated,
    query as _query,
)

if TYPE_CHECKING:
    from ..models import RequiredCursorResult, Users
else:
    __getattr__ = _later(__name__, __package__, "..models")


class Items(Namespace):
    """Functions of `items`."""

    @_paginated("items:list", dialect=ITEMS)
    def list_(self, *, team: str) -> Page[Users]:
        """The paginated query `items:list`."""
        ...

    @_paginated("items:nullable", dialect=ITEMS)
    def nullable(self) -> Page[str]:
        """The paginated query `items:nullable`."""
        ...

    @_query("items:requiredCursor")
    def required_cursor(self, *, cursor: str, limit: float | None = None) -> RequiredCursorResult:
        """The query `items:requiredCursor`."""
        ...

    @_query("items:undeclared")
    def undeclared(self, *, cursor: str | None = None, limit: float | None = None) -> Any:
        """The query `items:undeclared`."""
        ...
