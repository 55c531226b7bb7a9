"""A list that is watched as one query, whose limit grows.

For queries that cannot pin where a page ends: several of their pages side by side would lose items
that are pushed over an end, or show them twice. One query cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import define

from .outcomes import Failure
from .pages import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .messages import QueryId
    from .outcomes import Result, Success
    from .pages import PagesStatus, Verbs

    Spell: TypeAlias = Callable[[int | None], Mapping[str, object]]
    """Spells the paging arguments of a list from its beginning, with a limit."""
    Read: TypeAlias = Callable[[object], tuple[int, bool]]
    """Reads of a page's wire JSON how many items it has, and whether there are more."""

__all__ = ["GrowingPage"]


@define(eq=False)
class _Query:
    id: QueryId
    limit: int | None
    source: Success | None = None
    length: int = 0
    has_more: bool = True


class GrowingPage:
    """The beginning of one list.

    Args:
        verbs: how to watch it.
        size: how many items to begin with; None leaves it to the deployment.
        spell: see `Spell`.
        read: see `Read`; it raises `ProtocolError`.
    """

    def __init__(self, verbs: Verbs, size: int | None, spell: Spell, read: Read) -> None:
        self._verbs = verbs
        self._spell = spell
        self._read = read
        self._failure: Failure | None = None
        self._capped = False
        self._shown = self._ask(size)
        self._next: _Query | None = None

    def _ask(self, limit: int | None) -> _Query:
        return _Query(self._verbs.subscribe(self._spell(limit)), limit)

    def more(self, size: int) -> bool:
        """See `Pages`."""
        if self._status() != "can_load_more":
            return False
        self._next = self._ask(max(self._shown.length, self._shown.limit or 0) + size)
        self.follow()
        return True

    def _queries(self) -> list[_Query]:
        return [self._shown] if self._next is None else [self._shown, self._next]

    def follow(self) -> None:
        """See `Pages`.

        Raises:
            ProtocolError: a result is no page.
        """
        self._failure = None
        for query in self._queries():
            result = self._verbs.result(query.id)
            if isinstance(result, Failure):
                self._failure = result
                return
            if result is None:
                query.source = None
            elif result is not query.source:
                query.source = result
                query.length, query.has_more = self._read(result.wire)
        if self._next is not None and self._next.source is not None:
            # A deployment has its own largest page; to ask for more is then in vain.
            self._capped = self._next.has_more and self._next.length <= self._shown.length
            self._verbs.unsubscribe(self._shown.id)
            self._shown, self._next = self._next, None

    def window(self) -> Window:
        """See `Pages`."""
        status = self._status()
        shown: Result | None = self._failure or self._shown.source
        return Window(None if shown is None else (shown,), status, self._shown.has_more)

    def _status(self) -> PagesStatus:
        if self._shown.source is None:
            return "loading_first"
        if self._next is not None:
            return "loading_more"
        return "can_load_more" if self._shown.has_more and not self._capped else "exhausted"
