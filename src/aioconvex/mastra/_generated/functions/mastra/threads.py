# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/threads`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation, query as _query

if TYPE_CHECKING:
    from ...models import (
        ClearResult,
        CopyArgsThread,
        MastraThreads,
        ThreadsScanResult,
        UpdateIfSameArgsSeen,
        UpdateIfSameResult,
    )
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Threads(Namespace):
    """Functions of `mastra/threads`."""

    @_mutation("mastra/threads:remove")
    def remove(self, *, thread_id: str, secret: str | None = None) -> ClearResult:
        """The mutation `mastra/threads:remove`."""
        ...

    @_mutation("mastra/threads:save")
    def save(self, *, thread: CopyArgsThread, secret: str | None = None) -> None:
        """The mutation `mastra/threads:save`."""
        ...

    @_query("mastra/threads:scan")
    def scan(
        self,
        *,
        by: Literal["createdAt", "updatedAt"] | None = None,
        counting: bool | None = None,
        cursor: str | None = None,
        metadata: str | None = None,
        order: Literal["asc", "desc"] | None = None,
        resource_id: str | None = None,
        secret: str | None = None,
        skip: float | None = None,
        take: float | None = None,
    ) -> ThreadsScanResult:
        """The query `mastra/threads:scan`."""
        ...

    @_mutation("mastra/threads:update")
    def update(
        self,
        *,
        thread_id: str,
        metadata: str | None = None,
        secret: str | None = None,
        title: str | None = None,
    ) -> MastraThreads | None:
        """The mutation `mastra/threads:update`."""
        ...

    @_mutation("mastra/threads:updateIfSame")
    def update_if_same(
        self,
        *,
        metadata: str,
        seen: UpdateIfSameArgsSeen,
        thread_id: str,
        secret: str | None = None,
    ) -> UpdateIfSameResult:
        """The mutation `mastra/threads:updateIfSame`."""
        ...
