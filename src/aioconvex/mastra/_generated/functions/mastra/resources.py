# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/resources`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation

if TYPE_CHECKING:
    from ...models import MastraResources, SaveArgsResource
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Resources(Namespace):
    """Functions of `mastra/resources`."""

    @_mutation("mastra/resources:save")
    def save(self, *, resource: SaveArgsResource, secret: str | None = None) -> None:
        """The mutation `mastra/resources:save`."""
        ...

    @_mutation("mastra/resources:update")
    def update(
        self,
        *,
        resource_id: str,
        metadata: str | None = None,
        secret: str | None = None,
        working_memory: str | None = None,
    ) -> MastraResources:
        """The mutation `mastra/resources:update`."""
        ...
