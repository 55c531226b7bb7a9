# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `a.b`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class AB(Namespace):
    """Functions of `a.b`."""

    @_query("a.b.js:c")
    def c(self) -> None:
        """The query `a.b.js:c`."""
        ...
