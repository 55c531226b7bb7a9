"""What the parts of observational memory have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.mastra._domain import Domain
from aioconvex.mastra._rows import time_text
from aioconvex.mastra.errors import storage_error

from .handler import HandlerObservations

if TYPE_CHECKING:
    from aioconvex.mastra.errors import MastraError

    from .backend import ObservationBackend

__all__ = ["ObservationDomain", "not_found", "optional_time_text"]


class ObservationDomain(Domain):
    """A part of observational memory on one deployment."""

    _found_observations: ObservationBackend | None = None

    async def _observations(self) -> ObservationBackend:
        """How to reach them; the first call asks the deployment which functions it has."""
        if self._found_observations is None:
            # With hundreds of generated classes, which the package's import does without.
            from .typed import TypedObservations  # noqa: PLC0415

            capabilities = await self._client.find_capabilities()
            # Another task may have come first; its backend holds a lock that all must share.
            if self._found_observations is None:
                kind = TypedObservations if capabilities.typed else HandlerObservations
                self._found_observations = kind(self._client)
        return self._found_observations


def not_found(op: str, record_id: str) -> MastraError:
    """Make the error for a record that is not there.

    Args:
        op: the operation, by Mastra's name for it.
        record_id: the record.
    """
    text = f"Observational memory record not found: {record_id}"
    details = {"id": record_id}
    return storage_error(op, "NOT_FOUND", text, category="THIRD_PARTY", details=details)


def optional_time_text(time: object, path: str) -> str | None:
    """Write a time that may be left out, as the tables hold times.

    Raises:
        ArgumentError: as for `time_text`.
    """
    return None if time is None else time_text(time, path)
