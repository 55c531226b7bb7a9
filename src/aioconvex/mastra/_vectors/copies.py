"""Copies of indexes, kept in memory for as long as the deployment says that they are current."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import anyio
from attrs import frozen

if TYPE_CHECKING:
    from .backend import IndexState
    from .blocks import Block

__all__ = ["Copies"]


@frozen
class _Copy:
    state: IndexState
    block: Block


class Copies:
    """Copies of as many indexes as fit; those used longest ago make room.

    Args:
        limit: the bytes they may take together.

    Attributes:
        limit: the same.
        not_native: the dimensions for which Convex has no index, so that copies are all there is.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.not_native: set[int] = set()
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._too_large: dict[str, IndexState] = {}
        self._loading: dict[str, anyio.Lock] = {}

    def held(self, index_name: str) -> Block | None:
        """The copy of an index, of whatever state."""
        copy = self._copies.get(index_name)
        return None if copy is None else copy.block

    def current(self, index_name: str, state: IndexState) -> Block | None:
        """The copy of an index, if it is of this state."""
        copy = self._copies.get(index_name)
        if copy is None or state.version is None or copy.state != state:
            return None
        self._copies.move_to_end(index_name)
        return copy.block

    def admit(self, index_name: str, state: IndexState) -> bool:
        """Whether an index in this state may fit, as far as is known."""
        return (
            self.limit > 0
            and state.version is not None
            and self._too_large.get(index_name) != state
        )

    def loading(self, index_name: str) -> anyio.Lock:
        """The lock to hold while the copy of an index is loaded."""
        return self._loading.setdefault(index_name, anyio.Lock())

    def make_room(self, nbytes: int) -> None:
        """Drop copies, those used longest ago first, until so much more fits beside the others."""
        while self._copies and self._total() + nbytes > self.limit:
            self._copies.popitem(last=False)

    def keep(self, index_name: str, state: IndexState, block: Block) -> None:
        """Keep a copy if it fits, in place of others as far as it needs their room."""
        if block.nbytes > self.limit:
            self.refuse(index_name, state)
            return
        self.forget(index_name)
        self.make_room(block.nbytes)
        self._copies[index_name] = _Copy(state, block)

    def refuse(self, index_name: str, state: IndexState) -> None:
        """Remember that an index in this state does not fit."""
        self.forget(index_name)
        self._too_large[index_name] = state

    def forget(self, index_name: str) -> None:
        """Drop what is known of an index."""
        self._copies.pop(index_name, None)
        self._too_large.pop(index_name, None)

    def _total(self) -> int:
        return sum(copy.block.nbytes for copy in self._copies.values())
