"""What memory needs of a deployment, whichever functions it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aioconvex._types import Count
    from aioconvex.mastra._generated.models import NewMastraMessages

    from .models import Include, Message, MessageUpdate, Order, Resource, Thread

__all__ = [
    "ListPart",
    "Listed",
    "MemoryBackend",
    "MessageFilter",
    "Owner",
    "ThreadFilter",
]

T = TypeVar("T")


@frozen
class Listed(Generic[T]):
    """An item of a list; `inserted` orders those of one time."""

    value: T
    inserted: tuple[float, str]


@frozen
class ListPart(Generic[T]):
    """A part of a list: items of its window, how many match in all, and where it goes on."""

    items: list[T]
    matched: int
    next_cursor: str | None


@frozen(kw_only=True)
class ThreadFilter:
    """Which threads to list, and in which order; None lets all pass."""

    resource_id: str | None = None
    metadata: Mapping[str, object] | None = None
    by: Literal["createdAt", "updatedAt"] = "createdAt"
    order: Order = "desc"


@frozen(kw_only=True)
class MessageFilter:
    """Which messages to list, and in which order: of threads, of a resource, or of both."""

    thread_ids: Sequence[str] | None = None
    resource_id: str | None = None
    start: str | None = None
    start_exclusive: bool = False
    end: str | None = None
    end_exclusive: bool = False
    metadata: Mapping[str, object] | None = None
    order: Order = "asc"


@frozen
class Owner:
    """Whose a message was before it was given to another resource."""

    message_id: str
    resource_id: str | None


class MemoryBackend(Protocol):
    """The operations on stored memory. All arguments are checked."""

    async def thread(self, thread_id: str) -> Thread | None:
        """Find a thread."""
        ...

    async def save_thread(self, thread: Thread) -> None:
        """Store a thread in place of the one with its id."""
        ...

    async def update_thread(
        self, thread_id: str, title: str | None, metadata: Mapping[str, object] | None
    ) -> Thread | None:
        """Set the title and merge the metadata, each if given; None without the thread."""
        ...

    async def update_thread_if_same(
        self, seen: Thread, metadata: Mapping[str, object]
    ) -> tuple[Thread | None, bool]:
        """Merge metadata into a thread that is as it was seen; as it is now, and whether it was."""
        ...

    async def delete_thread(self, thread_id: str) -> None:
        """Delete a thread and its messages, however many."""
        ...

    async def threads_part(
        self,
        wanted: ThreadFilter,
        *,
        skip: int,
        take: int | None,
        cursor: str | None,
        counting: bool,
    ) -> ListPart[Thread]:
        """Read a part of a list of threads; without counting, only to the end of the window."""
        ...

    async def messages_part(
        self,
        wanted: MessageFilter,
        *,
        skip: int,
        take: int | None,
        cursor: str | None,
        counting: bool,
    ) -> ListPart[Listed[Message]]:
        """Read a part of a list of messages, likewise."""
        ...

    async def messages_around(
        self, included: Sequence[Include], resource_id: str | None
    ) -> list[Listed[Message]]:
        """Find messages and their neighbours, of one resource if given."""
        ...

    async def messages_by_id(self, message_ids: Sequence[str]) -> list[Listed[Message]]:
        """Find messages, in the order of the ids."""
        ...

    async def save_messages(self, rows: Sequence[NewMastraMessages]) -> None:
        """Store messages and touch their threads, all of it or nothing."""
        ...

    async def update_messages(self, updates: Sequence[MessageUpdate]) -> list[Message]:
        """Change messages and touch their threads; those that are there, in order."""
        ...

    async def delete_messages(self, message_ids: Sequence[str]) -> None:
        """Delete messages and touch their threads."""
        ...

    async def copy_messages(
        self, copies: Sequence[tuple[str, str]], into: Thread, owner: str | None, *, last: bool
    ) -> list[str]:
        """Copy messages under new ids, and with the last store the thread; the ids of the copies.

        A message that is not there any more has none.
        """
        ...

    async def give_thread(
        self, thread: Thread, resource_id: str, cursor: str | None
    ) -> tuple[list[Owner], str | None]:
        """Give a part of a thread's messages, and at last the thread, to a resource."""
        ...

    async def give_back(self, owners: Sequence[Owner]) -> None:
        """Undo what `give_thread` did."""
        ...

    async def resource(self, resource_id: str) -> Resource | None:
        """Find a resource."""
        ...

    async def save_resource(self, resource: Resource) -> None:
        """Store a resource in place of the one with its id."""
        ...

    async def update_resource(
        self, resource_id: str, working_memory: str | None, metadata: Mapping[str, object] | None
    ) -> Resource:
        """Set the working memory and merge the metadata, in a new resource if there is none."""
        ...

    async def count_messages(self, thread_id: str) -> Count:
        """Count a thread's messages, up to 1000."""
        ...

    async def count_threads(self, resource_id: str | None) -> Count:
        """Count threads, up to 1000."""
        ...
