# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `self`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Self(Namespace):
    """Functions of `self`."""

    @_query("self:self")
    def self_(self) -> None:
        """The query `self:self`."""
        ...
