"""Runs as tests store and read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aioconvex.mastra import WorkflowRun, WorkflowsConvex

OURS = pytest.mark.parametrize("functions", ["ours"])
PUBLISHED = pytest.mark.parametrize("functions", ["published"])

TABLE = "mastra_workflow_snapshot"
START = datetime(2024, 1, 1, tzinfo=UTC)
RUNNING: dict[str, Any] = {"status": "running", "context": {}, "value": {}}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


async def persist(
    workflows: WorkflowsConvex, name: str, run_id: str, created: float = 0, **changes: Any
) -> None:
    snapshot = {**RUNNING, **changes.pop("snapshot", {})}
    await workflows.persist_workflow_snapshot(
        workflow_name=name, run_id=run_id, snapshot=snapshot, created_at=at(created), **changes
    )


async def ids(workflows: WorkflowsConvex, **options: Any) -> list[str]:
    listed = await workflows.list_workflow_runs(**options)
    return [f"{run.workflow_name}/{run.run_id}" for run in listed.runs]


async def run_of(workflows: WorkflowsConvex, name: str = "w", run_id: str = "1") -> WorkflowRun:
    run = await workflows.get_workflow_run_by_id(run_id=run_id, workflow_name=name)
    assert run is not None
    return run
