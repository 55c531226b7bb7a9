# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `articles`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, action as _action, mutation as _mutation, query as _query

from ..models import Articles as _Articles, ArticlesId, NewArticles, SearchResultItem


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
