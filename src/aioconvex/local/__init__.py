"""A Convex deployment on this machine, for development and tests; production is real Convex."""

from __future__ import annotations

from ._deployment import LocalDeployment

__all__ = ["LocalDeployment"]
