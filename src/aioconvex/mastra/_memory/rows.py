"""Memory's rows: as the bindings have them, as the storage handler has them, as Python has them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from aioconvex._types import UNSET
from aioconvex.mastra._rows import instant, json_text, json_value, native_or_text, time_text, whole

from .backend import Listed
from .models import Message, Resource, Thread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aioconvex.mastra._generated.models import (
        MastraMessages,
        MastraResources,
        MastraThreads,
        NewMastraMessages,
    )

__all__ = [
    "listed_message",
    "listed_row",
    "message_columns",
    "message_of",
    "message_of_row",
    "message_row",
    "metadata_of",
    "resource_columns",
    "resource_of",
    "resource_of_row",
    "row_size",
    "thread_columns",
    "thread_of",
    "thread_of_row",
]

_NO_TIME: Final = datetime.fromtimestamp(0, UTC)
# Names of columns, system fields, and two or three bytes of Convex's own for each value.
_OVERHEAD: Final = 200

Row = dict[str, Any]


def message_row(message: Message, path: str) -> NewMastraMessages:
    """Write a message as its columns.

    Raises:
        ArgumentError: its content is no JSON.
    """
    # Slow to import, and only those who write need it.
    from aioconvex.mastra._generated.models import NewMastraMessages  # noqa: PLC0415

    return NewMastraMessages(
        id=message.id,
        thread_id=message.thread_id,
        resource_id=message.resource_id,
        role=message.role,
        type=message.type,
        content=json_text(message.content, f"{path}.content"),
        created_at=time_text(message.created_at, f"{path}.created_at"),
    )


def row_size(row: NewMastraMessages) -> int:
    """How many bytes a message takes, rounded up."""
    texts = (row.id, row.thread_id, row.resource_id or "", row.role, row.type, row.content)
    return _OVERHEAD + sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


def message_of(row: MastraMessages) -> Message:
    """Read a message as the bindings have it."""
    return Message(
        id=row.id,
        thread_id=row.thread_id,
        resource_id=row.resource_id,
        role=row.role,
        type=row.type,
        content=json_value(row.content),
        created_at=_time(row.created_at),
    )


def listed_message(row: MastraMessages) -> Listed[Message]:
    """Read a message of a list."""
    return Listed(message_of(row), (row.creation_time, row.id_))


def thread_of(row: MastraThreads) -> Thread:
    """Read a thread as the bindings have it."""
    return Thread(
        id=row.id,
        resource_id=row.resource_id,
        title=row.title,
        metadata=metadata_of(None if row.metadata is UNSET else row.metadata),
        created_at=_time(row.created_at),
        updated_at=_time(row.updated_at),
    )


def resource_of(row: MastraResources) -> Resource:
    """Read a resource as the bindings have it."""
    return Resource(
        id=row.id,
        working_memory=row.working_memory,
        metadata=metadata_of(None if row.metadata is UNSET else row.metadata),
        created_at=_time(row.created_at),
        updated_at=_time(row.updated_at),
    )


def message_columns(row: NewMastraMessages) -> Row:
    """Write a message as the storage handler takes it."""
    columns = {
        "id": row.id,
        "thread_id": row.thread_id,
        "content": row.content,
        "role": row.role,
        "type": row.type,
        "createdAt": row.created_at,
    }
    return columns if row.resource_id is None else {**columns, "resourceId": row.resource_id}


def message_of_row(row: Mapping[str, Any]) -> Message:
    """Read a message as the storage handler answers it."""
    return Message(
        id=row["id"],
        thread_id=row["thread_id"],
        resource_id=row.get("resourceId"),
        role=row["role"],
        type=row["type"],
        content=json_value(row["content"]),
        created_at=_time(row["createdAt"]),
    )


def listed_row(row: Mapping[str, Any]) -> Listed[Message]:
    """Read a message of a list, likewise."""
    return Listed(message_of_row(row), (row["_creationTime"], row["_id"]))


def thread_columns(thread: Thread) -> Row:
    """Write a thread as the storage handler takes it.

    Raises:
        ArgumentError: its metadata is no JSON.
    """
    return {
        "id": thread.id,
        "resourceId": thread.resource_id,
        "title": thread.title,
        "metadata": native_or_text(thread.metadata, "thread.metadata"),
        "createdAt": time_text(thread.created_at, "thread.created_at"),
        "updatedAt": time_text(thread.updated_at, "thread.updated_at"),
    }


def thread_of_row(row: Mapping[str, Any]) -> Thread:
    """Read a thread as the storage handler answers it."""
    return Thread(
        id=row["id"],
        resource_id=row["resourceId"],
        title=row.get("title") or "",
        metadata=metadata_of(row.get("metadata")),
        created_at=_time(row["createdAt"]),
        updated_at=_time(row["updatedAt"]),
    )


def resource_columns(resource: Resource) -> Row:
    """Write a resource as the storage handler takes it.

    Raises:
        ArgumentError: its metadata is no JSON.
    """
    columns = {
        "id": resource.id,
        "metadata": native_or_text(resource.metadata, "resource.metadata"),
        "createdAt": time_text(resource.created_at, "resource.created_at"),
        "updatedAt": time_text(resource.updated_at, "resource.updated_at"),
    }
    memory = resource.working_memory
    return columns if memory is None else {**columns, "workingMemory": memory}


def resource_of_row(row: Mapping[str, Any]) -> Resource:
    """Read a resource as the storage handler answers it."""
    return Resource(
        id=row["id"],
        working_memory=row.get("workingMemory"),
        metadata=metadata_of(row.get("metadata")),
        created_at=_time(row["createdAt"]),
        updated_at=_time(row["updatedAt"]),
    )


def metadata_of(stored: object) -> dict[str, Any]:
    """Read stored metadata: an object, JSON text of one, or nothing."""
    value = json_value(stored) if isinstance(stored, str) else whole(stored)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _time(stored: object) -> datetime:
    # A row whose time cannot be read is shown as the oldest rather than not at all.
    return instant(stored) or _NO_TIME
