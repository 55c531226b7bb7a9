"""Messages: saving, listing and changing them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from aioconvex._types import UNSET
from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import given_text
from aioconvex.mastra._rows import json_text
from aioconvex.mastra.errors import storage_error
from aioconvex.pagination import ITEMS, Paginator

from .backend import MessageFilter
from .base import MemoryDomain
from .checks import (
    check_choice,
    check_ids,
    check_texts,
    date_bounds,
    message_metadata,
    thread_ids,
    whole_pages,
)
from .lists import in_order, read_list
from .models import Include, Message, MessageList, MessageUpdate
from .rows import message_row, row_size
from .saving import MOST_AT_ONCE, batches, check_size, send_batches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aioconvex._types import Count
    from aioconvex.mastra._generated.models import NewMastraMessages
    from aioconvex.mastra._paging import PerPage, Window

    from .backend import Listed
    from .models import DateRange, Order

__all__ = ["MessageMemory"]

_PER_PAGE: Final = 40


class MessageMemory(MemoryDomain):
    """The messages of memory."""

    async def save_messages(self, *, messages: Sequence[Message]) -> list[Message]:
        """Store messages, each in place of the one with its id, and touch their threads.

        Up to 500 messages of 4 MiB together are stored all or none. More go in several
        transactions, and an error says which of them failed.

        Returns:
            The messages, by time; of several with one id the last.

        Raises:
            MastraError: a message has no thread or resource, or is larger than 1 MiB (nothing was
                stored); or a batch failed.
            ArgumentError: something in a message cannot be stored; nothing was.
            ConvexError: as for `ConvexClient.mutation`.
        """
        unique = {message.id: message for message in _checked(messages)}
        if not unique:
            return []
        rows = [_row(message) for message in unique.values()]
        backend = await self._backend()
        await send_batches(
            "saveMessages", batches(rows, row_size), backend.save_messages, lambda row: row.id
        )
        return sorted(unique.values(), key=lambda message: message.created_at)

    async def update_messages(self, *, messages: Sequence[MessageUpdate]) -> list[Message]:
        """Change messages, and touch the threads that they are in and that they come from.

        Returns:
            The messages as they are now, in the order of the updates; unknown ids are left out.

        Raises:
            MastraError: a batch failed, as for `save_messages`.
            ArgumentError: something in an update cannot be stored; nothing was.
            ConvexError: as for `ConvexClient.mutation`.
        """
        sizes = {id(update): _update_size(update, at) for at, update in enumerate(messages)}
        if not sizes:
            return []
        backend = await self._backend()
        changed = await send_batches(
            "updateMessages",
            batches(messages, lambda update: sizes[id(update)]),
            backend.update_messages,
            lambda update: update.id,
        )
        return [message for batch in changed for message in batch]

    async def delete_messages(self, *, message_ids: Sequence[str]) -> None:
        """Delete messages, and touch their threads; unknown ids are no fault.

        Raises:
            MastraError: a batch failed, as for `save_messages`.
            ConvexError: as for `ConvexClient.mutation`.
        """
        check_ids(message_ids, "message_ids")
        if not message_ids:
            return
        backend = await self._backend()
        cut = batches(list(dict.fromkeys(message_ids)), len)
        await send_batches("deleteMessages", cut, backend.delete_messages, str)

    async def list_messages(  # noqa: PLR0913  # each is keyword-only, and documented below
        self,
        *,
        thread_id: str | Sequence[str],
        resource_id: str | None = None,
        include: Sequence[Include] = (),
        date_range: DateRange | None = None,
        metadata: Mapping[str, str | float | bool | None] | None = None,
        page: int = 0,
        per_page: PerPage | None = None,
        order: Order = "asc",
        include_total: bool = True,
    ) -> MessageList:
        """List the messages of one or several threads by time, oldest first unless told.

        Args:
            thread_id: the thread, or up to 100 of them.
            resource_id: whose messages; messages to include are then of this resource too.
            include: messages to return whatever the filters say, and their neighbours.
            date_range: when they were created.
            metadata: keys and values that `content["metadata"]` must have.
            page: which page, from 0 on. Pages before it are read; to walk a long thread use
                `iter_messages` or `paginated_messages`.
            per_page: its size, 40 unless told; False or `"all"` for everything.
            order: oldest or newest first; messages of one time are as they were stored in both.
            include_total: whether to count the whole list, which means reading it, 4,000 messages a
                call. Without it, the newest 20 of a thread of any length are two dozen documents.

        Raises:
            MastraError: there is no thread id, or paging is wrong.
            ArgumentError: another argument is wrong.
            ConvexError: as for `ConvexClient.query`.
        """
        ids = thread_ids(thread_id, "listMessages")
        return await self._list(
            _filter(ids, resource_id, date_range, metadata, order),
            whole_pages("listMessages", page=page, per_page=per_page, default=_PER_PAGE),
            _included(include),
            counting=include_total,
        )

    async def list_messages_by_resource_id(  # noqa: PLR0913  # as above
        self,
        *,
        resource_id: str,
        include: Sequence[Include] = (),
        date_range: DateRange | None = None,
        metadata: Mapping[str, str | float | bool | None] | None = None,
        page: int = 0,
        per_page: PerPage | None = None,
        order: Order = "asc",
        include_total: bool = True,
    ) -> MessageList:
        """List a resource's messages over all its threads; see `list_messages`."""
        given_text(resource_id, "resource_id")
        op = "listMessagesByResourceId"
        return await self._list(
            _filter(None, resource_id, date_range, metadata, order),
            whole_pages(op, page=page, per_page=per_page, default=_PER_PAGE),
            _included(include),
            counting=include_total,
        )

    async def list_messages_by_id(self, *, message_ids: Sequence[str]) -> list[Message]:
        """Find messages by their ids.

        Returns:
            Those that are there, each once, by time.

        Raises:
            ConvexError: as for `ConvexClient.query`.
        """
        check_ids(message_ids, "message_ids")
        ids = list(dict.fromkeys(message_ids))
        if not ids:
            return []
        backend = await self._backend()
        found: list[Listed[Message]] = []
        for start in range(0, len(ids), MOST_AT_ONCE):
            found += await backend.messages_by_id(ids[start : start + MOST_AT_ONCE])
        place = {message_id: at for at, message_id in enumerate(ids)}
        messages = [item.value for item in found]
        return sorted(messages, key=lambda m: (m.created_at, place[m.id]))

    def iter_messages(
        self,
        *,
        thread_id: str | Sequence[str],
        resource_id: str | None = None,
        date_range: DateRange | None = None,
        metadata: Mapping[str, str | float | bool | None] | None = None,
        order: Order = "asc",
    ) -> Paginator[Message]:
        """Walk the messages of threads of any length, and hold one page of them at a time.

            async for message in memory.iter_messages(thread_id="t"):
                ...

        Messages that are saved meanwhile before the place reached are not seen, and none is seen
        twice. Arguments and errors are those of `list_messages`.
        """
        ids = thread_ids(thread_id, "iterMessages")
        wanted = _filter(ids, resource_id, date_range, metadata, order)

        async def fetch(paging: Mapping[str, Any]) -> Any:
            backend = await self._backend()
            size, cursor = paging.get("limit"), paging.get("cursor")
            part = await backend.messages_part(
                wanted, skip=0, take=size, cursor=cursor, counting=False
            )
            return {
                "items": [item.value for item in part.items],
                "hasMore": part.next_cursor is not None,
                "nextCursor": part.next_cursor,
            }

        return Paginator(path="mastra/messages:scan", fetch=fetch, dialect=ITEMS, decode=_decoded)

    async def count_messages(self, *, thread_id: str) -> Count:
        """Count a thread's messages: exactly up to 1000, else `is_estimate` says so.

        Raises:
            ConvexError: as for `ConvexClient.query`.
        """
        given_text(thread_id, "thread_id")
        return await (await self._backend()).count_messages(thread_id)

    async def _list(
        self,
        wanted: MessageFilter,
        window: Window,
        include: Sequence[Include],
        *,
        counting: bool,
    ) -> MessageList:
        if window.per_page == 0 and not include:
            return _listed([], 0, window, has_more=False)
        backend = await self._backend()
        around = await backend.messages_around(include, wanted.resource_id) if include else []
        if window.per_page == 0:
            return _listed(in_order(around, wanted.order), 0, window, has_more=False)
        found = await read_list(window, partial(backend.messages_part, wanted), counting=counting)
        messages = in_order([*found.items, *around], wanted.order)
        more = found.has_more
        if include and not wanted.metadata and found.total is not None:
            more = _of_threads(messages, wanted.thread_ids) < found.total
        return _listed(messages, found.total, window, has_more=more)


def _decoded(items: object) -> list[Message]:
    return cast("list[Message]", items)


def _checked(messages: Sequence[Message]) -> Sequence[Message]:
    for at, message in enumerate(messages):
        path = f"messages[{at}]"
        if not isinstance(message, Message):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(path, f"{type(message).__name__} is no Message")
        _require(message.thread_id, "Thread ID", at)
        _require(message.resource_id, "Resource ID", at)
        given_text(message.id, f"{path}.id")
        check_texts(path, role=message.role, type=message.type)
    return messages


def _require(value: object, name: str, at: int) -> None:
    if not isinstance(value, str) or not value.strip():
        raise storage_error(
            "saveMessages", "INVALID_MESSAGE", f"{name} is required", details={"index": at}
        )


def _row(message: Message) -> NewMastraMessages:
    row = message_row(message, f"message {message.id!r}")
    check_size("saveMessages", message.id, row_size(row))
    return row


def _update_size(update: MessageUpdate, at: int) -> int:
    path = f"messages[{at}]"
    if not isinstance(update, MessageUpdate):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError(path, f"{type(update).__name__} is no MessageUpdate")
    given_text(update.id, f"{path}.id")
    for name in ("thread_id", "resource_id"):
        if getattr(update, name) is not None:
            given_text(getattr(update, name), f"{path}.{name}")
    given = {name: getattr(update, name) for name in ("role", "type")}
    check_texts(path, **{name: text for name, text in given.items() if text is not None})
    content = update.content
    size = 0 if content is UNSET else len(json_text(content, f"{path}.content").encode())
    check_size("updateMessages", update.id, size)
    return size


def _filter(
    threads: list[str] | None,
    resource_id: str | None,
    dates: DateRange | None,
    metadata: Mapping[str, Any] | None,
    order: Order,
) -> MessageFilter:
    check_choice(order, ("asc", "desc"), "order")
    if resource_id is not None:
        given_text(resource_id, "resource_id")
    start, end = date_bounds(dates)
    return MessageFilter(
        thread_ids=threads,
        resource_id=resource_id,
        start=start,
        start_exclusive=dates is not None and dates.start_exclusive,
        end=end,
        end_exclusive=dates is not None and dates.end_exclusive,
        metadata=message_metadata(metadata),
        order=order,
    )


def _included(include: Sequence[Include]) -> Sequence[Include]:
    for at, item in enumerate(include):
        path = f"include[{at}]"
        if not isinstance(item, Include):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(path, f"{type(item).__name__} is no Include")
        given_text(item.id, f"{path}.id")
        for count in (item.with_previous_messages, item.with_next_messages):
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:  # pyright: ignore[reportUnnecessaryIsInstance]
                raise ArgumentError(path, f"{count!r} is no number of neighbours")
    return include


def _of_threads(messages: Sequence[Message], threads: Sequence[str] | None) -> int:
    return sum(threads is None or message.thread_id in threads for message in messages)


def _listed(
    messages: list[Message], total: int | None, window: Window, *, has_more: bool
) -> MessageList:
    return MessageList(
        messages=messages, total=total, page=window.page, per_page=window.echo, has_more=has_more
    )
