# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `same/same`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Same(Namespace):
    """Functions of `same/same`."""

    @_query("same/same:same")
    def same(self) -> None:
        """The query `same/same:same`."""
        ...
