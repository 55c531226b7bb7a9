# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `users/page`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, query as _query

if TYPE_CHECKING:
    from ...models import Users
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Page_(Namespace):
    """Functions of `users/page`."""

    @_query("users/page:all")
    def all(self) -> list[Users]:
        """The query `users/page:all`."""
        ...
