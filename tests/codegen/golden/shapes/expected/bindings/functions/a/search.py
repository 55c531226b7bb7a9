# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `a/search`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, query as _query

if TYPE_CHECKING:
    from ...models import FindArgsFilter, FindResult
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Search(Namespace):
    """Functions of `a/search`."""

    @_query("a/search:find")
    def find(self, *, filter: FindArgsFilter | None = None) -> FindResult:
        """The query `a/search:find`."""
        ...
