"""What the parts of memory have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.mastra._domain import Domain

from .handler import HandlerMemory

if TYPE_CHECKING:
    from .backend import MemoryBackend

__all__ = ["MemoryDomain"]


class MemoryDomain(Domain):
    """A part of memory on one deployment."""

    _found: MemoryBackend | None = None

    async def _backend(self) -> MemoryBackend:
        """How to reach memory; the first call asks the deployment which functions it has."""
        if self._found is None:
            # With hundreds of generated classes, which the package's import does without.
            from .typed import TypedMemory  # noqa: PLC0415

            capabilities = await self._client.find_capabilities()
            # Another task may have come first; its backend holds locks that all must share.
            if self._found is None:
                kind = TypedMemory if capabilities.typed else HandlerMemory
                self._found = kind(self._client)
        return self._found
