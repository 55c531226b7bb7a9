"""A Convex deployment on this machine, for development and tests; production is real Convex."""

from __future__ import annotations

from ._connected import ConnectedDeployment
from ._deployment import LocalDeployment, Snapshot
from ._faults import Faults
from ._logs import LogLine, LogLines
from ._usage import CallUsage

__all__ = [
    "CallUsage",
    "ConnectedDeployment",
    "Faults",
    "LocalDeployment",
    "LogLine",
    "LogLines",
    "Snapshot",
]
