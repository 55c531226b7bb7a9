"""What one reader watches: a query, or several at the same moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from aioconvex._concurrency import Mailbox
from aioconvex.errors import SlowReaderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aioconvex._protocol.sync.messages import QueryId
    from aioconvex._protocol.sync.outcomes import Result

__all__ = ["Results", "Subscription"]

Results: TypeAlias = "tuple[Result, ...]"
"""One result for each query, all of one version of the database."""


class Subscription:
    """The results of some queries on their way to one reader.

    Args:
        paths: their functions, for errors.
        queries: their ids.
        limit: how many results may wait for the reader; None keeps only the newest.
        leave: what ends the subscription.
    """

    __slots__ = ("_leave", "_limit", "_mailbox", "alone", "newest", "paths", "queries")

    def __init__(
        self,
        paths: Sequence[str],
        queries: Sequence[QueryId],
        limit: int | None,
        leave: Callable[[Subscription], None],
    ) -> None:
        self.paths = paths
        self.queries = queries
        self.alone = len(queries) == 1
        """Whether a result of its query is all there is to offer; else it wants to `look`."""
        self.newest: Results | None = None
        self._limit = limit
        self._mailbox: Mailbox[Results] = Mailbox(limit)
        self._leave = leave

    def path_of(self, query: QueryId) -> str:
        """The function of one of the queries."""
        return self.paths[self.queries.index(query)]

    def look(self, result_of: Callable[[QueryId], Result | None]) -> None:
        """Offer what there is, if it is all that is watched."""
        found = (result_of(query) for query in self.queries)
        results = tuple(result for result in found if result is not None)
        if len(results) == len(self.queries):
            self.offer(results)

    def offer(self, results: Results) -> None:
        """Hand new results to the reader; too many at once end it."""
        self.newest = results
        if self._mailbox.full:
            assert self._limit is not None  # noqa: S101  # else it is never full
            self._mailbox.end(SlowReaderError(self.paths[0], self._limit))
        else:
            self._mailbox.put(results)

    def end(self, error: Exception) -> None:
        """Let the reader have what is there, then this error."""
        self._mailbox.end(error)

    async def take(self) -> Results:
        """Wait for the next results.

        Raises:
            ConvexError: there will be no more.
        """
        return await self._mailbox.take()

    def close(self) -> None:
        """Stop watching; it takes no time, so it is safe while a task is cancelled."""
        self._leave(self)
        self.end(RuntimeError(f"{', '.join(self.paths)}: its block was left, it is not watched"))
