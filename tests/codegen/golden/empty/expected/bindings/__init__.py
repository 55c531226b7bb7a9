# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Functions of the deployment."""

from __future__ import annotations

from aioconvex.bindings import Namespace

__all__ = ["Api"]


class Api(Namespace):
    """Functions of the deployment."""
