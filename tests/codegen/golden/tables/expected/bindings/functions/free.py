# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `free`."""

from __future__ import annotations

from typing import Any

from aioconvex.bindings import Namespace, query as _query


class Free(Namespace):
    """Functions of `free`."""

    @_query("free:all")
    def all(self) -> list[Any]:
        """The query `free:all`."""
        ...
