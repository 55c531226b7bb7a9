"""WebSocket frames (RFC 6455), cut out of the bytes that a server sends.

Nearly all are whole texts, which want nothing but to be cut out. All others, and whatever breaks a
rule, are left to websockets, which takes as long over one frame as we take over all it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FrameCutter"]

_WHOLE_TEXT: Final = 0x81
_FINAL: Final = 0x80
_CONTROL: Final = 0x08
_MASKED: Final = 0x80
_TWO_BYTES: Final = 126
_ENDLESS: Final = 2**64


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
        buffer = self._buffer
        buffer += data
        start, size = 0, len(buffer)
        while not self._over and (extent := _extent(buffer, start)) is not None:
            begin, end = extent
            if end - begin > self._room:
                end = begin  # its head is enough to be refused
            if end > size:
                break
            if buffer[start] == _WHOLE_TEXT and end > begin and not self._in_fragments:
                texts.append(buffer[begin:end])
            else:
                texts += self._other(buffer[start:end], end - begin)
            start = end
        del buffer[: size if self._over else start]
        return texts

    def _other(self, frame: bytearray, length: int) -> list[bytes | bytearray]:
        if not frame[0] & _CONTROL:
            self._in_fragments = not frame[0] & _FINAL
            self._room = self._room - length if self._in_fragments else self._limit
        texts = self._read(frame)
        self._over = texts is None
        return texts or []


def _extent(buffer: bytearray, start: int) -> tuple[int, int] | None:
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
