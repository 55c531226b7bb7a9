# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `foo/bar`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class Bar(Namespace):
    """Functions of `foo/bar`."""

    @_query("foo:bar")
    def __call__(self) -> None:
        """The query `foo:bar`."""
        ...

    @_query("foo/bar:baz")
    def baz(self) -> None:
        """The query `foo/bar:baz`."""
        ...

    @_query("foo/bar:default")
    def default(self) -> None:
        """The query `foo/bar:default`."""
        ...
