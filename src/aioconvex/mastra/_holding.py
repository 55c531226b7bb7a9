"""Holders of a client: whoever made it closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Holder"]


class _Held(Protocol):
    async def __aenter__(self) -> object: ...
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> object: ...
    async def aclose(self) -> None: ...


class Holder:
    """Opens and closes a client of its own, and leaves one that it was given as it is."""

    def __init__(self, held: _Held, *, owner: bool) -> None:
        self._held = held
        self._owner = owner

    async def __aenter__(self) -> Self:
        if self._owner:
            await self._held.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._owner:
            await self._held.__aexit__(exc_type, exc_value, traceback)

    async def aclose(self) -> None:
        """Close the connections, unless they are those of a client that was given."""
        if self._owner:
            await self._held.aclose()
