"""Walking a paginated query: one object to await (the first page) or to iterate (all items)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any, Final, Generic, Protocol, Self, TypeAlias, TypeVar, cast

from attrs import evolve, field, frozen

from .errors import ProtocolError

__all__ = ["CONVEX", "ITEMS", "Dialect", "Fetch", "Page", "Pages", "Paginator", "read_page"]

T = TypeVar("T")
U = TypeVar("U")

Fetch: TypeAlias = Callable[[Mapping[str, object]], Awaitable[Any]]
"""Calls the query with these paging arguments and returns its Convex value."""


@frozen(kw_only=True)
class Page(Generic[T]):
    """One page: its items, and the cursor of the next page (`None` on the last one).

    A page may be empty and still not be the last.
    """

    items: list[T]
    next_cursor: str | None
    has_more: bool


class Dialect(Protocol):
    """How a paginated query spells cursor, page size and page on the wire."""

    def arguments(self, cursor: str | None, size: int | None) -> Mapping[str, object]:
        """Spell the paging arguments of one call."""
        ...

    def read(self, reply: Mapping[str, Any]) -> tuple[object, object]:
        """Take the items and the next cursor, `None` if there is none, out of a reply.

        Raises:
            LookupError, TypeError, AttributeError: the reply is no page.
        """
        ...


class _ConvexDialect:
    """Convex's own: `paginationOpts` in, `PaginationResult` out.

    https://docs.convex.dev/database/pagination
    """

    _default_size: Final = 100  # Convex has no default: the client must name a size

    def arguments(self, cursor: str | None, size: int | None) -> Mapping[str, object]:
        return {"paginationOpts": {"cursor": cursor, "numItems": size or self._default_size}}

    def read(self, reply: Mapping[str, Any]) -> tuple[object, object]:
        return reply["page"], None if reply["isDone"] else _given(reply["continueCursor"])


class _ItemsDialect:
    """The Mastra guide's: `cursor` and `limit` in, `{items, nextCursor, hasMore}` out."""

    def arguments(self, cursor: str | None, size: int | None) -> Mapping[str, object]:
        given = {"cursor": cursor, "limit": size}
        return {name: value for name, value in given.items() if value is not None}

    def read(self, reply: Mapping[str, Any]) -> tuple[object, object]:
        return reply["items"], _given(reply["nextCursor"]) if reply["hasMore"] else None


def _given(cursor: object) -> object:
    # Taking a missing cursor for the end would lose the rest without a word.
    if cursor is None:
        raise LookupError
    return cursor


CONVEX: Final[Dialect] = _ConvexDialect()
ITEMS: Final[Dialect] = _ItemsDialect()


def read_page(dialect: Dialect, path: str, reply: object) -> tuple[object, str | None]:
    """Take the items and the next cursor, `None` if there is none, out of a reply.

    Raises:
        ProtocolError: the reply is no page; `path` is the function that answered.
    """
    try:
        items, next_cursor = dialect.read(cast("Mapping[str, Any]", reply))
    except (LookupError, TypeError, AttributeError):
        raise ProtocolError(path, "the reply is not a page") from None
    if next_cursor is None or isinstance(next_cursor, str):
        return items, next_cursor
    raise ProtocolError(path, "the page's next cursor is no string")


@frozen(kw_only=True)
class Paginator(Generic[T]):
    """A paginated query with its arguments bound; nothing is sent before it is used.

    `await` it for the first page, `async for` over it for every item, or over `pages()` for every
    page. It holds nothing open, so leaving a loop early costs nothing. Each loop starts at `cursor`.
    """

    path: str
    cursor: str | None = None
    size: int | None = None
    _fetch: Fetch = field(alias="fetch", repr=False)
    _dialect: Dialect = field(alias="dialect", repr=False)
    _decode: Callable[[object], list[T]] = field(alias="decode", repr=False)

    def sized(self, size: int) -> Self:
        """Ask for `size` items a page; the deployment may send fewer.

        Raises:
            ValueError: `size` is below 1.
        """
        if size < 1:
            raise ValueError(f"a page has at least one item, not {size}")
        return evolve(self, size=size)

    def after(self, cursor: str | None) -> Self:
        """Start at a cursor that an earlier page gave as `next_cursor`; `None` is the beginning."""
        return evolve(self, cursor=cursor)

    def mapped(self, change: Callable[[T], U]) -> Paginator[U]:
        """Make something else of each item, as its page is read.

        What `change` raises comes out of the page's `await`, or of the loop.
        """
        read = self._decode

        def read_changed(wire: object) -> list[U]:
            return [change(item) for item in read(wire)]

        # Its decoder makes it a paginator of the other type.
        return cast("Paginator[U]", evolve(self, decode=cast("Any", read_changed)))

    def pages(self) -> Pages[T]:
        """Iterate page by page."""
        return Pages(self)

    def __await__(self) -> Generator[Any, Any, Page[T]]:
        return self.fetch(self.cursor).__await__()

    def __aiter__(self) -> _Items[T]:
        return _Items(self.pages())

    async def fetch(self, cursor: str | None) -> Page[T]:
        """Fetch the page that starts at `cursor`.

        Raises:
            ProtocolError: the reply is no page, or its next cursor leads nowhere.
            ConvexError: as for any call.
        """
        reply: object = await self._fetch(self._dialect.arguments(cursor, self.size))
        items, next_cursor = read_page(self._dialect, self.path, reply)
        if next_cursor is not None and next_cursor == cursor:
            raise ProtocolError(self.path, "the page's next cursor is the one it was asked for")
        return Page(
            items=self._decode(items), next_cursor=next_cursor, has_more=next_cursor is not None
        )


class Pages(Generic[T]):
    """Asynchronous iterator over pages."""

    def __init__(self, paginator: Paginator[T]) -> None:
        self._paginator = paginator
        self._cursor = paginator.cursor
        self._done = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T]:
        if self._done:
            raise StopAsyncIteration
        page = await self._paginator.fetch(self._cursor)
        self._cursor = page.next_cursor
        self._done = not page.has_more
        return page


class _Items(Generic[T]):
    """Asynchronous iterator over the items of all pages."""

    def __init__(self, pages: Pages[T]) -> None:
        self._pages = pages
        self._ready: list[T] = []

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while not self._ready:
            page = await anext(self._pages)
            self._ready = page.items[::-1]
        return self._ready.pop()
