# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Functions of the deployment."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .functions.a import A
    from .functions.b import B
    from .functions.cache import Cache
    from .functions.storage import Storage
    from .functions.x import X

__all__ = ["Api"]


class Api(Namespace):
    """Functions of the deployment."""

    @_cached_property
    def a(self) -> A:
        """Functions of `a`."""
        from .functions.a import A

        return A(self._caller)

    @_cached_property
    def b(self) -> B:
        """Functions of `b`."""
        from .functions.b import B

        return B(self._caller)

    @_cached_property
    def cache(self) -> Cache:
        """Functions of `cache`."""
        from .functions.cache import Cache

        return Cache(self._caller)

    @_cached_property
    def storage(self) -> Storage:
        """Functions of `storage`."""
        from .functions.storage import Storage

        return Storage(self._caller)

    @_cached_property
    def x(self) -> X:
        """Functions of `x`."""
        from .functions.x import X

        return X(self._caller)
