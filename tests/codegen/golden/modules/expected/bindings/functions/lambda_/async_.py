# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `lambda/async`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Async(Namespace):
    """Functions of `lambda/async`."""

    @_query("lambda/async:await")
    def await_(self) -> None:
        """The query `lambda/async:await`."""
        ...
