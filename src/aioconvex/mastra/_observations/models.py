"""Observational memory as Python has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar
from uuid import uuid4

from attrs import field, frozen

from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import given_time, optional_time
from aioconvex.mastra._rows import now

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = [
    "ActivatedChunk",
    "ActivationResult",
    "ExtractionFailure",
    "ObservationChunk",
    "ObservationScope",
    "ObservationalMemory",
    "lookup_key",
]

ObservationScope: TypeAlias = Literal["thread", "resource"]
"""Whether a record is about one thread, or about all threads of a resource."""


T = TypeVar("T")


def _several(items: Iterable[T]) -> tuple[T, ...]:
    # Not all callers are type-checked; a text would become a list of its letters.
    if isinstance(items, str) or not isinstance(items, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("list", f"{items!r} is no list")
    return tuple(items)


def _texts(items: Iterable[str]) -> tuple[str, ...]:
    return _several(items)


def _optional_texts(items: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if items is None else _several(items)


def _optional_failures(
    items: Iterable[ExtractionFailure] | None,
) -> tuple[ExtractionFailure, ...] | None:
    return None if items is None else _several(items)


def _chunks(items: Iterable[ObservationChunk]) -> tuple[ObservationChunk, ...]:
    return _several(items)


def _new_chunk_id() -> str:
    return f"ombuf-{uuid4()}"


def _new_id() -> str:
    return str(uuid4())


def _nothing() -> dict[str, Any]:
    return {}


def lookup_key(thread_id: str | None, resource_id: str) -> str:
    """What generations of one memory have in common."""
    return f"resource:{resource_id}" if thread_id is None else f"thread:{thread_id}"


@frozen(kw_only=True)
class ExtractionFailure:
    """An extractor that failed, by its slug, and why."""

    slug: str
    error: str


@frozen(kw_only=True)
class ObservationChunk:
    """Observations of one cycle, which wait to become active.

    Attributes:
        cycle_id: the cycle; a cycle that is buffered is not buffered again.
        observations: what was observed, as text.
        token_count: how many tokens that text has.
        message_ids: the messages that were observed.
        message_tokens: how many tokens they have; activation counts with it.
        last_observed_at: when they were observed; cut to milliseconds.
        suggested_continuation: how the conversation could go on.
        current_task: what it is about.
        thread_title: a title for the thread.
        extracted_values: JSON values that extractors found; any keys.
        extraction_failures: extractors that failed.
        id: a new one, unless told.
        created_at: now, unless told; cut to milliseconds.

    Raises:
        ArgumentError: a time is naive or none, or what should be a list is none.
    """

    cycle_id: str
    observations: str = field(repr=False)
    token_count: float
    message_ids: tuple[str, ...] = field(converter=_texts, repr=False)
    message_tokens: float
    last_observed_at: datetime = field(converter=given_time)
    suggested_continuation: str | None = field(default=None, repr=False)
    current_task: str | None = field(default=None, repr=False)
    thread_title: str | None = field(default=None, repr=False)
    extracted_values: Mapping[str, Any] | None = field(default=None, repr=False)
    extraction_failures: tuple[ExtractionFailure, ...] | None = field(
        default=None, converter=_optional_failures, repr=False
    )
    id: str = field(factory=_new_chunk_id)
    created_at: datetime = field(factory=now, converter=given_time)


@frozen(kw_only=True)
class ObservationalMemory:
    """One generation of what was observed of a thread or resource.

    Counts of tokens are whole numbers wherever Mastra counts them, but need not be. Times are cut
    to milliseconds.

    Attributes:
        id: the record's id.
        scope: `thread` or `resource`.
        thread_id: the thread; None for the whole resource.
        resource_id: whose it is.
        origin_type: `initial`, or `reflection` for a generation that a reflection began.
        generation_count: which generation, from 0 on.
        active_observations: what is observed so far.
        active_observations_pending_update: of earlier releases, like `buffered_observations`,
            `buffered_observation_tokens` and `buffered_message_ids`.
        observation_token_count: how many tokens the active observations have.
        total_tokens_observed: the tokens of all observations there were.
        pending_message_tokens: tokens of messages that are not observed yet.
        observed_message_ids: messages observed in this generation; None if nobody said.
        observed_timezone: the timezone that times were shown in to the observer.
        buffered_observation_chunks: what waits to become active, in order.
        buffered_reflection: a reflection that waits to begin the next generation.
        buffered_reflection_tokens: how many tokens it has.
        buffered_reflection_input_tokens: how many tokens were reflected on.
        reflected_observation_line_count: how many lines of the active ones it stands for.
        is_observing: an observation is on its way.
        is_reflecting: a reflection is on its way.
        is_buffering_observation: observations are being buffered.
        is_buffering_reflection: a reflection is being buffered.
        last_buffered_at_tokens: how many tokens were pending when something was buffered last.
        last_buffered_at_time: up to which time messages are buffered.
        last_observed_at: up to which time messages are observed; None if none are.
        last_reflection_at: when a reflection began this generation.
        config: the settings, a JSON object.
        metadata: any JSON object, or None.
        created_at: when the generation began; now, unless told.
        updated_at: when it last changed; now, unless told.

    Raises:
        ArgumentError: a time is naive or none, or what should be a list is none.
    """

    id: str = field(factory=_new_id)
    scope: ObservationScope
    thread_id: str | None = None
    resource_id: str
    origin_type: Literal["initial", "reflection"] = "initial"
    generation_count: int = 0
    active_observations: str = field(default="", repr=False)
    active_observations_pending_update: str | None = field(default=None, repr=False)
    observation_token_count: float = 0
    total_tokens_observed: float = 0
    pending_message_tokens: float = 0
    observed_message_ids: tuple[str, ...] | None = field(
        default=None, converter=_optional_texts, repr=False
    )
    observed_timezone: str | None = None
    buffered_observation_chunks: tuple[ObservationChunk, ...] = field(default=(), converter=_chunks)
    buffered_observations: str | None = field(default=None, repr=False)
    buffered_observation_tokens: float | None = field(default=None, repr=False)
    buffered_message_ids: tuple[str, ...] | None = field(
        default=None, converter=_optional_texts, repr=False
    )
    buffered_reflection: str | None = field(default=None, repr=False)
    buffered_reflection_tokens: float | None = None
    buffered_reflection_input_tokens: float | None = None
    reflected_observation_line_count: int | None = None
    is_observing: bool = False
    is_reflecting: bool = False
    is_buffering_observation: bool = False
    is_buffering_reflection: bool = False
    last_buffered_at_tokens: float = 0
    last_buffered_at_time: datetime | None = field(default=None, converter=optional_time)
    last_observed_at: datetime | None = field(default=None, converter=optional_time)
    last_reflection_at: datetime | None = field(default=None, converter=optional_time)
    config: Mapping[str, Any] = field(factory=_nothing, repr=False)
    metadata: Mapping[str, Any] | None = field(default=None, repr=False)
    created_at: datetime = field(factory=now, converter=given_time)
    updated_at: datetime = field(factory=now, converter=given_time)

    @property
    def lookup_key(self) -> str:
        """What the generations of one memory have in common: `thread:…` or `resource:…`."""
        return lookup_key(self.thread_id, self.resource_id)


@frozen(kw_only=True)
class ActivatedChunk:
    """A chunk that became active.

    Attributes:
        cycle_id: its cycle.
        message_tokens: how many tokens its messages had.
        observation_tokens: how many its observations have.
        message_count: how many messages were observed in it.
        observations: the text.
    """

    cycle_id: str
    message_tokens: float
    observation_tokens: float
    message_count: int
    observations: str = field(repr=False)


@frozen(kw_only=True)
class ActivationResult:
    """Which buffered chunks became active.

    Attributes:
        per_chunk: each of them, in order; empty if nothing was buffered.
        message_tokens_activated: how many tokens their messages had.
        observation_tokens_activated: how many tokens their observations have.
        activated_message_ids: their messages.
        suggested_continuation: that of the last of them.
        current_task: likewise.
    """

    per_chunk: tuple[ActivatedChunk, ...]
    message_tokens_activated: float
    observation_tokens_activated: float
    activated_message_ids: tuple[str, ...] = field(repr=False)
    suggested_continuation: str | None = field(default=None, repr=False)
    current_task: str | None = field(default=None, repr=False)

    @property
    def chunks_activated(self) -> int:
        """How many chunks became active."""
        return len(self.per_chunk)

    @property
    def messages_activated(self) -> int:
        """How many messages were observed in them."""
        return sum(chunk.message_count for chunk in self.per_chunk)

    @property
    def activated_cycle_ids(self) -> list[str]:
        """Their cycles."""
        return [chunk.cycle_id for chunk in self.per_chunk if chunk.cycle_id]

    @property
    def observations(self) -> str | None:
        """Their text, as it was added to the active observations; None if there were none."""
        if not self.per_chunk:
            return None
        return "\n\n".join(chunk.observations for chunk in self.per_chunk)
