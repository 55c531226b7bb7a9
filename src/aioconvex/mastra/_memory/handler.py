"""Memory through the storage handler alone, as `@mastra/convex` publishes it.

It lists up to 10,000 rows at once, in one call, and reads and writes in separate transactions.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio
from attrs import evolve

from aioconvex._types import Count
from aioconvex.mastra._rows import native_or_text, now, time_text
from aioconvex.mastra.errors import storage_error

from .backend import Listed, ListPart, Owner
from .merging import message_passes, same_json, thread_passes, updated
from .rows import (
    listed_row,
    message_columns,
    message_of_row,
    message_row,
    metadata_of,
    resource_columns,
    resource_of_row,
    thread_columns,
    thread_of_row,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aioconvex.mastra._client import ConvexAdminClient
    from aioconvex.mastra._generated.models import NewMastraMessages

    from .backend import MessageFilter, ThreadFilter
    from .models import Include, Message, MessageUpdate, Resource, Thread

__all__ = ["HandlerMemory"]

_THREADS: Final = "mastra_threads"
_MESSAGES: Final = "mastra_messages"
_RESOURCES: Final = "mastra_resources"
_MOST_ROWS: Final = 10_000  # where the handler ends a list without a word
_MOST_LOADED: Final = 10
_MOST_COUNTED: Final = 1000
_DELETED_AT_ONCE: Final = 500

T = TypeVar("T")
Row = dict[str, Any]


class HandlerMemory:
    """A `MemoryBackend` on `mastra/storage:handle`."""

    def __init__(self, client: ConvexAdminClient) -> None:
        self._client = client
        self._updating = anyio.Lock()

    async def thread(self, thread_id: str) -> Thread | None:
        """Find a thread; see `MemoryBackend`, here and below."""
        row = await self._load(_THREADS, thread_id)
        return None if row is None else thread_of_row(row)

    async def save_thread(self, thread: Thread) -> None:
        """Store a thread."""
        await self._storage("insert", _THREADS, record=thread_columns(thread))

    async def update_thread(
        self, thread_id: str, title: str | None, metadata: Mapping[str, object] | None
    ) -> Thread | None:
        """Update a thread; the handler wants both, so the title that is there is sent back."""
        async with self._updating:
            seen = await self.thread(thread_id)
            if seen is None:
                return None
            return await self._update(seen, seen.title if title is None else title, metadata or {})

    async def update_thread_if_same(
        self, seen: Thread, metadata: Mapping[str, object]
    ) -> tuple[Thread | None, bool]:
        """Update a thread, serialised within this process: the handler compares nothing."""
        async with self._updating:
            current = await self.thread(seen.id)
            if current is None or not _same(current, seen):
                return current, False
            return await self._update(current, current.title, metadata), True

    async def delete_thread(self, thread_id: str) -> None:
        """Delete a thread, its messages first."""
        while rows := await self._query(
            _MESSAGES, {"thread_id": thread_id}, limit=_DELETED_AT_ONCE
        ):
            await self._storage("deleteMany", _MESSAGES, ids=[row["id"] for row in rows])
        await self._storage("deleteMany", _THREADS, ids=[thread_id])

    async def threads_part(
        self,
        wanted: ThreadFilter,
        *,
        skip: int,
        take: int | None,
        cursor: str | None,
        counting: bool,
    ) -> ListPart[Thread]:
        """Read a list of threads, all of it."""
        rows = await self._all(_THREADS, {"resourceId": wanted.resource_id})
        found = [thread for thread in map(thread_of_row, rows) if thread_passes(thread, wanted)]
        created = wanted.by == "createdAt"
        found.sort(
            key=lambda thread: thread.created_at if created else thread.updated_at,
            reverse=wanted.order == "desc",
        )
        return _part(found, int(cursor or 0) + skip, take, counting=counting)

    async def messages_part(
        self,
        wanted: MessageFilter,
        *,
        skip: int,
        take: int | None,
        cursor: str | None,
        counting: bool,
    ) -> ListPart[Listed[Message]]:
        """Read a list of messages, all of it."""
        rows: list[Row] = []
        if wanted.thread_ids is None:
            rows = await self._all(_MESSAGES, {"resourceId": wanted.resource_id})
        for thread_id in dict.fromkeys(wanted.thread_ids or ()):
            rows += await self._all(_MESSAGES, {"thread_id": thread_id})
        found = [item for item in map(listed_row, rows) if message_passes(item.value, wanted)]
        found.sort(key=lambda item: item.inserted)
        found.sort(key=lambda item: item.value.created_at, reverse=wanted.order == "desc")
        return _part(found, int(cursor or 0) + skip, take, counting=counting)

    async def messages_around(
        self, included: Sequence[Include], resource_id: str | None
    ) -> list[Listed[Message]]:
        """Find messages and their neighbours in their threads."""
        found: list[Listed[Message]] = []
        for item in included:
            row = await self._load(_MESSAGES, item.id)
            if row is None or resource_id not in {None, row.get("resourceId")}:
                continue
            rows = await self._all(_MESSAGES, {"thread_id": row["thread_id"]})
            thread = sorted(map(listed_row, rows), key=_in_time)
            own = [m for m in thread if resource_id is None or m.value.resource_id == resource_id]
            place = next((at for at, m in enumerate(own) if m.value.id == item.id), None)
            if place is not None:  # it may have been deleted since
                first = max(0, place - item.with_previous_messages)
                found += own[first : place + 1 + item.with_next_messages]
        return found

    async def messages_by_id(self, message_ids: Sequence[str]) -> list[Listed[Message]]:
        """Find messages by their ids."""
        return [listed_row(row) for row in await self._rows(message_ids)]

    async def save_messages(self, rows: Sequence[NewMastraMessages]) -> None:
        """Store messages, and then touch their threads."""
        records = [message_columns(row) for row in rows]
        await self._storage("batchInsert", _MESSAGES, records=records)
        await self._touch(row.thread_id for row in rows)

    async def update_messages(self, updates: Sequence[MessageUpdate]) -> list[Message]:
        """Change messages, and then touch their threads."""
        rows = await self._rows([update.id for update in updates])
        known = {row["id"]: message_of_row(row) for row in rows}
        threads = {message.thread_id for message in known.values()}
        changed: list[Message] = []
        for update in updates:
            if update.id in known:
                known[update.id] = updated(known[update.id], update)
                changed.append(known[update.id])
        if changed:
            records = [message_columns(message_row(message, "message")) for message in changed]
            await self._storage("batchInsert", _MESSAGES, records=records)
            await self._touch(threads | {message.thread_id for message in changed})
        return changed

    async def delete_messages(self, message_ids: Sequence[str]) -> None:
        """Delete messages, and then touch their threads."""
        rows = await self._rows(message_ids)
        await self._storage("deleteMany", _MESSAGES, ids=list(message_ids))
        await self._touch(row["thread_id"] for row in rows)

    async def copy_messages(
        self, copies: Sequence[tuple[str, str]], into: Thread, owner: str | None, *, last: bool
    ) -> list[str]:
        """Copy messages by way of this process."""
        rows = {row["id"]: row for row in await self._rows([source for source, _ in copies])}
        renewed = {"thread_id": into.id, **({} if owner is None else {"resourceId": owner})}
        records = [
            {**_columns(rows[source]), **renewed, "id": new}
            for source, new in copies
            if source in rows
        ]
        if records:
            await self._storage("batchInsert", _MESSAGES, records=records)
        if last:
            await self.save_thread(into)
        return [record["id"] for record in records]

    async def give_thread(
        self, thread: Thread, resource_id: str, cursor: str | None
    ) -> tuple[list[Owner], str | None]:
        """Give a thread to a resource: its messages first, 500 in each call."""
        start = int(cursor or 0)
        rows = await self._all(_MESSAGES, {"thread_id": thread.id})
        part = rows[start : start + _DELETED_AT_ONCE]
        moved = [row for row in part if row.get("resourceId") != resource_id]
        if moved:
            records = [{"id": row["id"], "resourceId": resource_id} for row in moved]
            await self._storage("batchInsert", _MESSAGES, records=records)
        end = start + len(part)
        if end < len(rows):
            return _owners(moved), str(end)
        record = {"resourceId": resource_id, "updatedAt": time_text(_later(thread), "now")}
        await self._storage("patch", _THREADS, id=thread.id, record=record)
        return _owners(moved), None

    async def give_back(self, owners: Sequence[Owner]) -> None:
        """Give messages back to whom they belonged; those of nobody stay."""
        records = [
            {"id": owner.message_id, "resourceId": owner.resource_id}
            for owner in owners
            if owner.resource_id is not None
        ]
        for start in range(0, len(records), _DELETED_AT_ONCE):
            part = records[start : start + _DELETED_AT_ONCE]
            await self._storage("batchInsert", _MESSAGES, records=part)

    async def resource(self, resource_id: str) -> Resource | None:
        """Find a resource."""
        row = await self._load(_RESOURCES, resource_id)
        return None if row is None else resource_of_row(row)

    async def save_resource(self, resource: Resource) -> None:
        """Store a resource."""
        await self._storage("insert", _RESOURCES, record=resource_columns(resource))

    async def update_resource(
        self, resource_id: str, working_memory: str | None, metadata: Mapping[str, object] | None
    ) -> Resource:
        """Update a resource; the handler merges."""
        time = time_text(now(), "now")
        fields: Row = {"resourceId": resource_id, "createdAt": time, "updatedAt": time}
        if working_memory is not None:
            fields["workingMemory"] = working_memory
        if metadata is not None:
            fields["metadata"] = native_or_text(metadata, "metadata")
        if isinstance(fields.get("metadata"), str):
            async with self._updating:
                return await self._overlay(resource_id, fields, metadata or {})
        return resource_of_row(await self._storage("updateResource", _RESOURCES, **fields))

    async def count_messages(self, thread_id: str) -> Count:
        """Count a thread's messages."""
        return await self._count(_MESSAGES, {"thread_id": thread_id})

    async def count_threads(self, resource_id: str | None) -> Count:
        """Count threads."""
        return await self._count(_THREADS, {"resourceId": resource_id})

    async def _update(self, seen: Thread, title: str, metadata: Mapping[str, object]) -> Thread:
        later = _later(seen)
        time = time_text(later, "now")
        stored = native_or_text({**seen.metadata, **metadata}, "metadata")
        if isinstance(stored, str):
            record = {"title": title, "metadata": stored, "updatedAt": time}
            await self._storage("patch", _THREADS, id=seen.id, record=record)
            return evolve(seen, title=title, metadata=metadata_of(stored), updated_at=later)
        row: Row = await self._storage(
            "updateThread", _THREADS, id=seen.id, title=title, metadata=metadata, updatedAt=time
        )
        return thread_of_row(row)

    async def _overlay(
        self, resource_id: str, fields: Row, metadata: Mapping[str, object]
    ) -> Resource:
        row = await self._load(_RESOURCES, resource_id) or {}
        merged = {**metadata_of(row.get("metadata")), **metadata}
        columns = {name: value for name, value in fields.items() if name != "resourceId"}
        record = {
            **columns,
            "id": resource_id,
            "metadata": native_or_text(merged, "metadata"),
            "createdAt": row.get("createdAt", fields["createdAt"]),
        }
        await self._storage("insert", _RESOURCES, record=record)
        return resource_of_row({**row, **record})

    async def _touch(self, thread_ids: Iterable[str]) -> None:
        for thread_id in dict.fromkeys(thread_ids):
            async with self._updating:
                thread = await self.thread(thread_id)
                if thread is not None:
                    record = {"updatedAt": time_text(_later(thread), "now")}
                    await self._storage("patch", _THREADS, id=thread_id, record=record)

    async def _count(self, table: str, keys: Mapping[str, str | None]) -> Count:
        rows = await self._query(table, keys, limit=_MOST_COUNTED + 1)
        return Count(count=min(len(rows), _MOST_COUNTED), is_estimate=len(rows) > _MOST_COUNTED)

    async def _rows(self, message_ids: Sequence[str]) -> list[Row]:
        ids = list(dict.fromkeys(message_ids))
        found: list[Row] = []
        for start in range(0, len(ids), _MOST_LOADED):
            part = ids[start : start + _MOST_LOADED]
            found += await self._storage("loadMany", _MESSAGES, ids=part)
        return found

    async def _load(self, table: str, record_id: str) -> Row | None:
        row: Row | None = await self._storage("load", table, keys={"id": record_id})
        return row

    async def _all(self, table: str, keys: Mapping[str, str | None]) -> list[Row]:
        rows = await self._query(table, keys)
        if len(rows) >= _MOST_ROWS:
            raise storage_error(
                "queryTable",
                "TOO_MANY_ROWS",
                f"the storage handler lists {_MOST_ROWS} rows of {table} and leaves out the rest: "
                "deploy this package's functions (aioconvex mastra init convex) for longer lists",
            )
        return rows

    async def _query(self, table: str, keys: Mapping[str, str | None], **options: int) -> list[Row]:
        filters = [
            {"field": field, "value": value} for field, value in keys.items() if value is not None
        ]
        rows: list[Row] = await self._storage("queryTable", table, filters=filters, **options)
        return rows

    async def _storage(self, op: str, table: str, **fields: object) -> Any:
        return await self._client.call_storage({"op": op, "tableName": table, **fields})


def _part(found: list[T], start: int, take: int | None, *, counting: bool) -> ListPart[T]:
    end = len(found) if take is None else min(start + take, len(found))
    cursor = None if counting or end == len(found) else str(end)
    return ListPart(found[start:end], len(found) if counting else max(0, end - start), cursor)


def _in_time(item: Listed[Message]) -> tuple[datetime, tuple[float, str]]:
    return item.value.created_at, item.inserted


def _columns(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _owners(rows: Sequence[Row]) -> list[Owner]:
    return [Owner(row["id"], row.get("resourceId")) for row in rows]


def _same(one: Thread, other: Thread) -> bool:
    names = (one.title, one.resource_id) == (other.title, other.resource_id)
    return names and same_json(one.metadata, other.metadata)


def _later(thread: Thread) -> datetime:
    return max(now(), thread.updated_at + timedelta(milliseconds=1))
