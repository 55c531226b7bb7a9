# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `b/search`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, query as _query

if TYPE_CHECKING:
    from ...models import FindArgsFilter, RunArgsAlsoItem, RunResult
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Search(Namespace):
    """Functions of `b/search`."""

    @_query("b/search:run")
    def run(self, *, also: list[RunArgsAlsoItem], filter: FindArgsFilter) -> RunResult:
        """The query `b/search:run`."""
        ...
