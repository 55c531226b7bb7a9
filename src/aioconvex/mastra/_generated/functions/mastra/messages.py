# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/messages`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation, query as _query

if TYPE_CHECKING:
    from ...models import (
        AroundArgsTargetsItem,
        AroundResult,
        AssignResult,
        AssignResultOwnersItem,
        ByIdsResult,
        CopyArgsCopiesItem,
        CopyArgsThread,
        CopyResult,
        MastraMessages,
        MessagesRemoveResult,
        MessagesScanResult,
        NewMastraMessages,
        RestoreOwnersResult,
        UpdateArgsUpdatesItem,
    )
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Messages(Namespace):
    """Functions of `mastra/messages`."""

    @_query("mastra/messages:around")
    def around(
        self,
        *,
        targets: list[AroundArgsTargetsItem],
        resource_id: str | None = None,
        secret: str | None = None,
    ) -> AroundResult:
        """The query `mastra/messages:around`."""
        ...

    @_mutation("mastra/messages:assign")
    def assign(
        self,
        *,
        resource_id: str,
        thread_id: str,
        cursor: str | None = None,
        secret: str | None = None,
    ) -> AssignResult:
        """The mutation `mastra/messages:assign`."""
        ...

    @_query("mastra/messages:byIds")
    def by_ids(self, *, ids: list[str], secret: str | None = None) -> ByIdsResult:
        """The query `mastra/messages:byIds`."""
        ...

    @_mutation("mastra/messages:copy")
    def copy(
        self,
        *,
        copies: list[CopyArgsCopiesItem],
        thread_id: str,
        resource_id: str | None = None,
        secret: str | None = None,
        thread: CopyArgsThread | None = None,
    ) -> CopyResult:
        """The mutation `mastra/messages:copy`."""
        ...

    @_mutation("mastra/messages:remove")
    def remove(self, *, ids: list[str], secret: str | None = None) -> MessagesRemoveResult:
        """The mutation `mastra/messages:remove`."""
        ...

    @_mutation("mastra/messages:restoreOwners")
    def restore_owners(
        self, *, owners: list[AssignResultOwnersItem], secret: str | None = None
    ) -> RestoreOwnersResult:
        """The mutation `mastra/messages:restoreOwners`."""
        ...

    @_mutation("mastra/messages:save")
    def save(self, *, messages: list[NewMastraMessages], secret: str | None = None) -> None:
        """The mutation `mastra/messages:save`."""
        ...

    @_query("mastra/messages:scan")
    def scan(
        self,
        *,
        counting: bool | None = None,
        cursor: str | None = None,
        end: str | None = None,
        end_exclusive: bool | None = None,
        metadata: str | None = None,
        order: Literal["asc", "desc"] | None = None,
        resource_id: str | None = None,
        secret: str | None = None,
        skip: float | None = None,
        start: str | None = None,
        start_exclusive: bool | None = None,
        take: float | None = None,
        thread_ids: list[str] | None = None,
    ) -> MessagesScanResult:
        """The query `mastra/messages:scan`."""
        ...

    @_mutation("mastra/messages:update")
    def update(
        self, *, updates: list[UpdateArgsUpdatesItem], secret: str | None = None
    ) -> list[MastraMessages]:
        """The mutation `mastra/messages:update`."""
        ...
