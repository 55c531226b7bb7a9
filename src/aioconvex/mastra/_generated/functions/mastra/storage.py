# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/storage`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation

if TYPE_CHECKING:
    from ...models import StorageHandleResult
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Storage(Namespace):
    """Functions of `mastra/storage`."""

    @_mutation("mastra/storage:handle")
    def handle(self, args: Mapping[str, Any] | None = None, /) -> StorageHandleResult:
        """The mutation `mastra/storage:handle`."""
        ...
