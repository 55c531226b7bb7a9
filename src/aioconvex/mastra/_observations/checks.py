"""Checks of what is to be stored of observations: whatever is wrong is told before it is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from attrs import fields

from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import given_text, optional_text
from aioconvex.mastra._memory.checks import check_choice, check_ids, check_object, check_texts
from aioconvex.mastra._rows import time_text

from .backend import Period
from .models import ExtractionFailure, ObservationalMemory, ObservationChunk, lookup_key

if TYPE_CHECKING:
    from aioconvex.mastra._memory.models import DateRange

__all__ = [
    "SCOPES",
    "amount",
    "check_chunk",
    "check_record",
    "checked_key",
    "flag",
    "period",
    "ratio",
    "whole_number",
]

SCOPES: Final = ("thread", "resource")

_ORIGINS: Final = ("initial", "reflection")
_MOST: Final = 2**53  # up to here, JavaScript's numbers tell integers apart
_MILLISECOND: Final = timedelta(milliseconds=1)

_TEXTS: Final = ("active_observations",)
_OPTIONAL_TEXTS: Final = (
    *("active_observations_pending_update", "observed_timezone", "buffered_observations"),
    "buffered_reflection",
)
_AMOUNTS: Final = (
    *("observation_token_count", "total_tokens_observed", "pending_message_tokens"),
    "last_buffered_at_tokens",
)
_OPTIONAL_AMOUNTS: Final = (
    *("buffered_observation_tokens", "buffered_reflection_tokens"),
    "buffered_reflection_input_tokens",
)
_FLAGS: Final = tuple(
    item.name for item in fields(ObservationalMemory) if item.name.startswith("is_")
)


def amount(value: object, path: str) -> float:
    """Check a number of tokens.

    Raises:
        ArgumentError: it is no finite number of at least 0.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ArgumentError(path, f"{type(value).__name__} is no number")
    if not (0 <= value <= _MOST):  # NaN neither
        raise ArgumentError(path, f"must be a finite number of at least 0, not {value!r}")
    return value


def whole_number(value: object, path: str) -> int:
    """Check a count.

    Raises:
        ArgumentError: it is no integer of at least 0.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not (0 <= value <= _MOST):
        raise ArgumentError(path, f"must be an integer of at least 0, not {value!r}")
    return value


def ratio(value: object, path: str) -> float:
    """Check a part of a whole.

    Raises:
        ArgumentError: it is no number from 0 to 1.
    """
    number = amount(value, path)
    if number > 1:
        raise ArgumentError(path, f"must be a number from 0 to 1, not {value!r}")
    return number


def flag(value: object, path: str) -> bool:
    """Check a flag.

    Raises:
        ArgumentError: it is no bool.
    """
    if not isinstance(value, bool):
        raise ArgumentError(path, f"{type(value).__name__} is no bool")
    return value


def checked_key(thread_id: object, resource_id: object) -> str:
    """Check whose memory it is, and name it.

    Raises:
        ArgumentError: an id is empty.
    """
    resource = given_text(resource_id, "resource_id")
    return lookup_key(optional_text(thread_id, "thread_id"), resource)


def period(dates: DateRange | None, limit: object, offset: object) -> Period:
    """Check which part of a history is wanted.

    Raises:
        ArgumentError: limit or offset is no integer of at least 0.
    """
    start = end = None
    if dates is not None and dates.start is not None:
        start = dates.start + _MILLISECOND if dates.start_exclusive else dates.start
    if dates is not None and dates.end is not None:
        end = dates.end - _MILLISECOND if dates.end_exclusive else dates.end
    return Period(
        start=None if start is None else time_text(start, "date_range.start"),
        end=None if end is None else time_text(end, "date_range.end"),
        skip=whole_number(offset, "offset"),
        take=None if limit is None else whole_number(limit, "limit"),
    )


def check_chunk(chunk: object, path: str) -> None:
    """Check a chunk, but for its values.

    Raises:
        ArgumentError: something in it cannot be stored.
    """
    if not isinstance(chunk, ObservationChunk):
        raise ArgumentError(path, f"{type(chunk).__name__} is no ObservationChunk")
    given_text(chunk.id, f"{path}.id")
    given_text(chunk.cycle_id, f"{path}.cycle_id")
    check_texts(path, observations=chunk.observations)
    amount(chunk.token_count, f"{path}.token_count")
    amount(chunk.message_tokens, f"{path}.message_tokens")
    check_ids(chunk.message_ids, f"{path}.message_ids")
    for name in ("suggested_continuation", "current_task", "thread_title"):
        check_texts(path, **{name: getattr(chunk, name) or ""})
    if chunk.extracted_values is not None:
        check_object(chunk.extracted_values, f"{path}.extracted_values")
    for failure in chunk.extraction_failures or ():
        if not isinstance(failure, ExtractionFailure):  # pyright: ignore[reportUnnecessaryIsInstance]
            what = f"{type(failure).__name__} is no ExtractionFailure"
            raise ArgumentError(f"{path}.extraction_failures", what)
        check_texts(f"{path}.extraction_failures", slug=failure.slug, error=failure.error)


def check_record(record: object) -> None:
    """Check a record that is to be stored whole.

    Raises:
        ArgumentError: something in it cannot be stored.
    """
    if not isinstance(record, ObservationalMemory):
        raise ArgumentError("record", f"{type(record).__name__} is no ObservationalMemory")
    given_text(record.id, "record.id")
    given_text(record.resource_id, "record.resource_id")
    optional_text(record.thread_id, "record.thread_id")
    check_choice(record.scope, SCOPES, "record.scope")
    check_choice(record.origin_type, _ORIGINS, "record.origin_type")
    _check_columns(record)
    for at, chunk in enumerate(record.buffered_observation_chunks):
        check_chunk(chunk, f"record.buffered_observation_chunks[{at}]")
    check_object(record.config, "record.config")
    if record.metadata is not None:
        check_object(record.metadata, "record.metadata")


def _check_columns(record: ObservationalMemory) -> None:
    whole_number(record.generation_count, "record.generation_count")
    if record.reflected_observation_line_count is not None:
        lines = record.reflected_observation_line_count
        whole_number(lines, "record.reflected_observation_line_count")
    check_texts("record", **{name: getattr(record, name) for name in _TEXTS})
    check_texts("record", **{name: getattr(record, name) or "" for name in _OPTIONAL_TEXTS})
    for name in (*_AMOUNTS, *_OPTIONAL_AMOUNTS):
        value: object = getattr(record, name)
        if value is not None or name in _AMOUNTS:
            amount(value, f"record.{name}")
    for name in _FLAGS:
        flag(getattr(record, name), f"record.{name}")
    check_ids(record.observed_message_ids or (), "record.observed_message_ids")
    check_ids(record.buffered_message_ids or (), "record.buffered_message_ids")
