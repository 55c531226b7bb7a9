# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `storage`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aioconvex.bindings import Namespace, mutation as _mutation

from ..models import StorageHandleResult


class Storage(Namespace):
    """Functions of `storage`."""

    @_mutation("storage:handle")
    def handle(self, args: Mapping[str, Any] | None = None, /) -> StorageHandleResult:
        """The mutation `storage:handle`."""
        ...
