# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `models`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Models(Namespace):
    """Functions of `models`."""

    @_query("models:m")
    def m(self) -> None:
        """The query `models:m`."""
        ...
