# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `cache`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation

if TYPE_CHECKING:
    from ..models import CacheHandleResult
else:
    __getattr__ = _later(__name__, __package__, "..models")


class Cache(Namespace):
    """Functions of `cache`."""

    @_mutation("cache:handle")
    def handle(self, args: Mapping[str, Any] | None = None, /) -> CacheHandleResult:
        """The mutation `cache:handle`."""
        ...
