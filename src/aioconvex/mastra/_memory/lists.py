"""Windows of lists, and what messages to include bring along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from attrs import frozen

from aioconvex.mastra._windows import read_window

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from aioconvex.mastra._paging import Window

    from .backend import Listed, ListPart
    from .models import Message, Order

__all__ = ["ReadList", "WindowRead", "in_order", "read_list"]

T = TypeVar("T")


class ReadList(Protocol[T]):
    """Reads a part of a list, as `MemoryBackend` has it."""

    def __call__(
        self, *, skip: int, take: int | None, cursor: str | None, counting: bool
    ) -> Awaitable[ListPart[T]]:
        """Read a part."""
        ...


@frozen
class WindowRead(Generic[T]):
    """A window of a list; `total` is None if it was not counted."""

    items: list[T]
    total: int | None
    has_more: bool


async def read_list(window: Window, read: ReadList[T], *, counting: bool) -> WindowRead[T]:
    """Read a window of a list.

    Args:
        window: which part of the list.
        read: reads a part.
        counting: whether to count the whole list. It means reading all of it, in several calls if
            it is long; otherwise the list is read up to the item behind the window.
    """
    if counting or window.per_page is None:

        def count(*, skip: int, take: int | None, cursor: str | None) -> Awaitable[ListPart[T]]:
            return read(skip=skip, take=take, cursor=cursor, counting=True)

        items, total = await read_window(window, count)
        return WindowRead(items, total, window.has_more(total))
    wanted = window.per_page + 1
    found: list[T] = []
    passed, cursor = 0, None
    while len(found) < wanted:
        skip = max(0, window.offset - passed)
        part = await read(skip=skip, take=wanted - len(found), cursor=cursor, counting=False)
        found += part.items
        passed += part.matched
        cursor = part.next_cursor
        if cursor is None:
            break
    return WindowRead(found[: window.per_page], None, len(found) == wanted)


def in_order(items: Sequence[Listed[Message]], order: Order) -> list[Message]:
    """Sort messages by time, each once; those of one time as they were stored."""
    unique = {item.value.id: item for item in items}
    stored = sorted(unique.values(), key=lambda item: item.inserted)
    stored.sort(key=lambda item: item.value.created_at, reverse=order == "desc")
    return [item.value for item in stored]
