# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/vectorIndexes`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation, query as _query

if TYPE_CHECKING:
    from ...models import (
        ClearResult,
        CountResult,
        PageResult,
        StateResult,
        VectorIndexesListResult,
        VectorIndexesRemoveResult,
    )
else:
    __getattr__ = _later(__name__, __package__, "...models")


class VectorIndexes(Namespace):
    """Functions of `mastra/vectorIndexes`."""

    @_mutation("mastra/vectorIndexes:clear")
    def clear(self, *, index_name: str, secret: str | None = None) -> ClearResult:
        """The mutation `mastra/vectorIndexes:clear`."""
        ...

    @_query("mastra/vectorIndexes:count")
    def count(
        self, *, index_name: str, cursor: str | None = None, secret: str | None = None
    ) -> CountResult:
        """The query `mastra/vectorIndexes:count`."""
        ...

    @_mutation("mastra/vectorIndexes:create")
    def create(self, *, dimension: float, index_name: str, secret: str | None = None) -> None:
        """The mutation `mastra/vectorIndexes:create`."""
        ...

    @_mutation("mastra/vectorIndexes:drop")
    def drop(self, *, index_name: str, secret: str | None = None) -> ClearResult:
        """The mutation `mastra/vectorIndexes:drop`."""
        ...

    @_query("mastra/vectorIndexes:list")
    def list_(
        self, *, cursor: str | None = None, secret: str | None = None
    ) -> VectorIndexesListResult:
        """The query `mastra/vectorIndexes:list`."""
        ...

    @_query("mastra/vectorIndexes:page")
    def page(
        self,
        *,
        index_name: str,
        vectors: bool,
        cursor: str | None = None,
        secret: str | None = None,
    ) -> PageResult:
        """The query `mastra/vectorIndexes:page`."""
        ...

    @_mutation("mastra/vectorIndexes:remove")
    def remove(
        self, *, ids: list[str], index_name: str, secret: str | None = None
    ) -> VectorIndexesRemoveResult:
        """The mutation `mastra/vectorIndexes:remove`."""
        ...

    @_query("mastra/vectorIndexes:state")
    def state(self, *, index_name: str, secret: str | None = None) -> StateResult | None:
        """The query `mastra/vectorIndexes:state`."""
        ...

    @_mutation("mastra/vectorIndexes:update")
    def update(
        self,
        *,
        ids: list[str],
        index_name: str,
        bits: Literal[32, 64] | None = None,
        embedding: bytes | None = None,
        metadata: str | None = None,
        secret: str | None = None,
    ) -> VectorIndexesRemoveResult:
        """The mutation `mastra/vectorIndexes:update`."""
        ...

    @_mutation("mastra/vectorIndexes:upsert")
    def upsert(
        self,
        *,
        bits: Literal[32, 64],
        embeddings: bytes,
        ids: list[str],
        index_name: str,
        metadata: str | None = None,
        replacing: list[str] | None = None,
        secret: str | None = None,
    ) -> VectorIndexesRemoveResult:
        """The mutation `mastra/vectorIndexes:upsert`."""
        ...
