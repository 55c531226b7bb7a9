# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `users/page`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query

from ...models import Users


class Page_(Namespace):
    """Functions of `users/page`."""

    @_query("users/page:all")
    def all(self) -> list[Users]:
        """The query `users/page:all`."""
        ...
