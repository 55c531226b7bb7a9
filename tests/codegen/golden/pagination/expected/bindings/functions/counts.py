# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `counts`."""

from __future__ import annotations

from aioconvex.bindings import Count, Namespace, query as _query

from ..models import Int64CountResult, MoreResult


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
