"""The query set: what is watched, what the server knows of it, and the newest results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from .calls import CallText
from .messages import Add, ModifyQuerySet, QueryId, Remove

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .outcomes import Result

__all__ = ["Queries", "Query", "Update"]


@define(eq=False)
class Query:
    """One query of the set, however many watch it."""

    id: QueryId
    call: CallText
    subscribers: int = 1
    journal: str | None = None
    result: Result | None = None


@define
class Update:
    """What a transition says of one query; no `result` means that there is none any more."""

    query: Query
    result: Result | None
    journal: str | None


@define
class Queries:
    """The query set of a session, and what of it the connection has been told."""

    version: int = 0
    _by_id: dict[QueryId, Query] = field(factory=dict[QueryId, Query])
    _by_call: dict[CallText, Query] = field(factory=dict[CallText, Query])
    # Which queries the server has yet to be told of, in order; those that are gone to remove.
    _untold: dict[QueryId, None] = field(factory=dict[QueryId, None])
    _opening: bool = True
    _next_id: int = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def ids(self) -> Iterable[QueryId]:
        """All that are watched."""
        return self._by_id.keys()

    def get(self, query_id: QueryId) -> Query | None:
        """Find a query that is still watched."""
        return self._by_id.get(query_id)

    def add(self, call: CallText) -> QueryId:
        """Watch a query, once more or for the first time."""
        query = self._by_call.get(call)
        if query is not None:
            query.subscribers += 1
            return query.id
        # Never used again, so that what is late for an old query cannot be taken for a new one's.
        query_id = QueryId(self._next_id)
        self._next_id += 1
        self._by_id[query_id] = self._by_call[call] = Query(query_id, call)
        self._untold[query_id] = None
        return query_id

    def drop(self, query_id: QueryId) -> bool:
        """Watch a query once less; true if nobody watches it any more."""
        query = self._by_id[query_id]
        query.subscribers -= 1
        if query.subscribers:
            return False
        del self._by_id[query_id], self._by_call[query.call]
        if query_id in self._untold:
            del self._untold[query_id]  # the server never hears of it
        else:
            self._untold[query_id] = None
        return True

    def restart(self) -> None:
        """Begin a connection, whose server knows of no query."""
        self.version = 0
        self._untold = dict.fromkeys(self._by_id)
        self._opening = True

    def changes(self) -> ModifyQuerySet | None:
        """What the server has yet to be told; each connection begins with the whole set."""
        if not self._untold and not self._opening:
            return None
        modifications = [self._modification(query_id) for query_id in self._untold]
        self._untold = {}
        self._opening = False
        self.version += 1
        return ModifyQuerySet(self.version - 1, self.version, modifications)

    def _modification(self, query_id: QueryId) -> Add | Remove:
        query = self._by_id.get(query_id)
        if query is None:
            return Remove(query_id)
        call = query.call
        return Add(
            query_id=query_id,
            path=call.path,
            args=call.args,
            component=call.component,
            journal=query.journal,  # makes pages end where they did
        )

    def update(self, updates: Iterable[Update]) -> dict[QueryId, Result]:
        """Take new results; gives those that there are."""
        changed: dict[QueryId, Result] = {}
        for update in updates:
            query = update.query
            query.result = update.result
            query.journal = update.journal
            if update.result is not None:
                changed[query.id] = update.result
        return changed

    def replace(self, updates: Iterable[Update]) -> dict[QueryId, Result]:
        """Take the first results of a connection in place of all the older ones.

        Gives those that differ: the server does not know what it was that the last one had sent.
        """
        before = {query_id: query.result for query_id, query in self._by_id.items()}
        for query in self._by_id.values():
            query.result = None
        changed = self.update(updates)
        for query_id, result in list(changed.items()):
            old = before[query_id]
            if old is not None and result.same_as(old):
                del changed[query_id]
        return changed
