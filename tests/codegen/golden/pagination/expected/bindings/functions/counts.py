# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `counts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Count, Namespace, later as _later, query as _query

if TYPE_CHECKING:
    from ..models import Int64CountResult, MoreResult
else:
    __getattr__ = _later(__name__, __package__, "..models")


class Counts(Namespace):
    """Functions of `counts`."""

    @_query("counts:count")
    def count(self, *, team: str | None = None) -> Count:
        """The query `counts:count`."""
        ...

    @_query("counts:int64Count")
    def int64_count(self) -> Int64CountResult:
        """The query `counts:int64Count`."""
        ...

    @_query("counts:more")
    def more(self) -> MoreResult:
        """The query `counts:more`."""
        ...
