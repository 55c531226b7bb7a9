# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `b/search`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query

from ...models import FindArgsFilter, RunArgsAlsoItem, RunResult


class Search(Namespace):
    """Functions of `b/search`."""

    @_query("b/search:run")
    def run(self, *, also: list[RunArgsAlsoItem], filter: FindArgsFilter) -> RunResult:
        """The query `b/search:run`."""
        ...
