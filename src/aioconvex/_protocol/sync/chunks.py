"""Large transitions come in slices of their text."""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING, Final

from attrs import define, field

from .wire import malformed

if TYPE_CHECKING:
    from .messages import TransitionChunk

__all__ = ["MAX_MESSAGE", "Chunks"]

MAX_MESSAGE: Final = 256 * 2**20
"""The longest message that is taken, whole or in slices: many results of 16 MiB, with escapes."""

# The server cuts at 5,000,000 bytes; a thousand times as many slices would be there to fill memory.
_MAX_PARTS: Final = 50_000


@define
class Chunks:
    """The slices so far of the one transition that is under way."""

    _first: TransitionChunk | None = None
    _slices: list[str] = field(factory=list[str], repr=False)
    _size: int = 0

    def add(self, chunk: TransitionChunk) -> str | None:
        """Take the next slice; the last one gives the transition's whole text.

        Raises:
            ProtocolError: it is not the next one, or there are too many.
        """
        first = self._first or chunk
        if not (
            0 <= chunk.part < chunk.parts
            and chunk.part == len(self._slices)
            and (chunk.parts, chunk.transition_id) == (first.parts, first.transition_id)
        ):
            self.clear()
            raise malformed("a slice of a transition is not the next one")
        self._first = first
        self._size += getsizeof(chunk.chunk)
        if not chunk.chunk or chunk.parts > _MAX_PARTS or self._size > MAX_MESSAGE:
            self.clear()
            raise malformed(f"a transition in slices is empty or larger than {MAX_MESSAGE} bytes")
        self._slices.append(chunk.chunk)
        if len(self._slices) < chunk.parts:
            return None
        text = "".join(self._slices)
        self.clear()
        return text

    def clear(self) -> None:
        """Forget the slices; their transition will not be completed."""
        if self._first is not None:
            self._first = None
            self._slices = []
            self._size = 0

    def __bool__(self) -> bool:
        return self._first is not None
