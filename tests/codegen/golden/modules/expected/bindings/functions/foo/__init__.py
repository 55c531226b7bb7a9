# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `foo`."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, query as _query

if TYPE_CHECKING:
    from .bar import Bar
    from .deep import Deep


class Foo(Namespace):
    """Functions of `foo`."""

    @_cached_property
    def bar(self) -> Bar:
        """Functions of `foo/bar`."""
        from .bar import Bar

        return Bar(self._caller)

    @_cached_property
    def deep(self) -> Deep:
        """Functions of `foo/deep`."""
        from .deep import Deep

        return Deep(self._caller)

    @_query("foo:default")
    def default(self) -> None:
        """The query `foo:default`."""
        ...

    @_query("foo:other")
    def other(self) -> None:
        """The query `foo:other`."""
        ...
