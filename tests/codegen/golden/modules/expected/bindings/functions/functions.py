# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `functions`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Functions(Namespace):
    """Functions of `functions`."""

    @_query("functions:f")
    def f(self) -> None:
        """The query `functions:f`."""
        ...
