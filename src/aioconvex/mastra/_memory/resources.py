"""Resources: what is remembered of a user beyond one thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import given_text

from .base import MemoryDomain
from .checks import check_object, check_texts
from .models import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ResourceMemory"]


class ResourceMemory(MemoryDomain):
    """The resources of memory."""

    async def get_resource_by_id(self, *, resource_id: str) -> Resource | None:
        """Find a resource; None if there is none of this id.

        Raises:
            ConvexError: as for `ConvexClient.query`.
        """
        given_text(resource_id, "resource_id")
        return await (await self._backend()).resource(resource_id)

    async def save_resource(self, *, resource: Resource) -> Resource:
        """Store a resource, in place of the one with its id.

        Returns:
            The resource as it was given.

        Raises:
            ArgumentError: something in it cannot be stored.
            ConvexError: as for `ConvexClient.mutation`.
        """
        if not isinstance(resource, Resource):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError("resource", f"{type(resource).__name__} is no Resource")
        given_text(resource.id, "resource.id")
        _check(resource.working_memory, resource.metadata)
        await (await self._backend()).save_resource(resource)
        return resource

    async def update_resource(
        self,
        *,
        resource_id: str,
        working_memory: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Resource:
        """Change a resource, which is created if there is none.

        Args:
            resource_id: the resource.
            working_memory: its new working memory, which may be empty; None leaves it.
            metadata: merged into the stored metadata, one level deep.

        Returns:
            The resource as it is now.

        Raises:
            ArgumentError: an argument cannot be stored.
            ConvexError: as for `ConvexClient.mutation`.
        """
        given_text(resource_id, "resource_id")
        _check(working_memory, metadata)
        backend = await self._backend()
        return await backend.update_resource(resource_id, working_memory, metadata)


def _check(working_memory: object, metadata: object) -> None:
    if working_memory is not None:
        check_texts("resource", working_memory=working_memory)
    if metadata is not None:
        check_object(metadata, "resource.metadata")
