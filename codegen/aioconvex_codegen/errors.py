"""The one error of the generator."""

from __future__ import annotations

from attrs import define

from aioconvex.errors import ConvexError

__all__ = ["GenerateError"]


@define(eq=False)
class GenerateError(ConvexError):
    """Bindings cannot be generated; nothing was written. `message` says why and what to do."""

    message: str

    def __str__(self) -> str:
        return self.message
