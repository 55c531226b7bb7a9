"""Mastra's storage in Convex: typed bindings of the functions in `convex/mastra/`."""

from ._generated import Api

__all__ = ["Api"]
