# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/queries`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from aioconvex.bindings import (
    ITEMS,
    Count,
    Namespace,
    Page,
    later as _later,
    paginated as _paginated,
    query as _query,
)

if TYPE_CHECKING:
    from ...models import (
        MastraMessages,
        MastraResources,
        MastraThreads,
        MastraWorkflowSnapshots,
        VectorSearchResultItem,
    )
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Queries(Namespace):
    """Functions of `mastra/queries`."""

    @_query("mastra/queries:countMessages")
    def count_messages(self, *, thread_id: str, secret: str | None = None) -> Count:
        """The query `mastra/queries:countMessages`."""
        ...

    @_query("mastra/queries:countThreads")
    def count_threads(self, *, resource_id: str | None = None, secret: str | None = None) -> Count:
        """The query `mastra/queries:countThreads`."""
        ...

    @_query("mastra/queries:countWorkflowRuns")
    def count_workflow_runs(
        self,
        *,
        resource_id: str | None = None,
        secret: str | None = None,
        workflow_name: str | None = None,
    ) -> Count:
        """The query `mastra/queries:countWorkflowRuns`."""
        ...

    @_paginated("mastra/queries:paginatedMessages", dialect=ITEMS)
    def paginated_messages(
        self,
        *,
        thread_id: str,
        order: Literal["asc", "desc"] | None = None,
        secret: str | None = None,
    ) -> Page[MastraMessages]:
        """The paginated query `mastra/queries:paginatedMessages`."""
        ...

    @_paginated("mastra/queries:paginatedThreads", dialect=ITEMS)
    def paginated_threads(
        self,
        *,
        resource_id: str,
        order: Literal["asc", "desc"] | None = None,
        secret: str | None = None,
    ) -> Page[MastraThreads]:
        """The paginated query `mastra/queries:paginatedThreads`."""
        ...

    @_paginated("mastra/queries:paginatedWorkflowRuns", dialect=ITEMS)
    def paginated_workflow_runs(
        self,
        *,
        resource_id: str | None = None,
        secret: str | None = None,
        workflow_name: str | None = None,
    ) -> Page[MastraWorkflowSnapshots]:
        """The paginated query `mastra/queries:paginatedWorkflowRuns`."""
        ...

    @_query("mastra/queries:vectorSearch")
    def vector_search(
        self,
        *,
        index_name: str,
        query_vector: list[float],
        include_vector: bool | None = None,
        secret: str | None = None,
        top_k: float | None = None,
    ) -> list[VectorSearchResultItem]:
        """The query `mastra/queries:vectorSearch`."""
        ...

    @_query("mastra/queries:watchMessages")
    def watch_messages(
        self,
        *,
        thread_id: str,
        limit: float | None = None,
        order: Literal["asc", "desc"] | None = None,
        secret: str | None = None,
    ) -> list[MastraMessages]:
        """The query `mastra/queries:watchMessages`."""
        ...

    @_query("mastra/queries:watchResource")
    def watch_resource(
        self, *, resource_id: str, secret: str | None = None
    ) -> MastraResources | None:
        """The query `mastra/queries:watchResource`."""
        ...

    @_query("mastra/queries:watchThread")
    def watch_thread(self, *, thread_id: str, secret: str | None = None) -> MastraThreads | None:
        """The query `mastra/queries:watchThread`."""
        ...

    @_query("mastra/queries:watchThreadsByResource")
    def watch_threads_by_resource(
        self,
        *,
        resource_id: str,
        limit: float | None = None,
        order: Literal["asc", "desc"] | None = None,
        secret: str | None = None,
    ) -> list[MastraThreads]:
        """The query `mastra/queries:watchThreadsByResource`."""
        ...

    @_query("mastra/queries:watchWorkflowRun")
    def watch_workflow_run(
        self, *, run_id: str, workflow_name: str, secret: str | None = None
    ) -> MastraWorkflowSnapshots | None:
        """The query `mastra/queries:watchWorkflowRun`."""
        ...

    @_query("mastra/queries:watchWorkflowRuns")
    def watch_workflow_runs(
        self,
        *,
        limit: float | None = None,
        resource_id: str | None = None,
        secret: str | None = None,
        workflow_name: str | None = None,
    ) -> list[MastraWorkflowSnapshots]:
        """The query `mastra/queries:watchWorkflowRuns`."""
        ...
