"""Memory through our own functions, `convex/mastra/{threads,messages,resources}.ts`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from aioconvex._types import UNSET
from aioconvex.mastra._generated.models import (
    AroundArgsTargetsItem,
    AssignResultOwnersItem,
    CopyArgsCopiesItem,
    CopyArgsThread,
    SaveArgsResource,
    UpdateArgsUpdatesItem,
    UpdateIfSameArgsSeen,
)
from aioconvex.mastra._rows import json_text, time_text

from .backend import ListPart, Owner
from .rows import listed_message, message_of, resource_of, thread_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aioconvex._types import Count
    from aioconvex.mastra._client import ConvexAdminClient
    from aioconvex.mastra._generated.models import NewMastraMessages

    from .backend import Listed, MessageFilter, ThreadFilter
    from .models import Include, Message, MessageUpdate, Resource, Thread

__all__ = ["TypedMemory"]

_READ_AT_ONCE: Final = 500
_GIVEN_AT_ONCE: Final = 250


class TypedMemory:
    """A `MemoryBackend` in which each operation is one transaction, or says where to go on."""

    def __init__(self, client: ConvexAdminClient) -> None:
        self._client = client
        self._queries = client.api.mastra.queries
        self._threads = client.api.mastra.threads
        self._messages = client.api.mastra.messages
        self._resources = client.api.mastra.resources

    async def thread(self, thread_id: str) -> Thread | None:
        """Find a thread; see `MemoryBackend`, here and below."""
        row = await self._queries.watch_thread(thread_id=thread_id)
        return None if row is None else thread_of(row)

    async def save_thread(self, thread: Thread) -> None:
        """Store a thread."""
        row = _thread_row(thread)
        await self._client.repeat(lambda: self._threads.save(thread=row))

    async def update_thread(
        self, thread_id: str, title: str | None, metadata: Mapping[str, object] | None
    ) -> Thread | None:
        """Update a thread."""
        given = _optional_text(metadata)
        row = await self._client.repeat(
            lambda: self._threads.update(thread_id=thread_id, title=title, metadata=given)
        )
        return None if row is None else thread_of(row)

    async def update_thread_if_same(
        self, seen: Thread, metadata: Mapping[str, object]
    ) -> tuple[Thread | None, bool]:
        """Update a thread that nobody else has updated."""
        # Never repeated: a lost first try may still be on its way when the thread is looked at.
        result = await self._threads.update_if_same(
            thread_id=seen.id,
            seen=UpdateIfSameArgsSeen(
                title=seen.title,
                resource_id=seen.resource_id,
                metadata=json_text(seen.metadata, "thread.metadata"),
            ),
            metadata=json_text(metadata, "metadata"),
        )
        row = result.thread
        return None if row is None else thread_of(row), result.updated

    async def delete_thread(self, thread_id: str) -> None:
        """Delete a thread, a part of its messages in each call."""
        more = True
        while more:
            result = await self._client.repeat(lambda: self._threads.remove(thread_id=thread_id))
            more = result.has_more

    async def threads_part(
        self,
        wanted: ThreadFilter,
        *,
        skip: int,
        take: int | None,
        cursor: str | None,
        counting: bool,
    ) -> ListPart[Thread]:
        """Read a part of a list of threads."""
        part = await self._threads.scan(
            resource_id=wanted.resource_id,
            metadata=_optional_text(wanted.metadata),
            by=wanted.by,
            order=wanted.order,
            skip=skip,
            take=take,
            cursor=cursor,
            counting=counting,
        )
        return ListPart([thread_of(row) for row in part.items], int(part.matched), part.next_cursor)

    async def messages_part(
        self,
        wanted: MessageFilter,
        *,
        skip: int,
        take: int | None,
        cursor: str | None,
        counting: bool,
    ) -> ListPart[Listed[Message]]:
        """Read a part of a list of messages."""
        ids = wanted.thread_ids
        part = await self._messages.scan(
            thread_ids=None if ids is None else list(ids),
            resource_id=wanted.resource_id,
            start=wanted.start,
            start_exclusive=wanted.start_exclusive,
            end=wanted.end,
            end_exclusive=wanted.end_exclusive,
            metadata=_optional_text(wanted.metadata),
            order=wanted.order,
            skip=skip,
            take=take if take is not None or counting else _READ_AT_ONCE,
            cursor=cursor,
            counting=counting,
        )
        items = [listed_message(row) for row in part.items]
        return ListPart(items, int(part.matched), part.next_cursor)

    async def messages_around(
        self, included: Sequence[Include], resource_id: str | None
    ) -> list[Listed[Message]]:
        """Find messages and their neighbours."""
        targets = [
            AroundArgsTargetsItem(
                id=item.id,
                previous=item.with_previous_messages,
                next=item.with_next_messages,
            )
            for item in included
        ]
        found: list[Listed[Message]] = []
        while targets:
            some, others = targets[:_READ_AT_ONCE], targets[_READ_AT_ONCE:]
            result = await self._messages.around(targets=some, resource_id=resource_id)
            found += map(listed_message, result.items)
            targets = [*result.rest, *others]
        return found

    async def messages_by_id(self, message_ids: Sequence[str]) -> list[Listed[Message]]:
        """Find messages by their ids."""
        found: list[Listed[Message]] = []
        rest = list(message_ids)
        while rest:
            result = await self._messages.by_ids(ids=rest)
            found += map(listed_message, result.items)
            rest = result.rest
        return found

    async def save_messages(self, rows: Sequence[NewMastraMessages]) -> None:
        """Store messages and touch their threads."""
        await self._client.repeat(lambda: self._messages.save(messages=list(rows)))

    async def update_messages(self, updates: Sequence[MessageUpdate]) -> list[Message]:
        """Change messages and touch their threads."""
        changes = [_changes(update) for update in updates]
        rows = await self._client.repeat(lambda: self._messages.update(updates=changes))
        return [message_of(row) for row in rows]

    async def delete_messages(self, message_ids: Sequence[str]) -> None:
        """Delete messages and touch their threads."""
        rest = list(message_ids)
        while rest:
            result = await self._client.repeat(partial(self._messages.remove, ids=rest))
            rest = result.rest

    async def copy_messages(
        self, copies: Sequence[tuple[str, str]], into: Thread, owner: str | None, *, last: bool
    ) -> list[str]:
        """Copy messages; the thread becomes visible with the last of them."""
        made: list[str] = []
        rest = [CopyArgsCopiesItem(id=source, new_id=new) for source, new in copies]
        thread = _thread_row(into) if last else None
        while True:
            call = partial(
                self._messages.copy,
                copies=rest,
                thread_id=into.id,
                resource_id=owner,
                thread=thread,
            )
            result = await self._client.repeat(call)
            made += result.made
            if not result.rest:
                return made
            rest = rest[-int(result.rest) :]

    async def give_thread(
        self, thread: Thread, resource_id: str, cursor: str | None
    ) -> tuple[list[Owner], str | None]:
        """Give a part of a thread to a resource."""
        result = await self._client.repeat(
            lambda: self._messages.assign(
                thread_id=thread.id, resource_id=resource_id, cursor=cursor
            )
        )
        return [Owner(row.id, row.resource_id) for row in result.owners], result.next_cursor

    async def give_back(self, owners: Sequence[Owner]) -> None:
        """Give messages back to whom they belonged."""
        rows = [
            AssignResultOwnersItem(id=owner.message_id, resource_id=owner.resource_id)
            for owner in owners
        ]
        for start in range(0, len(rows), _GIVEN_AT_ONCE):
            rest = rows[start : start + _GIVEN_AT_ONCE]
            while rest:
                call = partial(self._messages.restore_owners, owners=rest)
                rest = (await self._client.repeat(call)).rest

    async def resource(self, resource_id: str) -> Resource | None:
        """Find a resource."""
        row = await self._queries.watch_resource(resource_id=resource_id)
        return None if row is None else resource_of(row)

    async def save_resource(self, resource: Resource) -> None:
        """Store a resource."""
        row = SaveArgsResource(
            id=resource.id,
            working_memory=resource.working_memory,
            metadata=json_text(resource.metadata, "resource.metadata"),
            created_at=time_text(resource.created_at, "resource.created_at"),
            updated_at=time_text(resource.updated_at, "resource.updated_at"),
        )
        await self._client.repeat(lambda: self._resources.save(resource=row))

    async def update_resource(
        self, resource_id: str, working_memory: str | None, metadata: Mapping[str, object] | None
    ) -> Resource:
        """Update a resource."""
        given = _optional_text(metadata)
        row = await self._client.repeat(
            lambda: self._resources.update(
                resource_id=resource_id, working_memory=working_memory, metadata=given
            )
        )
        return resource_of(row)

    async def count_messages(self, thread_id: str) -> Count:
        """Count a thread's messages."""
        return await self._queries.count_messages(thread_id=thread_id)

    async def count_threads(self, resource_id: str | None) -> Count:
        """Count threads."""
        return await self._queries.count_threads(resource_id=resource_id)


def _thread_row(thread: Thread) -> CopyArgsThread:
    return CopyArgsThread(
        id=thread.id,
        resource_id=thread.resource_id,
        title=thread.title,
        metadata=json_text(thread.metadata, "thread.metadata"),
        created_at=time_text(thread.created_at, "thread.created_at"),
        updated_at=time_text(thread.updated_at, "thread.updated_at"),
    )


def _changes(update: MessageUpdate) -> UpdateArgsUpdatesItem:
    content, created = update.content, update.created_at
    return UpdateArgsUpdatesItem(
        id=update.id,
        thread_id=update.thread_id,
        resource_id=update.resource_id,
        role=update.role,
        type=update.type,
        content=None if content is UNSET else json_text(content, "content"),
        created_at=None if created is None else time_text(created, "created_at"),
    )


def _optional_text(value: Mapping[str, object] | None) -> str | None:
    return None if value is None else json_text(value, "metadata")
