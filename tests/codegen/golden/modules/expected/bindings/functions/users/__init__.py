# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `users`."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, query as _query

if TYPE_CHECKING:
    from ...models import Users as _Users
    from .page import Page_
else:
    __getattr__ = _later(__name__, __package__, "...models", {"_Users": "Users"})


class Users(Namespace):
    """Functions of `users`."""

    @_cached_property
    def page(self) -> Page_:
        """Functions of `users/page`."""
        from .page import Page_

        return Page_(self._caller)

    @_query("users:all")
    def all(self) -> list[_Users]:
        """The query `users:all`."""
        ...

    @_query("users:cachedProperty")
    def cached_property(self) -> None:
        """The query `users:cachedProperty`."""
        ...

    @_query("users:get_user")
    def get_user(self) -> None:
        """The query `users:get_user`."""
        ...

    @_query("users:getUser")
    def get_user_(self) -> None:
        """The query `users:getUser`."""
        ...

    @_query("users:__init__")
    def init(self) -> None:
        """The query `users:__init__`."""
        ...

    @_query("users:models")
    def models(self) -> None:
        """The query `users:models`."""
        ...

    @_query("users:print")
    def print(self) -> None:
        """The query `users:print`."""
        ...

    @_query("users:query")
    def query(self) -> None:
        """The query `users:query`."""
        ...

    @_query("users:str")
    def str_(self) -> None:
        """The query `users:str`."""
        ...
