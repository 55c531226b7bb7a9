"""Threads: finding, listing and changing them."""

from __future__ import annotations

from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final, Literal
from weakref import WeakValueDictionary

import anyio

from aioconvex.errors import ArgumentError, ConvexError
from aioconvex.mastra._arguments import given_text
from aioconvex.mastra.errors import storage_error

from .backend import ThreadFilter
from .base import MemoryDomain
from .checks import check_choice, check_object, check_texts, thread_metadata, whole_pages
from .lists import read_list
from .models import Thread, ThreadList

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aioconvex._types import Count
    from aioconvex.mastra._paging import PerPage

    from .backend import Owner
    from .models import Order

__all__ = ["ThreadMemory"]

_PER_PAGE: Final = 100
_MOST_TRIES: Final = 100  # each time another process has won
_COLUMNS: Final[dict[str, Literal["createdAt", "updatedAt"]]] = {
    "created_at": "createdAt",
    "updated_at": "updatedAt",
}


class ThreadMemory(MemoryDomain):
    """The threads of memory."""

    _locks: WeakValueDictionary[str, anyio.Lock] | None = None

    async def get_thread_by_id(
        self, *, thread_id: str, resource_id: str | None = None
    ) -> Thread | None:
        """Find a thread.

        Args:
            thread_id: the thread.
            resource_id: whose it must be; of anybody else it is not found.

        Raises:
            ConvexError: as for `ConvexClient.query`.
        """
        given_text(thread_id, "thread_id")
        thread = await (await self._backend()).thread(thread_id)
        if thread is None or resource_id not in {None, thread.resource_id}:
            return None
        return thread

    async def save_thread(self, *, thread: Thread) -> Thread:
        """Store a thread, in place of the one with its id.

        Returns:
            The thread as it was given.

        Raises:
            ArgumentError: something in it cannot be stored.
            ConvexError: as for `ConvexClient.mutation`.
        """
        if not isinstance(thread, Thread):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError("thread", f"{type(thread).__name__} is no Thread")
        given_text(thread.id, "thread.id")
        given_text(thread.resource_id, "thread.resource_id")
        _check(thread.title, thread.metadata)
        await (await self._backend()).save_thread(thread)
        return thread

    async def update_thread(
        self,
        *,
        id: str,  # noqa: A002  # Mastra's own name for it
        title: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Thread:
        """Change a thread; what is not given stays as it is.

        Args:
            id: the thread.
            title: its new title.
            metadata: merged into the stored metadata, one level deep.

        Returns:
            The thread as it is now; its `updated_at` is later than before.

        Raises:
            MastraError: there is no such thread (`…_UPDATE_THREAD_THREAD_NOT_FOUND`).
            ArgumentError: an argument cannot be stored.
            ConvexError: as for `ConvexClient.mutation`.
        """
        thread = await self.patch_thread(id=id, title=title, metadata=metadata)
        if thread is None:
            raise storage_error(
                "updateThread",
                "THREAD_NOT_FOUND",
                f"Thread {id} not found",
                details={"threadId": id},
            )
        return thread

    async def patch_thread(
        self,
        *,
        id: str,  # noqa: A002  # as above
        title: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Thread | None:
        """Change a thread if it is there; see `update_thread`. None if it is not."""
        given_text(id, "id")
        _check("" if title is None else title, {} if metadata is None else metadata)
        return await (await self._backend()).update_thread(id, title, metadata)

    async def update_thread_metadata(
        self,
        *,
        id: str,  # noqa: A002  # as above
        update: Callable[[Thread], Mapping[str, Any] | Awaitable[Mapping[str, Any] | None] | None],
        resource_id: str | None = None,
    ) -> Thread | None:
        """Change a thread's metadata by what it is now, so that no concurrent change is lost.

        Args:
            id: the thread.
            update: called with the thread; gives what to merge into its metadata, one level deep,
                or None for no change. It is called again when another process was faster.
            resource_id: whose the thread must be.

        Returns:
            The thread as it is now; None if there is none.

        Raises:
            MastraError: others were faster again and again.
            ArgumentError: the metadata cannot be stored.
            MutationOutcomeUnknown: no answer says whether the metadata was merged; it is not
                tried again, which could do it twice.
            ConvexError: as for `ConvexClient.mutation`.
        """
        backend = await self._backend()
        async with self._lock_of(id):
            thread = await self.get_thread_by_id(thread_id=id, resource_id=resource_id)
            for _ in range(_MOST_TRIES):
                if thread is None or resource_id not in {None, thread.resource_id}:
                    return None
                given = update(thread)
                metadata = await given if isawaitable(given) else given
                if metadata is None:
                    return thread
                _check("", metadata)
                thread, done = await backend.update_thread_if_same(thread, metadata)
                if done:
                    return thread
        text = f"Thread {id} was changed by others {_MOST_TRIES} times while it was updated"
        raise storage_error("updateThreadMetadata", "CONFLICT", text, category="THIRD_PARTY")

    async def delete_thread(self, *, thread_id: str) -> None:
        """Delete a thread and all its messages, however many; an unknown one is no fault.

        The messages of a long thread go in parts, and the thread at last: if it fails in between,
        call it again.

        Raises:
            ConvexError: as for `ConvexClient.mutation`.
        """
        given_text(thread_id, "thread_id")
        await (await self._backend()).delete_thread(thread_id)

    async def list_threads(  # noqa: PLR0913  # each is keyword-only, and documented below
        self,
        *,
        resource_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        page: int = 0,
        per_page: PerPage | None = None,
        order_by: Literal["created_at", "updated_at"] = "created_at",
        order: Order = "desc",
        include_total: bool = True,
    ) -> ThreadList:
        """List threads, newest first unless told.

        Args:
            resource_id: whose; of everybody if None.
            metadata: keys and values that a thread's metadata must have; values are compared at
                every depth.
            page: which page, from 0 on.
            per_page: its size, 100 unless told; False or `"all"` for everything.
            order_by: the time that decides.
            order: newest or oldest first.
            include_total: whether to count the whole list, which means reading it: leave it out
                where the list may be long.

        Raises:
            MastraError: paging or a key of `metadata` is wrong.
            ArgumentError: another argument is wrong.
            ConvexError: as for `ConvexClient.query`.
        """
        window = whole_pages("listThreads", page=page, per_page=per_page, default=_PER_PAGE)
        check_choice(order_by, ("created_at", "updated_at"), "order_by")
        check_choice(order, ("asc", "desc"), "order")
        if resource_id is not None:
            given_text(resource_id, "resource_id")
        wanted = ThreadFilter(
            resource_id=resource_id,
            metadata=thread_metadata(metadata, "listThreads"),
            by=_COLUMNS[order_by],
            order=order,
        )
        backend = await self._backend()
        found = await read_list(
            window, partial(backend.threads_part, wanted), counting=include_total
        )
        return ThreadList(
            threads=found.items,
            total=found.total,
            page=page,
            per_page=window.echo,
            has_more=found.has_more,
        )

    async def count_threads(self, *, resource_id: str | None = None) -> Count:
        """Count a resource's threads, or all: exactly up to 1000, else `is_estimate` says so.

        Raises:
            ConvexError: as for `ConvexClient.query`.
        """
        if resource_id is not None:
            given_text(resource_id, "resource_id")
        return await (await self._backend()).count_threads(resource_id)

    async def update_thread_resource_id(self, *, thread_id: str, resource_id: str) -> Thread:
        """Give a thread, and all its messages, to another resource.

        A thread of fewer than 250 messages changes hands in one transaction. A longer one does in
        several, and if one fails, what those before it changed is given back.

        Returns:
            The thread as it is now.

        Raises:
            MastraError: there is no such thread.
            ConvexError: as for `ConvexClient.mutation`.
        """
        given_text(resource_id, "resource_id")
        thread = await self._existing(thread_id)
        if thread.resource_id == resource_id:
            return thread
        backend = await self._backend()
        given: list[Owner] = []
        try:
            owners, cursor = await backend.give_thread(thread, resource_id, None)
            given += owners
            while cursor is not None:
                owners, cursor = await backend.give_thread(thread, resource_id, cursor)
                given += owners
        except BaseException as failure:
            with anyio.CancelScope(shield=True):
                try:
                    await backend.give_back(given)
                except ConvexError as error:
                    failure.add_note(
                        f"Messages of {thread_id} are left with {resource_id}: {error}"
                    )
            raise
        return await self._existing(thread_id)

    async def _existing(self, thread_id: str) -> Thread:
        thread = await self.get_thread_by_id(thread_id=thread_id)
        if thread is None:
            raise storage_error(
                "updateThreadResourceId",
                "THREAD_NOT_FOUND",
                f"Thread {thread_id} not found",
                details={"threadId": thread_id},
            )
        return thread

    def _lock_of(self, thread_id: str) -> anyio.Lock:
        # Tasks of one process take turns, which costs less than to let one win and the rest retry.
        if self._locks is None:
            self._locks = WeakValueDictionary()
        return self._locks.setdefault(thread_id, anyio.Lock())


def _check(title: object, metadata: object) -> None:
    check_texts("thread", title=title)
    check_object(metadata, "thread.metadata")
