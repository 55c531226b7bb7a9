"""What the server functions do with filters and updates, for the storage handler alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from attrs import evolve

from aioconvex._types import UNSET
from aioconvex.mastra._rows import time_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .backend import MessageFilter, ThreadFilter
    from .models import Message, MessageUpdate, Thread

__all__ = ["message_passes", "same_json", "thread_passes", "updated"]


def thread_passes(thread: Thread, wanted: ThreadFilter) -> bool:
    """Whether a thread's metadata has all wanted keys with equal values."""
    return all(
        key in thread.metadata and same_json(thread.metadata[key], value)
        for key, value in (wanted.metadata or {}).items()
    )


def message_passes(message: Message, wanted: MessageFilter) -> bool:
    """Whether a message is of the resource, in the span of time, and carries the metadata."""
    if wanted.resource_id not in {None, message.resource_id}:
        return False
    time = time_text(message.created_at, "created_at")
    too_early = wanted.start is not None and (
        time <= wanted.start if wanted.start_exclusive else time < wanted.start
    )
    too_late = wanted.end is not None and (
        time >= wanted.end if wanted.end_exclusive else time > wanted.end
    )
    if too_early or too_late:
        return False
    return not wanted.metadata or _carries(message.content, wanted.metadata)


def updated(message: Message, update: MessageUpdate) -> Message:
    """Change a message, and merge its content."""
    given = {
        "thread_id": update.thread_id,
        "resource_id": update.resource_id,
        "role": update.role,
        "type": update.type,
        "created_at": update.created_at,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if update.content is not UNSET:
        changes["content"] = _merged(message.content, update.content)
    return evolve(message, **changes)


def same_json(left: object, right: object) -> bool:
    """Whether two JSON values are equal at every depth; unlike in Python, true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        one, other = cast("dict[str, object]", left), cast("dict[str, object]", right)
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        items, others = cast("list[object]", left), cast("list[object]", right)
        return len(items) == len(others) and all(map(same_json, items, others))
    return left == right


def _carries(content: object, wanted: Mapping[str, object]) -> bool:
    metadata = (
        cast("dict[str, object]", content).get("metadata") if isinstance(content, dict) else None
    )
    if not isinstance(metadata, dict):
        return False
    known = cast("dict[str, object]", metadata)
    return all(key in known and same_json(known[key], value) for key, value in wanted.items())


def _merged(stored: Any, given: Any) -> Any:
    if not (isinstance(stored, dict) and isinstance(given, dict)):
        return given
    old, fresh = cast("dict[str, Any]", stored), cast("dict[str, Any]", given)
    merged = {**old, **fresh}
    if isinstance(old.get("metadata"), dict) and isinstance(fresh.get("metadata"), dict):
        merged["metadata"] = {**old["metadata"], **fresh["metadata"]}
    return merged
