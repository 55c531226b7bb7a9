# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/nativeVector`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from aioconvex.bindings import (
    UNSET,
    Namespace,
    Unset,
    action as _action,
    later as _later,
    mutation as _mutation,
    query as _query,
)

if TYPE_CHECKING:
    from ...models import (
        QueryArgsConfig,
        QueryArgsFilter1,
        QueryArgsFilter2,
        QueryResultItem,
        ReadResult1,
        ReadResult2,
        WriteResult,
    )
else:
    __getattr__ = _later(__name__, __package__, "...models")


class NativeVector(Namespace):
    """Functions of `mastra/nativeVector`."""

    @_action("mastra/nativeVector:query")
    def query(
        self,
        *,
        config: QueryArgsConfig,
        vector: list[float],
        filter: QueryArgsFilter1 | QueryArgsFilter2 | None = None,
        limit: float | None = None,
        secret: str | None = None,
    ) -> list[QueryResultItem]:
        """The action `mastra/nativeVector:query`."""
        ...

    @_query("mastra/nativeVector:read")
    def read(
        self,
        *,
        config: QueryArgsConfig,
        op: Literal["getByConvexIds", "describe", "listByIds", "page"],
        count_limit: float | None = None,
        cursor: str | None = None,
        ids: list[str] | None = None,
        include_vector: bool | None = None,
        secret: str | None = None,
    ) -> list[Any] | ReadResult1 | ReadResult2:
        """The query `mastra/nativeVector:read`."""
        ...

    @_mutation("mastra/nativeVector:write")
    def write(
        self,
        *,
        config: QueryArgsConfig,
        op: Literal["upsert", "updateById", "deleteByIds"],
        id: str | None = None,
        ids: list[str] | None = None,
        metadata: Any | Unset = UNSET,
        secret: str | None = None,
        vector: list[float] | None = None,
        vectors: list[list[float]] | None = None,
    ) -> WriteResult:
        """The mutation `mastra/nativeVector:write`."""
        ...
