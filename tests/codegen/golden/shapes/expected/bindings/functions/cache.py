# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `cache`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aioconvex.bindings import Namespace, mutation as _mutation

from ..models import CacheHandleResult


class Cache(Namespace):
    """Functions of `cache`."""

    @_mutation("cache:handle")
    def handle(self, args: Mapping[str, Any] | None = None, /) -> CacheHandleResult:
        """The mutation `cache:handle`."""
        ...
