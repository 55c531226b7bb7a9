# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `api`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Api_(Namespace):
    """Functions of `api`."""

    @_query("api:api")
    def api(self) -> None:
        """The query `api:api`."""
        ...
