# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `http`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Http(Namespace):
    """Functions of `http`."""

    @_query("http:get")
    def get(self) -> None:
        """The query `http:get`."""
        ...
