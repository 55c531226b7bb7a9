# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `a`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aioconvex.bindings import Namespace, action as _action, query as _query


class A(Namespace):
    """Functions of `a`."""

    @_action("a:action")
    def action(self, args: Mapping[str, Any] | None = None, /) -> Any:
        """The action `a:action`."""
        ...

    @_query("a:anyReturns")
    def any_returns(self) -> Any:
        """The query `a:anyReturns`."""
        ...

    @_query("a:bare")
    def bare(self, args: Mapping[str, Any] | None = None, /) -> Any:
        """The query `a:bare`."""
        ...

    @_query("a:noReturns")
    def no_returns(self, *, x: str) -> Any:
        """The query `a:noReturns`."""
        ...

    @_query("a:strange")
    def strange(self, *, x: Any, y: float) -> list[Any]:
        """The query `a:strange`."""
        ...

    @_query("a:unionArgs")
    def union_args(self, args: Mapping[str, Any] | None = None, /) -> None:
        """The query `a:unionArgs`."""
        ...
