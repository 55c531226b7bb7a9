"""Runs through the storage handler alone, as `@mastra/convex` publishes it.

It reads and writes in separate transactions, tells runs apart by a joined id, and its lists end at
10,000 rows: what would go wrong by that is refused here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from aioconvex.mastra._rows import json_value, now, time_text
from aioconvex.mastra.errors import not_supported, storage_error

from .runs import StoredRun, context_missing, snapshot_of
from .threads import threads_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aioconvex.mastra._client import ConvexAdminClient
    from aioconvex.mastra._paging import Window

    from .backend import RunFilter, Saving
    from .runs import RunNames

__all__ = ["HandlerWorkflows"]

_TABLE: Final = "mastra_workflow_snapshot"
_MOST_ROWS: Final = 10_000  # where the handler ends a list without a word
_UNBEGUN: Final = {"status": "pending"}  # what an empty snapshot stands for

Row = dict[str, Any]


class HandlerWorkflows:
    """A `WorkflowBackend` on `mastra/storage:handle`."""

    def __init__(self, client: ConvexAdminClient) -> None:
        self._client = client

    async def persist(self, names: RunNames, saving: Saving) -> None:
        """Store a run; see `WorkflowBackend`."""
        row = await self._find(names)
        if row is not None and row.get("id") is None:
            await self._overlay(names, row, saving)
            return
        # A patch leaves out what was not given, so nobody's `createdAt` is written back.
        if row is None or not await self._storage("patch", id=row["id"], record=_columns(saving)):
            await self._insert(names, saving)

    async def get(self, run_id: str, workflow_name: str | None) -> StoredRun | None:
        """Find a run; see `WorkflowBackend`."""
        keys = {"workflow_name": workflow_name, "run_id": run_id}
        rows = _live(await self._query("getWorkflowRunById", keys))
        return _stored(rows[0]) if rows else None

    async def list_runs(self, wanted: RunFilter, window: Window) -> tuple[list[StoredRun], int]:
        """Read a window; see `WorkflowBackend`."""
        keys = {"workflow_name": wanted.workflow_name, "resourceId": wanted.resource_id}
        rows = _live(await self._query("listWorkflowRuns", keys))
        found = [row for row in map(_stored, rows) if _passes(row, wanted)]
        end = None if window.per_page is None else window.offset + window.per_page
        return found[window.offset : end], len(found)

    async def merge_step(
        self, names: RunNames, step_id: str, result: str, request_context: str
    ) -> str | None:
        """Merge a step's result; see `WorkflowBackend`."""
        if not await self._can_merge(names):
            return None
        merged: str = await self._merge(
            "mergeWorkflowStepResult",
            names,
            stepId=step_id,
            result=result,
            requestContext=request_context,
        )
        return merged

    async def merge_state(
        self, names: RunNames, changes: str, expected: Sequence[str] | None
    ) -> str | None:
        """Overlay the snapshot; see `WorkflowBackend`.

        Raises:
            MastraError: with `expected`, which the published handler would ignore.
        """
        if expected is not None:
            raise not_supported("updateWorkflowState", "expected_status needs")
        if not await self._can_merge(names):
            return None
        merged: str = await self._merge("mergeWorkflowState", names, opts=changes)
        return merged

    async def remove(self, names: RunNames) -> None:
        """Delete a run; see `WorkflowBackend`."""
        rows = await self._query("deleteWorkflowRunById", _keys(names))
        if any(row.get("id") is None for row in rows):
            raise not_supported("deleteWorkflowRunById", f"a row of {names} has no id: it needs")
        if rows:
            await self._storage("deleteMany", ids=[row["id"] for row in rows])

    async def _insert(self, names: RunNames, saving: Saving) -> None:
        other: Row | None = await self._storage("load", keys={"id": names.record_id})
        if other is not None and _stored(other).names != names:
            raise storage_error(
                "persistWorkflowSnapshot",
                "ID_COLLISION",
                f"{names} would be stored as {names.record_id!r}, which "
                f"{_stored(other).names} already is: the published functions would overwrite it. "
                "Those of this package tell them apart (aioconvex mastra init convex).",
            )
        record = {
            "id": names.record_id,
            "workflow_name": names.workflow_name,
            "run_id": names.run_id,
            "createdAt": time_text(now(), "created_at"),
            **_columns(saving),
        }
        await self._storage("insert", record=record)

    async def _overlay(self, names: RunNames, row: Row, saving: Saving) -> None:
        """Update a row without id, which only merging reaches: no field of it can be removed."""
        stored = snapshot_of("persistWorkflowSnapshot", _stored(row))
        given = (saving.created_at, saving.updated_at, saving.resource_id)
        if any(given) or not stored.keys() <= json_value(saving.snapshot).keys():
            raise not_supported(
                "persistWorkflowSnapshot", f"the row of {names} has no id: it needs"
            )
        await self._merge("mergeWorkflowState", names, opts=saving.snapshot)

    async def _can_merge(self, names: RunNames) -> bool:
        """Whether the run is there; asked first, as the handler's answer only differs in its text.

        Raises:
            MastraError: its snapshot has no context.
        """
        row = await self._find(names)
        if row is None:
            return False
        match json_value(row["snapshot"]):
            case {"context": dict()}:
                return True
            case _:
                raise context_missing(names)

    async def _merge(self, op: str, names: RunNames, **fields: str) -> Any:
        request = {"workflowName": names.workflow_name, "runId": names.run_id, **fields}
        # Merging twice is merging once: slots that others filled meanwhile stay.
        return await self._client.repeat(lambda: self._storage(op, **request))

    async def _find(self, names: RunNames) -> Row | None:
        # `load` fails on a run that is stored twice.
        rows = _live(await self._query("findWorkflowRun", _keys(names)))
        return rows[0] if rows else None

    async def _query(self, op: str, equal: Mapping[str, str | None]) -> list[Row]:
        filters = [
            {"field": name, "value": value} for name, value in equal.items() if value is not None
        ]
        rows: list[Row] = await self._storage("queryTable", filters=filters)
        if len(rows) >= _MOST_ROWS:
            raise not_supported(op, f"a list of {_MOST_ROWS} rows or more needs")
        return rows

    async def _storage(self, op: str, **fields: object) -> Any:
        return await self._client.call_storage({"op": op, "tableName": _TABLE, **fields})


def _keys(names: RunNames) -> dict[str, str | None]:
    return {"workflow_name": names.workflow_name, "run_id": names.run_id}


def _stored(row: Row) -> StoredRun:
    return StoredRun(
        workflow_name=row["workflow_name"],
        run_id=row["run_id"],
        snapshot=row.get("snapshot"),
        created_at=row["createdAt"],
        updated_at=row["updatedAt"],
        resource_id=row.get("resourceId"),
    )


def _columns(saving: Saving) -> Row:
    columns = {
        "snapshot": saving.snapshot,
        "updatedAt": saving.updated_at or time_text(now(), "updated_at"),
        "resourceId": saving.resource_id,
        "createdAt": saving.created_at,
    }
    return {name: value for name, value in columns.items() if value is not None}


def _live(rows: list[Row]) -> list[Row]:
    """Each run once, though early adapters stored some twice: then the later row; newest first."""
    inserted = sorted(rows, key=lambda row: row["_creationTime"])
    unique = {(row["workflow_name"], row["run_id"]): row for row in inserted}
    return sorted(
        unique.values(), key=lambda row: (row["createdAt"], row["_creationTime"]), reverse=True
    )


def _passes(row: StoredRun, wanted: RunFilter) -> bool:
    if wanted.from_date is not None and row.created_at < wanted.from_date:
        return False
    if wanted.to_date is not None and row.created_at > wanted.to_date:
        return False
    if wanted.status is None and wanted.thread_id is None:
        return True
    stored: object = json_value(row.snapshot) if row.snapshot else _UNBEGUN
    if not isinstance(stored, dict):
        return False  # what is no snapshot has neither status nor thread
    snapshot = cast("dict[str, object]", stored)
    return wanted.status in {None, snapshot.get("status")} and (
        wanted.thread_id is None or wanted.thread_id in threads_of(snapshot)
    )
