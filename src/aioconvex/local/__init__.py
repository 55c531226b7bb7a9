"""A Convex deployment on this machine, for development and tests; production is real Convex."""

from __future__ import annotations

from ._connected import ConnectedDeployment
from ._deployment import LocalDeployment
from ._usage import CallUsage

__all__ = ["CallUsage", "ConnectedDeployment", "LocalDeployment"]
