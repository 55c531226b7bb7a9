"""Transitions, checked as a whole before any part of one takes effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .messages import QueryFailed, QueryUpdated
from .outcomes import Failure, Success
from .queries import Update
from .wire import malformed

if TYPE_CHECKING:
    from .messages import Transition, Version
    from .queries import Queries

__all__ = ["check_versions", "updates_of"]


def check_versions(message: Transition, reached: Version, query_set: int, identity: int) -> None:
    """Refuse a transition that does not lead on from what was reached to what was asked for.

    Args:
        message: the transition.
        reached: where the last one ended.
        query_set: the one that the connection was told.
        identity: the one that the connection was told.

    Raises:
        ProtocolError: it does not.
    """
    start, end = message.start, message.end
    if start != reached:
        raise malformed(f"a transition starts at {start}, but {reached} was reached")
    if end.ts < start.ts or end.query_set < start.query_set or end.identity < start.identity:
        raise malformed(f"a transition goes back from {start} to {end}")
    if end.query_set > query_set or end.identity > identity:
        raise malformed(f"a transition goes to {end}, which was not asked for")
    if end.query_set == 0 and message.modifications:
        raise malformed("a transition has results of a query set that is not known yet")


def updates_of(message: Transition, queries: Queries) -> list[Update]:
    """What a transition says of the queries that are watched.

    Raises:
        ProtocolError: an error's data breaks Convex's encoding.
    """
    updates: list[Update] = []
    frame = message.text if len(message.modifications) == 1 else None
    for item in message.modifications:
        query = queries.get(item.query_id)
        if query is None:
            continue  # late for a query that nobody watches any more
        if isinstance(item, QueryUpdated):
            updates.append(Update(query, Success(item.value, item.log_lines, frame), item.journal))
        elif isinstance(item, QueryFailed):
            failure = Failure(query.call.path, item.message, item.content)
            failure.error()  # raises now what would be raised later
            updates.append(Update(query, failure, item.journal))
        else:
            updates.append(Update(query, None, None))
    return updates
