# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/version`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, query as _query

if TYPE_CHECKING:
    from ...models import CurrentResult
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Version(Namespace):
    """Functions of `mastra/version`."""

    @_query("mastra/version:current")
    def current(self) -> CurrentResult:
        """The query `mastra/version:current`."""
        ...
