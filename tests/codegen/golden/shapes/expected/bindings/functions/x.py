# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `x`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query

from ..models import (
    MappedArgsMValue,
    MappedResultValue,
    TagsArgsVOff,
    TagsArgsVOn,
    XDupArgsFooBar,
    XDupArgsFooBar_,
)


class X(Namespace):
    """Functions of `x`."""

    @_query("x:dup", wire={"foo_bar": "foo_bar"})
    def dup(self, *, foo_bar_: XDupArgsFooBar, foo_bar: XDupArgsFooBar_) -> None:
        """The query `x:dup`."""
        ...

    @_query("x:mapped")
    def mapped(self, *, m: dict[str, MappedArgsMValue]) -> dict[str, MappedResultValue]:
        """The query `x:mapped`."""
        ...

    @_query("x:tags")
    def tags(self, *, v: TagsArgsVOn | TagsArgsVOff | None) -> None:
        """The query `x:tags`."""
        ...
