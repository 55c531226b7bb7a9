# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `events`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query

from ..models import Events as _Events, EventsPurchase


class Events(Namespace):
    """Functions of `events`."""

    @_query("events:last")
    def last(self) -> _Events:
        """The query `events:last`."""
        ...

    @_query("events:list")
    def list_(self) -> list[_Events]:
        """The query `events:list`."""
        ...

    @_query("events:purchases")
    def purchases(self) -> list[EventsPurchase]:
        """The query `events:purchases`."""
        ...
