"""WebSocket frames (RFC 6455): whole texts, cut out of what a server sends, and written for it.

Nearly all are whole texts, which want nothing but to be cut out. All others, and whatever breaks a
rule, are left to websockets, which takes as long over one frame as we take over all it says.
"""

from __future__ import annotations

from os import urandom
from typing import TYPE_CHECKING, Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # where it is not compiled
    from websockets.utils import apply_mask

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FrameCutter", "text_frame"]

_WHOLE_TEXT: Final = 0x81
_FINAL: Final = 0x80
_CONTROL: Final = 0x08
_MASKED: Final = 0x80
_TWO_BYTES: Final = 126
_ENDLESS: Final = 2**64
_MAX_TWO_BYTES: Final = 2**16


class FrameCutter:
    """A server's bytes in, its texts out.

    Args:
        limit: the longest payload in bytes.
        read: is given every frame that is no whole text. It gives the texts that this completes, or
            None if nothing may follow. Of a frame that is masked or too long it is given the head.
    """

    def __init__(
        self, limit: int, read: Callable[[bytes | bytearray], list[bytes | bytearray] | None]
    ) -> None:
        self._limit = self._room = limit  # what the fragments of a message leave of it
        self._read = read
        self._buffer = bytearray()
        self._in_fragments = False
        self._over = False

    def cut(self, data: bytes) -> list[bytes | bytearray]:
        """Take bytes, and give the texts that they complete, in order."""
        texts: list[bytes | bytearray] = []
        source = self._joined(data)
        start, size = 0, len(source)
        while not self._over and (extent := _extent(source, start)) is not None:
            begin, end = extent
            if end - begin > self._room:
                end = begin  # its head is enough to be refused
            if end > size:
                break
            if source[start] == _WHOLE_TEXT and end > begin and not self._in_fragments:
                texts.append(source[begin:end])
            else:
                texts += self._other(source[start:end], end - begin)
            start = end
        self._keep(source, size if self._over else start)
        return texts

    def _joined(self, data: bytes) -> bytes | bytearray:
        """What is left, with what has come; nothing is copied if nothing is left."""
        if not self._buffer:
            return data
        self._buffer += data
        return self._buffer

    def _keep(self, source: bytes | bytearray, start: int) -> None:
        if source is self._buffer:
            del self._buffer[:start]
        elif start < len(source):
            self._buffer += source[start:]

    def _other(self, frame: bytes | bytearray, length: int) -> list[bytes | bytearray]:
        if not frame[0] & _CONTROL:
            self._in_fragments = not frame[0] & _FINAL
            self._room = self._room - length if self._in_fragments else self._limit
        texts = self._read(frame)
        self._over = texts is None
        return texts or []


def _extent(buffer: bytes | bytearray, start: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `start` begins and ends; None if there is no whole head."""
    begin = start + 2
    if len(buffer) < begin:
        return None
    length = buffer[start + 1]
    if length >= _MASKED:
        return begin, _ENDLESS
    if length >= _TWO_BYTES:
        begin += 2 if length == _TWO_BYTES else 8
        if len(buffer) < begin:
            return None
        length = int.from_bytes(buffer[start + 2 : begin], "big")
    return begin, begin + length


def text_frame(text: bytes) -> bytes:
    """Write a client's frame of a whole text, not compressed."""
    mask = urandom(4)
    return b"".join((_head(len(text)), mask, apply_mask(text, mask)))


def _head(length: int) -> bytes:
    if length < _TWO_BYTES:
        return bytes((_WHOLE_TEXT, _MASKED | length))
    if length < _MAX_TWO_BYTES:
        return bytes((_WHOLE_TEXT, _MASKED | _TWO_BYTES)) + length.to_bytes(2, "big")
    return bytes((_WHOLE_TEXT, _MASKED | _TWO_BYTES + 1)) + length.to_bytes(8, "big")
