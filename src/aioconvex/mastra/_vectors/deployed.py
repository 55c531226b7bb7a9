"""How vectors are reached, by what is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .handler import HandlerVectors

if TYPE_CHECKING:
    from aioconvex.mastra._client import ConvexAdminClient

    from .backend import VectorBackend

__all__ = ["backend_of"]


async def backend_of(client: ConvexAdminClient) -> VectorBackend:
    """The way to a deployment's vectors; the first call asks which functions it has.

    Raises:
        ConvexError: the deployment did not answer.
    """
    # With hundreds of generated classes, which the package's import does without.
    from .typed import TypedVectors  # noqa: PLC0415

    capabilities = await client.find_capabilities()
    return TypedVectors(client) if capabilities.typed else HandlerVectors(client)
