"""The error inside the codec: a value that is not of the declared type, and where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["WrongValue", "one_of", "wrong"]

_LONGEST: Final = 60
_MOST: Final = 10


class WrongValue(TypeError):  # noqa: N818  # an event inside the codec, never raised to users
    """A value is not of the declared type.

    `trail` collects the steps from the value outwards while the error travels, innermost first.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.trail: list[str] = []


def wrong(expected: str, value: object) -> WrongValue:
    """Say what was expected and what came."""
    shown = repr(value)
    if len(shown) > _LONGEST:
        shown = f"{shown[:_LONGEST]}…"
    return WrongValue(f"expected {expected}, got {type(value).__name__} {shown}")


def one_of(choices: Iterable[str]) -> str:
    """List what was expected, as far as one can read it."""
    listed = list(choices)
    if len(listed) > _MOST + 1:
        listed[_MOST:] = [f"one of {len(listed) - _MOST} more"]
    return " or ".join(listed)
