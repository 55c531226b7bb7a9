# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `a/search`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query

from ...models import FindArgsFilter, FindResult


class Search(Namespace):
    """Functions of `a/search`."""

    @_query("a/search:find")
    def find(self, *, filter: FindArgsFilter | None = None) -> FindResult:
        """The query `a/search:find`."""
        ...
