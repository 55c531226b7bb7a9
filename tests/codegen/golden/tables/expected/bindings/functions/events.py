# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `events`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, query as _query

if TYPE_CHECKING:
    from ..models import Events as _Events, EventsPurchase
else:
    __getattr__ = _later(__name__, __package__, "..models", {"_Events": "Events"})


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
