"""Wrong arguments are refused before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from aioconvex.errors import ArgumentError
from aioconvex.mastra import MastraError
from aioconvex.mastra.workflows import WorkflowsConvex

pytestmark = pytest.mark.anyio

NAIVE = datetime(2024, 1, 1)  # noqa: DTZ001  # what must be refused
NAMES: dict[str, Any] = {"workflow_name": "w", "run_id": "1"}
STATE = {"status": "running", "context": {}}
Use = Callable[[WorkflowsConvex], Awaitable[object]]


def persist(**changes: Any) -> Use:
    given = {**NAMES, "snapshot": STATE, **changes}
    return lambda workflows: workflows.persist_workflow_snapshot(**given)


def results(**changes: Any) -> Use:
    given = {**NAMES, "step_id": "s", "result": 1, **changes}
    return lambda workflows: workflows.update_workflow_results(**given)


def state(**changes: Any) -> Use:
    given = {**NAMES, "opts": {}, **changes}
    return lambda workflows: workflows.update_workflow_state(**given)


def listed(**given: Any) -> Use:
    return lambda workflows: workflows.list_workflow_runs(**given)


def load(**changes: Any) -> Use:
    return lambda workflows: workflows.load_workflow_snapshot(**{**NAMES, **changes})


def get(**given: Any) -> Use:
    return lambda workflows: workflows.get_workflow_run_by_id(**given)


def delete(**changes: Any) -> Use:
    return lambda workflows: workflows.delete_workflow_run_by_id(**{**NAMES, **changes})


NAMED = {
    "persist": persist,
    "results": results,
    "state": state,
    "load": load,
    "delete": delete,
}
WRONG: list[tuple[Use, str]] = [
    *(
        (use(**{name: value}), name)
        for use in NAMED.values()
        for name in ("workflow_name", "run_id")
        for value in ("", "  ", None, 5)
    ),
    (get(run_id=""), "run_id"),
    (get(run_id="1", workflow_name=""), "workflow_name"),
    (persist(snapshot={"x": [1, math.nan]}), "snapshot.x"),
    (persist(snapshot={"x": {"y": math.inf}}), "snapshot.x.y"),
    (persist(snapshot={"x": datetime.now(UTC)}), "snapshot.x"),
    (persist(snapshot={1: "x"}), "snapshot"),
    (persist(snapshot=[1]), "snapshot"),
    (persist(snapshot="{}"), "snapshot"),
    (persist(created_at=NAIVE), "created_at"),
    (persist(updated_at=NAIVE), "updated_at"),
    (persist(created_at="2024-01-01T00:00:00.000Z"), "created_at"),
    (persist(resource_id=""), "resource_id"),
    (results(step_id=""), "step_id"),
    (results(result={"output": [-math.inf]}), "result.output"),
    (results(request_context=[1]), "request_context"),
    (state(opts=None), "opts"),
    (state(opts={"x": math.nan}), "opts.x"),
    (state(opts={"expectedStatus": "running"}), "expected_status"),
    (state(expected_status=""), "expected_status"),
    (state(expected_status=[1]), "expected_status"),
    (listed(workflow_name=""), "workflow_name"),
    (listed(resource_id=""), "resource_id"),
    (listed(status=""), "status"),
    (listed(thread_id=""), "thread_id"),
    (listed(from_date=NAIVE), "from_date"),
    (listed(to_date=NAIVE), "to_date"),
    (listed(page=1), "per_page"),
]


@pytest.fixture
def workflows() -> WorkflowsConvex:
    """On a deployment that nobody can reach: whatever is sent fails in another way."""
    return WorkflowsConvex(deployment_url="http://127.0.0.1:9", secret="s")


@pytest.mark.parametrize(("use", "named"), WRONG)
async def test_a_wrong_argument_is_refused_by_name(
    workflows: WorkflowsConvex, use: Use, named: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        await use(workflows)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("paging", "text"),
    [
        ({"page": -1}, "page must be >= 0"),
        ({"page": 1.5, "per_page": 1}, "page must be >= 0"),
        ({"page": True, "per_page": 1}, "page must be >= 0"),
        ({"per_page": -1}, "perPage must be >= 0"),
        ({"per_page": True}, "perPage must be >= 0"),
        ({"per_page": 2.0}, "perPage must be >= 0"),
        ({"per_page": "3"}, "perPage must be >= 0"),
        ({"page": 2**52, "per_page": 2**10}, "page value too large"),
    ],
)
async def test_4_a_wrong_page_is_refused(
    workflows: WorkflowsConvex, paging: dict[str, Any], text: str
) -> None:
    with pytest.raises(MastraError, match=text) as caught:
        await workflows.list_workflow_runs(**paging)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_LIST_WORKFLOW_RUNS_INVALID_PAGE"


async def test_6_a_snapshot_above_one_mebibyte_is_refused(workflows: WorkflowsConvex) -> None:
    large = {**STATE, "value": "é" * 600_000}
    with pytest.raises(MastraError, match="1200") as caught:
        await workflows.persist_workflow_snapshot(**NAMES, snapshot=large)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_PERSIST_WORKFLOW_SNAPSHOT_DOCUMENT_TOO_LARGE"
