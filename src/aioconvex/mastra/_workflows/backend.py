"""What runs need of a deployment, whichever functions it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aioconvex.mastra._paging import Window

    from .runs import RunNames, StoredRun

__all__ = ["RunFilter", "Saving", "WorkflowBackend"]


@frozen(kw_only=True)
class RunFilter:
    """Which runs to list; None lets all pass. Times as the table holds them, both inclusive."""

    workflow_name: str | None
    resource_id: str | None
    status: str | None
    from_date: str | None
    to_date: str | None
    thread_id: str | None


@frozen(kw_only=True)
class Saving:
    """What to store of a run: None leaves a stored value, or the default, in place."""

    snapshot: str
    resource_id: str | None
    created_at: str | None
    updated_at: str | None


class WorkflowBackend(Protocol):
    """The operations on stored runs. Texts are JSON, and all arguments are checked."""

    async def persist(self, names: RunNames, saving: Saving) -> None:
        """Store a run, or what is given of it."""
        ...

    async def get(self, run_id: str, workflow_name: str | None) -> StoredRun | None:
        """Find a run; without a workflow, the newest of this id."""
        ...

    async def list_runs(self, wanted: RunFilter, window: Window) -> tuple[list[StoredRun], int]:
        """Read a window of the list, newest first, and the length of the list."""
        ...

    async def merge_step(
        self, names: RunNames, step_id: str, result: str, request_context: str
    ) -> str | None:
        """Merge a step's result into the snapshot; the merged context, None without the run."""
        ...

    async def merge_state(
        self, names: RunNames, changes: str, expected: Sequence[str] | None
    ) -> str | None:
        """Overlay the snapshot, the merged one; None without the run or in another status."""
        ...

    async def remove(self, names: RunNames) -> None:
        """Delete a run, if it is there."""
        ...
