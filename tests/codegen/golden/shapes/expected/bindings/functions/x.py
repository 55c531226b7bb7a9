# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `x`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, query as _query

if TYPE_CHECKING:
    from ..models import (
        MappedArgsMValue,
        MappedResultValue,
        TagsArgsVOff,
        TagsArgsVOn,
        XDupArgsFooBar,
        XDupArgsFooBar_,
    )
else:
    __getattr__ = _later(__name__, __package__, "..models")


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
