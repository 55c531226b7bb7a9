"""Rows of observational memory, whose chunks, settings and metadata are JSON text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import asdict, fields

from aioconvex._codec import camel
from aioconvex.mastra._rows import instant, json_text, json_value, time_text, whole

from .models import (
    ActivatedChunk,
    ActivationResult,
    ExtractionFailure,
    ObservationalMemory,
    ObservationChunk,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "activation_of",
    "chunk_columns",
    "chunks_text",
    "record_columns",
    "record_of",
    "refreshed",
    "stored_chunks",
]

_NO_TIME: Final = datetime.fromtimestamp(0, UTC)
_NAMES: Final = tuple(item.name for item in fields(ObservationalMemory))
_TIMES: Final = frozenset(
    {
        *("created_at", "updated_at", "last_observed_at", "last_reflection_at"),
        "last_buffered_at_time",
    }
)
_NEVER_NULL: Final = frozenset({"created_at", "updated_at"})

Json = dict[str, Any]


def record_of(column: Callable[[str], Any]) -> ObservationalMemory:
    """Read a row.

    Args:
        column: gives the stored value of a column by its name in Python, None if there is none.
    """
    values = {name: _value(name, column(name)) for name in _NAMES}
    return ObservationalMemory(
        **{name: value for name, value in values.items() if value is not None}
    )


def record_columns(record: ObservationalMemory) -> Json:
    """Write a record as a row, by the names of its columns in Python; what is unset is None.

    Raises:
        ArgumentError: something in it is no JSON.
    """
    columns = {name: _column(name, getattr(record, name)) for name in _NAMES}
    return {**columns, "lookup_key": record.lookup_key}


def chunk_columns(chunk: ObservationChunk, path: str) -> Json:
    """Write a chunk as Mastra stores it, without what is left out.

    Raises:
        ArgumentError: its values are no JSON.
    """
    values = {
        **asdict(chunk),
        "last_observed_at": time_text(chunk.last_observed_at, path),
        "created_at": time_text(chunk.created_at, path),
    }
    columns = {camel(name): value for name, value in values.items() if value is not None}
    json_text(columns, path)
    return columns


def chunks_text(chunks: Sequence[ObservationChunk], path: str) -> str:
    """Write chunks as their column holds them, likewise."""
    columns = [chunk_columns(chunk, f"{path}[{at}]") for at, chunk in enumerate(chunks)]
    return json_text(columns, path)


def stored_chunks(stored: object) -> list[Json]:
    """Read the column of buffered chunks; what is none is left out."""
    chunks = json_value(stored)
    if not isinstance(chunks, list):
        return []
    return [chunk for chunk in cast("list[object]", chunks) if isinstance(chunk, dict)]


def refreshed(stored: list[Json], given: list[Json]) -> list[Json]:
    """Lay what a caller says of chunks over the stored ones; see `convex/mastra/activation.ts`."""
    news = {_identity(chunk): chunk for chunk in given}
    return [{**chunk, **news.get(_identity(chunk), {})} for chunk in stored]


def activation_of(answer: Any, get: Callable[[Any, str], Any]) -> ActivationResult:
    """Read what an activation answered.

    Args:
        answer: what was answered.
        get: gives a field of it, or of one of its chunks, by its name in Python.
    """
    return ActivationResult(
        per_chunk=tuple(_activated(chunk, get) for chunk in get(answer, "per_chunk") or ()),
        message_tokens_activated=whole(get(answer, "message_tokens_activated")),
        observation_tokens_activated=whole(get(answer, "observation_tokens_activated")),
        activated_message_ids=tuple(get(answer, "activated_message_ids")),
        suggested_continuation=get(answer, "suggested_continuation"),
        current_task=get(answer, "current_task"),
    )


def _activated(chunk: Any, get: Callable[[Any, str], Any]) -> ActivatedChunk:
    return ActivatedChunk(
        cycle_id=get(chunk, "cycle_id"),
        message_tokens=whole(get(chunk, "message_tokens")),
        observation_tokens=whole(get(chunk, "observation_tokens")),
        message_count=int(get(chunk, "message_count")),
        observations=get(chunk, "observations"),
    )


def _identity(chunk: Json) -> Any:
    return chunk.get("id", chunk.get("cycleId"))


def _value(name: str, stored: Any) -> Any:
    if name in _TIMES:
        # A row whose time cannot be read is shown as the oldest rather than not at all.
        return instant(stored) or (_NO_TIME if name in _NEVER_NULL else None)
    if name == "buffered_observation_chunks":
        return tuple(_chunk(chunk) for chunk in stored_chunks(stored))
    if name == "resource_id":
        return stored or ""
    if name in {"config", "metadata"}:
        value = json_value(stored)
        return cast("Json", value) if isinstance(value, dict) else None
    return whole(stored)


def _column(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return time_text(value, f"record.{name}")
    if name == "buffered_observation_chunks":
        return chunks_text(value, f"record.{name}")
    if isinstance(value, tuple):
        return list(cast("tuple[object, ...]", value))
    if name in {"config", "metadata"} and value is not None:
        return json_text(value, f"record.{name}")
    return value


def _chunk(stored: Json) -> ObservationChunk:
    time = instant(stored.get("createdAt")) or _NO_TIME
    values = stored.get("extractedValues")
    return ObservationChunk(
        id=stored.get("id") or "",
        cycle_id=stored.get("cycleId") or "",
        observations=stored.get("observations") or "",
        token_count=stored.get("tokenCount") or 0,
        message_ids=_list(stored.get("messageIds")),
        message_tokens=stored.get("messageTokens") or 0,
        last_observed_at=instant(stored.get("lastObservedAt")) or time,
        created_at=time,
        suggested_continuation=stored.get("suggestedContinuation"),
        current_task=stored.get("currentTask"),
        thread_title=stored.get("threadTitle"),
        extracted_values=cast("Json", values) if isinstance(values, dict) else None,
        extraction_failures=_failures(stored.get("extractionFailures")),
    )


def _failures(stored: object) -> list[ExtractionFailure] | None:
    if stored is None:
        return None
    failures: list[Json] = [item for item in _list(stored) if isinstance(item, dict)]
    return [
        ExtractionFailure(slug=f.get("slug") or "", error=f.get("error") or "") for f in failures
    ]


def _list(stored: object) -> list[Any]:
    return list(cast("list[object]", stored)) if isinstance(stored, list) else []
