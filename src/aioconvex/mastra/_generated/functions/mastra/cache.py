# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/cache`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation, query as _query

if TYPE_CHECKING:
    from ...models import (
        CacheHandleResult,
        MastraCacheId,
        ReadResultCounter,
        ReadResultList,
        ReadResultValue,
    )
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Cache(Namespace):
    """Functions of `mastra/cache`."""

    @_mutation("mastra/cache:handle")
    def handle(self, args: Mapping[str, Any] | None = None, /) -> CacheHandleResult:
        """The mutation `mastra/cache:handle`."""
        ...

    @_query("mastra/cache:read")
    def read(
        self,
        *,
        key: str,
        from_: float | None = None,
        list_: MastraCacheId | None = None,
        secret: str | None = None,
        to: float | None = None,
    ) -> ReadResultValue | ReadResultCounter | ReadResultList | None:
        """The query `mastra/cache:read`."""
        ...
