"""Workflow runs as Python has them, and their snapshots as the table holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self, cast

from attrs import field, frozen

from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import given_text
from aioconvex.mastra._rows import instant, json_text, json_value, now
from aioconvex.mastra.errors import MastraError, storage_error

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "RunNames",
    "StoredRun",
    "WorkflowRun",
    "WorkflowRunList",
    "context_missing",
    "object_text",
    "snapshot_of",
    "snapshot_text",
]

_MAX_DOCUMENT: Final = 1024 * 1024  # https://docs.convex.dev/production/state/limits


@frozen(kw_only=True)
class WorkflowRun:
    """One run of a workflow, as it was last stored.

    Attributes:
        workflow_name: the workflow.
        run_id: the run; two workflows may have runs of one id.
        snapshot: the state, as Mastra wrote it; its keys are never renamed.
        created_at: when the run was first stored, in UTC.
        updated_at: when it was last changed, in UTC.
        resource_id: who the run belongs to, None if nobody was named.
    """

    workflow_name: str
    run_id: str
    snapshot: dict[str, Any] = field(repr=False)
    created_at: datetime
    updated_at: datetime
    resource_id: str | None = None


@frozen(kw_only=True)
class WorkflowRunList:
    """A page of workflow runs, newest first.

    Attributes:
        runs: those of the page.
        total: how many there are on all pages.
    """

    runs: list[WorkflowRun]
    total: int


@frozen
class RunNames:
    """What tells a run apart from all others."""

    workflow_name: str
    run_id: str

    @classmethod
    def of(cls, workflow_name: object, run_id: object) -> Self:
        """Check both names.

        Raises:
            ArgumentError: one is empty or no string.
        """
        return cls(given_text(workflow_name, "workflow_name"), given_text(run_id, "run_id"))

    @property
    def record_id(self) -> str:
        """The id of the run's row; two runs can have the same one."""
        return f"{self.workflow_name}-{self.run_id}"

    def __str__(self) -> str:
        return f"run {self.run_id!r} of workflow {self.workflow_name!r}"


@frozen(kw_only=True)
class StoredRun:
    """A row of the table of runs; `snapshot` is JSON text, or the object in early rows."""

    workflow_name: str
    run_id: str
    snapshot: Any
    created_at: str
    updated_at: str
    resource_id: str | None

    @property
    def names(self) -> RunNames:
        """The run that the row belongs to."""
        return RunNames(self.workflow_name, self.run_id)

    def run(self, op: str) -> WorkflowRun:
        """Read the row for a caller of `op`.

        Raises:
            MastraError: its snapshot is no JSON object, or a time is none.
        """
        return WorkflowRun(
            workflow_name=self.workflow_name,
            run_id=self.run_id,
            snapshot=snapshot_of(op, self),
            created_at=self._time(op, self.created_at),
            updated_at=self._time(op, self.updated_at),
            resource_id=self.resource_id,
        )

    def _time(self, op: str, stored: str) -> datetime:
        time = instant(stored)
        if time is None:
            raise storage_error(
                op,
                "CORRUPT_ROW",
                f"the row of {self.names} holds {stored!r} as a time",
                category="THIRD_PARTY",
            )
        return time


def snapshot_of(op: str, row: StoredRun) -> dict[str, Any]:
    """Read a row's snapshot; an empty one is that of a run which has not begun.

    Raises:
        MastraError: it is no JSON object.
    """
    if row.snapshot is None or row.snapshot == "":
        return _unbegun(row.run_id)
    snapshot = json_value(row.snapshot)
    if not isinstance(snapshot, dict):
        raise storage_error(
            op,
            "CORRUPT_SNAPSHOT",
            f"the stored snapshot of {row.names} is no JSON object; store it anew or delete the run",
            category="THIRD_PARTY",
        )
    return cast("dict[str, Any]", snapshot)


def snapshot_text(op: str, snapshot: object) -> str:
    """Write a snapshot as the table holds it.

    Raises:
        ArgumentError: it is no JSON object.
        MastraError: no Convex document can hold it.
    """
    text = object_text(snapshot, "snapshot")
    size = len(text.encode())
    if size > _MAX_DOCUMENT:
        raise storage_error(
            op,
            "DOCUMENT_TOO_LARGE",
            f"the snapshot has {size} bytes as JSON, and a Convex document has at most "
            f"{_MAX_DOCUMENT}: keep large results elsewhere and store their place",
        )
    return text


def object_text(value: object, path: str) -> str:
    """Write a JSON object as text.

    Raises:
        ArgumentError: it is none.
    """
    if not isinstance(value, Mapping):
        raise ArgumentError(path, f"{type(value).__name__} is no dict")
    return json_text(dict(cast("Mapping[str, Any]", value)), path)


def context_missing(names: RunNames) -> MastraError:
    """Make the error for a snapshot that no result can be merged into."""
    return storage_error(
        "updateWorkflow",
        "CONTEXT_MISSING",
        f"the stored snapshot of {names} has no context to merge into; "
        "store a whole snapshot with persist_workflow_snapshot()",
        details={"workflowName": names.workflow_name, "runId": names.run_id},
    )


def _unbegun(run_id: str) -> dict[str, Any]:
    return {
        "context": {},
        "activePaths": [],
        "activeStepsPath": {},
        "timestamp": int(now().timestamp() * 1000),
        "suspendedPaths": {},
        "resumeLabels": {},
        "serializedStepGraph": [],
        "value": {},
        "waitingPaths": {},
        "status": "pending",
        "runId": run_id,
    }
