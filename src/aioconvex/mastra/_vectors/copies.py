"""Copies of indexes, kept in memory for as long as the deployment says that they are current."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

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
        limit: the bytes they may take together, those included that are being loaded.

    Attributes:
        limit: the same.
        not_native: the dimensions for which Convex has no index, so that copies are all there is.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.not_native: set[int] = set()
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._too_large: dict[str, IndexState] = {}
        self._locks: dict[str, anyio.Lock] = {}
        self._loading: dict[str, int] = {}

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

    @asynccontextmanager
    async def loading(self, index_name: str) -> AsyncGenerator[None]:
        """Load the copy of an index while nobody else does."""
        async with self._locks.setdefault(index_name, anyio.Lock()):
            try:
                yield
            finally:
                self._loading.pop(index_name, None)

    def make_room(self, index_name: str, state: IndexState, nbytes: int) -> bool:
        """Have room for so many bytes of an index that is being loaded, if it fits.

        Copies make room for it, but nothing that is being loaded too: then, nothing is kept of it.
        """
        self._loading.pop(index_name, None)
        if nbytes > self.limit:
            self.refuse(index_name, state)
            return False
        if sum(self._loading.values()) + nbytes > self.limit:
            return False
        self._loading[index_name] = nbytes
        while self._copies and self._total() > self.limit:
            self._copies.popitem(last=False)
        return True

    def keep(self, index_name: str, state: IndexState, block: Block) -> None:
        """Keep a copy if it fits, in place of others as far as it needs their room."""
        self.forget(index_name)
        if self.make_room(index_name, state, block.nbytes):
            del self._loading[index_name]
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
        copies = sum(copy.block.nbytes for copy in self._copies.values())
        return copies + sum(self._loading.values())
