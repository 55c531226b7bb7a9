# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `page`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Page_(Namespace):
    """Functions of `page`."""

    @_query("page:page")
    def page(self) -> None:
        """The query `page:page`."""
        ...
