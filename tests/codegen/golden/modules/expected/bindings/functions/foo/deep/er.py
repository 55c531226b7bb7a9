# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `foo/deep/er`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Er(Namespace):
    """Functions of `foo/deep/er`."""

    @_query("foo/deep/er:go")
    def go(self) -> None:
        """The query `foo/deep/er:go`."""
        ...
