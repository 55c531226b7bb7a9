# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `articles`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import (
    Namespace,
    action as _action,
    later as _later,
    mutation as _mutation,
    query as _query,
)

if TYPE_CHECKING:
    from ..models import Articles as _Articles, ArticlesId, NewArticles, SearchResultItem
else:
    __getattr__ = _later(__name__, __package__, "..models", {"_Articles": "Articles"})


class Articles(Namespace):
    """Functions of `articles`."""

    @_query("articles:get")
    def get(self, *, id: ArticlesId) -> _Articles | None:
        """The query `articles:get`."""
        ...

    @_mutation("articles:put")
    def put(self, *, article: NewArticles) -> ArticlesId:
        """The mutation `articles:put`."""
        ...

    @_action("articles:search")
    def search(self, *, vector: list[float]) -> list[SearchResultItem]:
        """The action `articles:search`."""
        ...
