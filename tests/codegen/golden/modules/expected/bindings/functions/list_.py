# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `list`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class List(Namespace):
    """Functions of `list`."""

    @_query("list:list")
    def list_(self) -> None:
        """The query `list:list`."""
        ...
