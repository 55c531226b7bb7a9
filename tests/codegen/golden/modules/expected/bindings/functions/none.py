# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `None`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class None_(Namespace):
    """Functions of `None`."""

    @_query("None:None")
    def none(self) -> None:
        """The query `None:None`."""
        ...
