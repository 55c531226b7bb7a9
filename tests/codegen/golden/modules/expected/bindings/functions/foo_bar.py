# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `foo_bar`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class FooBar(Namespace):
    """Functions of `foo_bar`."""

    @_query("foo_bar:a")
    def a(self) -> None:
        """The query `foo_bar:a`."""
        ...
