# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Functions of the deployment."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .functions.a import A

__all__ = ["Api"]


class Api(Namespace):
    """Functions of the deployment.

    It also serves HTTP actions:

    - `GET /hi`
    - `POST /p/*`
    """

    @_cached_property
    def a(self) -> A:
        """Functions of `a`."""
        from .functions.a import A

        return A(self._caller)
