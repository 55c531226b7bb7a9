"""Live paginated queries: a window that grows, without gaps and repetitions, whatever changes."""

# ruff: noqa: SLF001  # `LivePages` reads what a `LiveQuery` was made of
# pyright: reportPrivateUsage=false

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final, Generic, Protocol, Self, TypeAlias, TypeVar, cast

import orjson

from .errors import ProtocolError
from .live import LiveQuery
from .pagination import CONVEX, read_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from ._protocol.http import Call
    from ._protocol.sync.outcomes import Result
    from ._protocol.sync.pages import Pages, PagesStatus, Verbs, Window
    from .live import Results, Subscription
    from .pagination import Dialect

    Begin: TypeAlias = Callable[[Verbs], Pages]
    """Asks for the first page of a list."""

__all__ = ["LivePages", "PagesSource", "PagesSubscription"]

T = TypeVar("T")

_DEFAULT_SIZE: Final = 100  # Convex has no default: the client must name a size
_ids: Final = count(1)


class PagesSubscription(Protocol):
    """What an entered `LivePages` holds, besides what a `LiveQuery` does."""

    newest: Results | None
    window: Window

    async def take(self) -> Results:
        """Wait for the next results, one for each page."""
        ...

    def close(self) -> None:
        """Stop watching; takes no time."""
        ...

    async def load_more(self, size: int) -> bool:
        """Widen the window and wait until it is; false if there is nothing more."""
        ...


class PagesSource(Protocol):
    """Where pages come from: a client's socket, or a fake in a test."""

    def subscribe_pages(self, call: Call, begin: Begin) -> PagesSubscription:
        """Watch a list; `call` has all arguments but those of paging."""
        ...


class _Own:
    """What the loop of a `LivePages` watches: see `live.Source`."""

    def __init__(self, begin: Callable[[Call], Subscription]) -> None:
        self._begin = begin

    def subscribe(self, calls: Sequence[Call], limit: int | None) -> Subscription:
        if limit is not None:
            raise ValueError("a window gives its newest state: every(...) is for single queries")
        (call,) = calls
        return self._begin(call)


class LivePages(Generic[T]):
    """The beginning of a paginated query, now and whenever it changes, and as long as you like.

        async with api.messages.list.watch(thread_id="t").sized(20) as messages:
            async for items in messages:
                show(items)
                if wanted and messages.status == "can_load_more":
                    await messages.load_more(20)

    Each item of the loop is the whole window, in order and of one moment: no item is missing or
    there twice, whatever is inserted or deleted where pages meet. A slow reader gets the newest.

    With Convex's own pagination each page is a query that the deployment watches for itself: only
    pages that changed are sent again, a page that grows large is split, and when the cursors become
    invalid, because the function was deployed anew, the window is loaded again from the beginning.

    The Mastra guide's pagination (`cursor`, `limit`) cannot say where a page ends. There the window
    is one query whose limit grows: as exact, but sent as a whole after each change, and never wider
    than the deployment's largest page; then it is `exhausted` though it `has_more`.

    Raises:
        ConvexError: in the loop, as for `LiveQuery`.
    """

    def __init__(
        self, query: LiveQuery[list[T]], dialect: Dialect, size: int | None = None
    ) -> None:
        self._query = query
        self._dialect = dialect
        self._size = size
        self._subscription: PagesSubscription | None = None
        self._live: LiveQuery[list[T]] | None = None
        self._decoded: dict[int, tuple[Result, list[T]]] = {}

    def __repr__(self) -> str:
        return f"<LivePages {self._query.path}>"

    def sized(self, size: int) -> LivePages[T]:
        """Begin with `size` items; the deployment may send fewer, and more once it has changed.

        Raises:
            ValueError: `size` is below 1.
        """
        _check_size(size)
        return LivePages(self._query, self._dialect, size)

    def as_query(self) -> LiveQuery[list[T]]:
        """Make a live query of the window as it begins, which never widens.

        For what takes live queries, such as `sse.events`, and for `once`, `as_json` and
        `with_errors`; not for `watch_all`, nor `every`.
        """
        return LivePages(self._query, self._dialect, self._size)._live_query()

    @property
    def items(self) -> list[T]:
        """The newest window, whether the loop has seen it or not.

        Raises:
            LookupError: none has come yet.
            FunctionError: a page failed.
        """
        return self._watched().current

    @property
    def status(self) -> PagesStatus:
        """Whether there is more to load, or something is being loaded."""
        return self._entered().window.status

    @property
    def has_more(self) -> bool:
        """Whether the deployment holds more than is in the window."""
        return self._entered().window.has_more

    async def load_more(self, count: int) -> bool:
        """Widen the window by about `count` items, and wait until they have come.

        Returns:
            False if there is nothing more to load.

        Raises:
            ValueError: `count` is below 1.
            ConvexError: as in the loop.
        """
        _check_size(count)
        return await self._entered().load_more(count)

    async def __aenter__(self) -> Self:
        if self._live is not None:
            raise RuntimeError(f"{self!r} is watched already: make another one")
        live = self._live_query()
        await live.__aenter__()
        self._live = live
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._watched().__aexit__(exc_type, exc_value, traceback)
        self._live = self._subscription = None
        self._decoded = {}

    def __aiter__(self) -> Self:
        self._watched()
        return self

    async def __anext__(self) -> list[T]:
        return await anext(self._watched())

    def _live_query(self) -> LiveQuery[list[T]]:
        query = self._query
        live = LiveQuery(_Own(self._open), query._calls, self._join, self._write)
        live._failure = query._failure
        return live

    def _open(self, call: Call) -> PagesSubscription:
        source = cast("PagesSource", self._query._source)
        self._subscription = source.subscribe_pages(call, self._begin)
        return self._subscription

    def _begin(self, verbs: Verbs) -> Pages:
        from ._protocol.sync.growing import GrowingPage  # noqa: PLC0415  # with all of the loop
        from ._protocol.sync.pages import PinnedPages  # noqa: PLC0415

        if self._dialect is CONVEX:
            return PinnedPages(verbs, self._size or _DEFAULT_SIZE, _ids)
        return GrowingPage(
            verbs, self._size, lambda limit: self._dialect.arguments(None, limit), self._measure
        )

    def _measure(self, wire: object) -> tuple[int, bool]:
        items, cursor = read_page(self._dialect, self._query.path, wire)
        if not isinstance(items, list):
            raise ProtocolError(self._query.path, "the page's items are no list")
        return len(cast("list[object]", items)), cursor is not None

    def _join(self, results: Results) -> list[T]:
        """Decode the pages that are new, and put all together."""
        decoded: dict[int, tuple[Result, list[T]]] = {}
        items: list[T] = []
        for result in results:
            known = self._decoded.get(id(result))
            if known is None:
                known = result, self._query._read((result,))
            decoded[id(result)] = known
            items += known[1]
        self._decoded = decoded
        return items

    def _write(self, results: Results) -> bytes:
        pages = [orjson.loads(self._query._write((result,))) for result in results]
        items = [read_page(self._dialect, self._query.path, page)[0] for page in pages]
        return orjson.dumps([item for page in items for item in cast("list[object]", page)])

    def _watched(self) -> LiveQuery[list[T]]:
        if self._live is None:
            raise RuntimeError(f"{self!r} is not watched: use it inside `async with`")
        return self._live

    def _entered(self) -> PagesSubscription:
        self._watched()
        assert self._subscription is not None  # noqa: S101  # since it was entered
        return self._subscription


def _check_size(size: int) -> None:
    if size < 1:
        raise ValueError(f"a page has at least one item, not {size}")
