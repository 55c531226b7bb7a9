# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/observations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation, query as _query

if TYPE_CHECKING:
    from ...models import (
        ActivateResult,
        ClearResult,
        HistoryArgsAfter,
        HistoryResult,
        MastraObservationalMemory,
        NewMastraObservationalMemory,
    )
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Observations(Namespace):
    """Functions of `mastra/observations`."""

    @_mutation("mastra/observations:activate")
    def activate(
        self,
        *,
        activation_ratio: float,
        current_pending_tokens: float,
        force_max_activation: bool,
        id: str,
        key: str,
        message_tokens_threshold: float,
        chunks: str | None = None,
        last_observed_at: str | None = None,
        secret: str | None = None,
    ) -> ActivateResult | None:
        """The mutation `mastra/observations:activate`."""
        ...

    @_mutation("mastra/observations:appendChunk")
    def append_chunk(
        self,
        *,
        chunk: str,
        id: str,
        key: str,
        last_buffered_at_time: str | None = None,
        secret: str | None = None,
    ) -> bool:
        """The mutation `mastra/observations:appendChunk`."""
        ...

    @_mutation("mastra/observations:appendReflection")
    def append_reflection(
        self,
        *,
        id: str,
        input_token_count: float,
        key: str,
        reflected_observation_line_count: float,
        reflection: str,
        token_count: float,
        secret: str | None = None,
    ) -> bool:
        """The mutation `mastra/observations:appendReflection`."""
        ...

    @_mutation("mastra/observations:clear")
    def clear(self, *, lookup_key: str, secret: str | None = None) -> ClearResult:
        """The mutation `mastra/observations:clear`."""
        ...

    @_mutation("mastra/observations:createReflectionGeneration")
    def create_reflection_generation(
        self,
        *,
        id: str,
        new_id: str,
        reflection: str,
        token_count: float,
        secret: str | None = None,
    ) -> MastraObservationalMemory | None:
        """The mutation `mastra/observations:createReflectionGeneration`."""
        ...

    @_query("mastra/observations:history")
    def history(
        self,
        *,
        lookup_key: str,
        skip: float,
        after: HistoryArgsAfter | None = None,
        from_: str | None = None,
        secret: str | None = None,
        take: float | None = None,
        to: str | None = None,
    ) -> HistoryResult:
        """The query `mastra/observations:history`."""
        ...

    @_query("mastra/observations:latest")
    def latest(
        self, *, lookup_key: str, secret: str | None = None
    ) -> MastraObservationalMemory | None:
        """The query `mastra/observations:latest`."""
        ...

    @_mutation("mastra/observations:save")
    def save(
        self, *, key: str, record: NewMastraObservationalMemory, secret: str | None = None
    ) -> None:
        """The mutation `mastra/observations:save`."""
        ...

    @_mutation("mastra/observations:setState")
    def set_state(
        self,
        *,
        id: str,
        is_buffering_observation: bool | None = None,
        is_buffering_reflection: bool | None = None,
        is_observing: bool | None = None,
        is_reflecting: bool | None = None,
        last_buffered_at_tokens: float | None = None,
        pending_message_tokens: float | None = None,
        secret: str | None = None,
    ) -> bool:
        """The mutation `mastra/observations:setState`."""
        ...

    @_mutation("mastra/observations:swapBufferedReflectionToActive")
    def swap_buffered_reflection_to_active(
        self, *, id: str, new_id: str, token_count: float, secret: str | None = None
    ) -> MastraObservationalMemory | None:
        """The mutation `mastra/observations:swapBufferedReflectionToActive`."""
        ...

    @_mutation("mastra/observations:updateActive")
    def update_active(
        self,
        *,
        id: str,
        key: str,
        last_observed_at: str,
        observations: str,
        token_count: float,
        observed_message_ids: list[str] | None = None,
        secret: str | None = None,
    ) -> bool:
        """The mutation `mastra/observations:updateActive`."""
        ...

    @_mutation("mastra/observations:updateConfig")
    def update_config(self, *, config: str, id: str, secret: str | None = None) -> bool:
        """The mutation `mastra/observations:updateConfig`."""
        ...
