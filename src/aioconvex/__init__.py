"""Typed async Python for Convex."""

from ._types import UNSET, Count, Unset
from .client import ConvexClient
from .pagination import Page, Paginator
from .values import ConvexValue, Int64

__all__ = [
    "UNSET",
    "ConvexClient",
    "ConvexValue",
    "Count",
    "Int64",
    "Page",
    "Paginator",
    "Unset",
]
