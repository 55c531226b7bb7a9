# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `class`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Class(Namespace):
    """Functions of `class`."""

    @_query("class:import")
    def import_(self) -> None:
        """The query `class:import`."""
        ...
