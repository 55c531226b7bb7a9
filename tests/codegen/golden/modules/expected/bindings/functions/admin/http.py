# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `admin/http`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Http(Namespace):
    """Functions of `admin/http`."""

    @_query("admin/http:get")
    def get(self) -> None:
        """The query `admin/http:get`."""
        ...
