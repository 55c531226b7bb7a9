# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/vectorSearch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, action as _action, later as _later

if TYPE_CHECKING:
    from ...models import NearestResult
else:
    __getattr__ = _later(__name__, __package__, "...models")


class VectorSearch(Namespace):
    """Functions of `mastra/vectorSearch`."""

    @_action("mastra/vectorSearch:nearest")
    def nearest(
        self,
        *,
        include_vector: bool,
        index_name: str,
        query_vector: list[float],
        top_k: float,
        secret: str | None = None,
    ) -> NearestResult | None:
        """The action `mastra/vectorSearch:nearest`."""
        ...
