"""A list that is watched page by page: which pages to ask for, and which of them to show.

Each page is a query of its own. The server pins where a page ends, so that what is inserted or
deleted changes the length of one page and never leads to gaps or repetitions between two.

The algorithm is npm `convex`'s (`use_paginated_query.ts`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from attrs import define, field

from aioconvex._protocol.json import is_list, is_object
from aioconvex.errors import ProtocolError

from .outcomes import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .messages import QueryId
    from .outcomes import Result, Success

__all__ = ["Pages", "PagesStatus", "PinnedPages", "Verbs", "Window"]

PagesStatus: TypeAlias = Literal["loading_first", "can_load_more", "loading_more", "exhausted"]

# Each half is a query that the deployment watches. Pages stay whole, however long, when so many
# came of splits; what must be split all the same may double them. No honest deployment gets there:
# a page must be split when it reads as much as a query may, which is 16 MiB.
_MAX_HALVES: Final = 1_000


class Pages(Protocol):
    """How a list is watched; see `PinnedPages`."""

    def more(self, size: int) -> bool:
        """Ask for more items; false if it is too early, or there are none."""
        ...

    def follow(self) -> None:
        """Take the newest results, and ask for what follows from them."""
        ...

    def window(self) -> Window:
        """What is to be seen."""
        ...


class Verbs(Protocol):
    """The query with all its arguments but the paging ones."""

    path: str

    def subscribe(self, paging: Mapping[str, object]) -> QueryId:
        """Watch a page."""
        ...

    def unsubscribe(self, query: QueryId) -> None:
        """Stop watching a page."""
        ...

    def result(self, query: QueryId) -> Result | None:
        """A page's newest result, if there is one."""
        ...


@define
class Window:
    """What is to be seen: the results of pages that lie side by side, or the failure of one."""

    results: tuple[Result, ...] | None
    status: PagesStatus
    has_more: bool


@define(eq=False)
class _Page:
    cursor: str | None
    size: int
    query: QueryId
    source: Success | None = None
    length: int = 0
    is_done: bool = False
    next_cursor: str = ""
    split_cursor: str | None = None
    status: str | None = None
    is_half: bool = False
    halves: list[_Page] = field(factory=list["_Page"])

    @property
    def shown(self) -> bool:
        # A page that hit a limit may lack documents.
        return self.source is not None and self.status != "SplitRequired"

    @property
    def is_large(self) -> bool:
        """Whether it should be split, and can be; one that must be is, so that it is refused."""
        if self.source is None or self.status == "SplitRequired":
            return self.source is not None
        large = self.status == "SplitRecommended" or self.length > 2 * self.size
        return large and self.split_cursor not in {None, self.cursor, self.next_cursor}

    def read(self, result: Success, path: str) -> None:
        """Take the page's newest result.

        Raises:
            ProtocolError: it is no page.
        """
        wire: Any = result.wire
        items: Any = wire.get("page") if is_object(wire) else None
        if not is_list(items):
            raise ProtocolError(path, "the reply is not a page")
        self.source = result
        self.length = len(items)
        self.is_done = wire.get("isDone") is True
        next_cursor = _text(wire, "continueCursor", path)
        if next_cursor is None:
            raise ProtocolError(path, "the page has no continueCursor")
        self.next_cursor = next_cursor
        self.split_cursor = _text(wire, "splitCursor", path)
        self.status = _text(wire, "pageStatus", path)


def _text(wire: Mapping[str, Any], name: str, path: str) -> str | None:
    value: Any = wire.get(name)
    if value is not None and not isinstance(value, str):
        raise ProtocolError(path, f"the page's {name} is no text")
    return value


class PinnedPages:
    """The pages of one list in Convex's own dialect.

    Args:
        verbs: how to watch a page.
        size: how many items the first page is to have.
        ids: numbers that no other list uses, so that none shares pages with other ends.
    """

    def __init__(self, verbs: Verbs, size: int, ids: Iterator[int]) -> None:
        self._verbs = verbs
        self._wanted = size
        self._ids = ids
        self._failure: Failure | None = None
        self._fruitless = False
        self._id = next(ids)
        self._pages = [self._ask(None, size)]

    def _ask(self, cursor: str | None, size: int, end: str | None = None) -> _Page:
        options: dict[str, object] = {"cursor": cursor, "numItems": size, "id": self._id}
        if end is not None:
            options["endCursor"] = end
        query = self._verbs.subscribe({"paginationOpts": options})
        return _Page(cursor, size, query, is_half=end is not None)

    def _all(self) -> list[_Page]:
        return [each for page in self._pages for each in (page, *page.halves)]

    # --- what the reader asks for

    def more(self, size: int) -> bool:
        """Ask for the next page; false if it is too early, or there is none."""
        if self.window().status != "can_load_more":
            return False
        self._wanted += size
        self._pages.append(self._ask(self._pages[-1].next_cursor, size))
        self.follow()
        return True

    # --- what comes

    def follow(self) -> None:
        """Take the newest results, and ask for what follows from them.

        Raises:
            ProtocolError: a result is no page.
        """
        while self._take() and (self._swap() or self._split()):
            pass  # what was asked for may be known already

    def _take(self) -> bool:
        self._failure = None
        for page in self._all():
            result = self._verbs.result(page.query)
            if isinstance(result, Failure):
                if self._reset(result):
                    return self._take()
                self._failure = result
                return False
            if result is None:
                page.source = None
            elif result is not page.source:
                page.read(result, self._verbs.path)
                self._fruitless = False
        return True

    def _reset(self, failure: Failure) -> bool:
        """Begin anew if a cursor has become invalid: the query's code or arguments changed."""
        if not _is_invalid_cursor(failure) or self._fruitless:
            return False
        self._fruitless = True
        old = self._all()
        self._id = next(self._ids)
        self._pages = [self._ask(None, self._wanted)]
        for page in old:
            self._verbs.unsubscribe(page.query)
        return True

    def _swap(self) -> bool:
        """Replace pages whose halves have arrived, both at once."""
        ready = [page for page in self._pages if page.halves and all(h.source for h in page.halves)]
        for page in ready:
            at = self._pages.index(page)
            self._pages[at : at + 1] = page.halves
            self._verbs.unsubscribe(page.query)
        return bool(ready)

    def _split(self) -> bool:
        """Ask for the halves of pages that have grown too large."""
        large = [page for page in self._pages if page.is_large and not page.halves]
        halves = sum(page.is_half for page in self._all())
        asked = False
        for page in large:
            if halves >= _MAX_HALVES and page.shown:
                continue
            self._halve(page, halves)
            halves += 2
            asked = True
        return asked

    def _halve(self, page: _Page, halves: int) -> None:
        middle, end = page.split_cursor, page.next_cursor
        if middle in {None, page.cursor, end}:
            raise ProtocolError(self._verbs.path, "a page that is too large cannot be split")
        if halves >= 2 * _MAX_HALVES:
            raise ProtocolError(self._verbs.path, "the deployment has pages split without end")
        page.halves = [
            self._ask(page.cursor, page.size, middle),
            self._ask(middle, page.size, end),
        ]

    # --- what is to be seen

    def window(self) -> Window:
        """All pages up to the first that has not arrived."""
        if self._failure is not None:
            return Window((self._failure,), self._status(), has_more=True)
        shown: list[Result] = []
        for page in self._pages:
            if page.source is None or not page.shown:
                break
            shown.append(page.source)
        status = self._status()
        return Window(tuple(shown) if shown else None, status, status != "exhausted")

    def _status(self) -> PagesStatus:
        if all(page.shown for page in self._pages):
            return "exhausted" if self._pages[-1].is_done else "can_load_more"
        return "loading_more" if self._pages[0].shown else "loading_first"


def _is_invalid_cursor(failure: Failure) -> bool:
    data: Any = failure.content.get("errorData")
    if is_object(data) and data.get("isConvexSystemError") is True:
        return data.get("paginationError") == "InvalidCursor"
    # A deployment that begins anew without its data, and so with another key, cannot read its old ones.
    return "InvalidCursor" in failure.message or "Failed to parse cursor" in failure.message
