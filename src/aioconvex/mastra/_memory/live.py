"""Memory watched, and walked page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.mastra._arguments import given_text, row_limit
from aioconvex.mastra._live import watched

from .base import MemoryDomain
from .checks import check_choice
from .rows import message_of, resource_of, thread_of

if TYPE_CHECKING:
    from aioconvex.live import LiveQuery
    from aioconvex.mastra._generated import Api
    from aioconvex.mastra._generated.models import (
        MastraMessages,
        MastraResources,
        MastraThreads,
    )
    from aioconvex.pagination import Paginator

    from .models import Message, Order, Resource, Thread

__all__ = ["LiveMemory"]

_ORDERS = ("asc", "desc")


class LiveMemory(MemoryDomain):
    """Memory as live queries and cursor pages, which need the functions of this package."""

    def watch_thread(self, *, thread_id: str) -> LiveQuery[Thread | None]:
        """Watch a thread; None while there is no such thread. See `aioconvex.LiveQuery`.

            async with memory.watch_thread(thread_id="t") as live:
                async for thread in live:
                    ...

        Raises:
            ArgumentError: the id is empty.
            MastraError: only the published functions are deployed.
        """
        given_text(thread_id, "thread_id")

        def watch(api: Api) -> LiveQuery[MastraThreads | None]:
            return api.mastra.queries.watch_thread.watch(thread_id=thread_id)

        def change(row: MastraThreads | None) -> Thread | None:
            return None if row is None else thread_of(row)

        return watched(self._client, watch, change)

    def watch_messages(
        self, *, thread_id: str, limit: int = 100, order: Order = "asc"
    ) -> LiveQuery[list[Message]]:
        """Watch a thread's first messages by time: the newest are first in `desc`.

        Args:
            thread_id: the thread.
            limit: how many, at most 1000.
            order: oldest or newest first.

        Raises:
            ArgumentError: an argument is wrong.
            MastraError: as for `watch_thread`.
        """
        given_text(thread_id, "thread_id")
        check_choice(order, _ORDERS, "order")
        most = row_limit(limit)

        def watch(api: Api) -> LiveQuery[list[MastraMessages]]:
            return api.mastra.queries.watch_messages.watch(
                thread_id=thread_id, limit=most, order=order
            )

        return watched(self._client, watch, lambda rows: [message_of(row) for row in rows])

    def watch_threads_by_resource(
        self, *, resource_id: str, limit: int = 50, order: Order = "desc"
    ) -> LiveQuery[list[Thread]]:
        """Watch a resource's threads by the time of their creation.

        Args:
            resource_id: the resource.
            limit: how many, at most 1000.
            order: newest or oldest first.

        Raises:
            ArgumentError: an argument is wrong.
            MastraError: as for `watch_thread`.
        """
        given_text(resource_id, "resource_id")
        check_choice(order, _ORDERS, "order")
        most = row_limit(limit)

        def watch(api: Api) -> LiveQuery[list[MastraThreads]]:
            return api.mastra.queries.watch_threads_by_resource.watch(
                resource_id=resource_id, limit=most, order=order
            )

        return watched(self._client, watch, lambda rows: [thread_of(row) for row in rows])

    def watch_resource(self, *, resource_id: str) -> LiveQuery[Resource | None]:
        """Watch a resource; None while there is no such resource.

        Raises:
            ArgumentError: the id is empty.
            MastraError: as for `watch_thread`.
        """
        given_text(resource_id, "resource_id")

        def watch(api: Api) -> LiveQuery[MastraResources | None]:
            return api.mastra.queries.watch_resource.watch(resource_id=resource_id)

        def change(row: MastraResources | None) -> Resource | None:
            return None if row is None else resource_of(row)

        return watched(self._client, watch, change)

    def paginated_messages(
        self, *, thread_id: str, cursor: str | None = None, limit: int = 50, order: Order = "asc"
    ) -> Paginator[Message]:
        """Go through a thread's messages by time, however many there are.

        `await` it for one page, `async for` over it for every message, or over `.pages()`. Each
        message comes once, also when others are saved meanwhile. `iter_messages` has filters.

        Args:
            thread_id: the thread.
            cursor: where an earlier page, of the same thread and order, said to go on.
            limit: how many messages a page has, at most 1000; large ones make it shorter.
            order: oldest or newest first.

        Raises:
            ArgumentError: an argument is wrong.
            MastraError: on use: the functions of this package are not deployed, or the cursor is
                of another list.
        """
        given_text(thread_id, "thread_id")
        check_choice(order, _ORDERS, "order")
        pages = self._client.api.mastra.queries.paginated_messages(thread_id=thread_id, order=order)
        return pages.mapped(message_of).sized(row_limit(limit)).after(cursor)

    def paginated_threads(
        self, *, resource_id: str, cursor: str | None = None, limit: int = 50, order: Order = "desc"
    ) -> Paginator[Thread]:
        """Go through a resource's threads by the time of their creation; see `paginated_messages`."""
        given_text(resource_id, "resource_id")
        check_choice(order, _ORDERS, "order")
        pages = self._client.api.mastra.queries.paginated_threads(
            resource_id=resource_id, order=order
        )
        return pages.mapped(thread_of).sized(row_limit(limit)).after(cursor)
