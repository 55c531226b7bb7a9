"""Windows of long lists, which the server functions read part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from ._paging import Window

__all__ = ["Part", "ReadPart", "read_window"]

Row_co = TypeVar("Row_co", covariant=True)
Row = TypeVar("Row")


class Part(Protocol[Row_co]):
    """What `convex/mastra/scan.ts` returns, as the bindings have it."""

    @property
    def items(self) -> Sequence[Row_co]:
        """The rows of the window in this part."""
        ...

    @property
    def matched(self) -> float:
        """How many rows of this part pass the filter."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """Where the next part begins; None after the last."""
        ...


class ReadPart(Protocol[Row_co]):
    """Reads one part of a list."""

    def __call__(
        self, *, skip: int, take: int | None, cursor: str | None
    ) -> Awaitable[Part[Row_co]]:
        """Pass over `skip` rows, return up to `take` (all for None), and count to the end."""
        ...


async def read_window(window: Window, read: ReadPart[Row]) -> tuple[list[Row], int]:
    """Read a window of a list, and how many rows the whole list has.

    The parts are read one after the other: rows that are stored meanwhile before the place reached
    are not seen, and no row is seen twice.
    """
    rows: list[Row] = []
    total, cursor = 0, None
    while True:
        take = None if window.per_page is None else window.per_page - len(rows)
        part = await read(skip=max(0, window.offset - total), take=take, cursor=cursor)
        rows += part.items
        total += int(part.matched)
        cursor = part.next_cursor
        if cursor is None:
            return rows, total
