"""What one reader watches of a list: pages that lie side by side, of the same moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio

from aioconvex._protocol.sync.outcomes import Failure
from aioconvex._protocol.sync.pages import Window
from aioconvex.errors import ProtocolError

from .subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aioconvex._protocol.sync.messages import QueryId
    from aioconvex._protocol.sync.outcomes import Result
    from aioconvex._protocol.sync.pages import Pages
    from aioconvex.live_pages import Begin

__all__ = ["PagesSubscription"]

_NOTHING: Final = Window(None, "loading_first", has_more=True)


class PagesSubscription(Subscription):
    """The pages of one list on their way to one reader; to its `Pages` it is their `Verbs`.

    Args:
        path: the query's function.
        result: gives a query's newest result.
        watch: begins to watch the query with some paging arguments.
        unwatch: ends that.
        leave: ends the subscription.
        stir: has sent what changed.
    """

    __slots__ = (
        "_end",
        "_moved",
        "_pages",
        "_result",
        "_stir",
        "_unwatch",
        "_watch",
        "path",
        "window",
    )

    def __init__(  # noqa: PLR0913, PLR0917  # all that it does to the loop
        self,
        path: str,
        result: Callable[[QueryId], Result | None],
        watch: Callable[[Mapping[str, object]], QueryId],
        unwatch: Callable[[QueryId, Subscription], None],
        leave: Callable[[Subscription], None],
        stir: Callable[[], None],
    ) -> None:
        super().__init__([path], [], None, leave)
        self.path = path
        self._result = result
        self._watch = watch
        self._unwatch = unwatch
        self._stir = stir
        self._pages: Pages | None = None
        self._moved = anyio.Event()
        self._end: Exception | None = None
        self.window = _NOTHING

    def begin(self, begin: Begin) -> None:
        """Ask for the first page."""
        self._pages = begin(self)
        self.look(self._result)

    # --- for the pages

    def subscribe(self, paging: Mapping[str, object]) -> QueryId:
        """Watch a page."""
        query = self._watch(paging)
        self.queries = [*self.queries, query]
        return query

    def unsubscribe(self, query: QueryId) -> None:
        """Stop watching a page."""
        self.queries = [each for each in self.queries if each != query]
        self._unwatch(query, self)

    def result(self, query: QueryId) -> Result | None:
        """A page's newest result, if there is one."""
        return self._result(query)

    # --- for the loop

    def path_of(self, query: QueryId) -> str:  # noqa: ARG002  # all are of one function
        """See `Subscription`."""
        return self.path

    def look(self, result_of: Callable[[QueryId], Result | None]) -> None:  # noqa: ARG002  # as `result`
        """Offer the pages that lie side by side, if they changed."""
        if self._pages is None or self._end is not None:
            return
        try:
            self._pages.follow()
        except ProtocolError as error:
            self.end(error)
            return
        before, self.window = self.window, self._pages.window()
        if self.window.results is not None and not _same(self.window.results, before.results):
            self.offer(self.window.results)
        self._move()

    def end(self, error: Exception) -> None:
        """See `Subscription`."""
        self._end = error
        super().end(error)
        self._move()

    def _move(self) -> None:
        moved, self._moved = self._moved, anyio.Event()
        moved.set()

    # --- for the reader

    async def load_more(self, size: int) -> bool:
        """Widen the window and wait until it is; false if there is nothing more.

        Raises:
            FunctionError: a page failed.
            ConvexError: the list cannot be watched any longer.
        """
        assert self._pages is not None  # noqa: S101  # it has begun
        await self._loaded()
        if not self._pages.more(size):
            return False
        self.look(self._result)
        self._stir()
        await self._loaded()
        return True

    async def _loaded(self) -> None:
        while True:
            if self._end is not None:
                raise self._end.with_traceback(None)
            results = self.window.results or ()
            for result in results:
                if isinstance(result, Failure):
                    raise result.error()
            if self.window.status in {"can_load_more", "exhausted"}:
                return
            await self._moved.wait()


def _same(these: tuple[Result, ...], those: tuple[Result, ...] | None) -> bool:
    # Not `==`, which would compare the values.
    if those is None or len(these) != len(those):
        return False
    return all(one is other for one, other in zip(these, those, strict=True))
