# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `fooBar`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class FooBar(Namespace):
    """Functions of `fooBar`."""

    @_query("fooBar:a")
    def a(self) -> None:
        """The query `fooBar:a`."""
        ...
