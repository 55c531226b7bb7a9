"""Wrong arguments about scores are refused before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from aioconvex.errors import ArgumentError
from aioconvex.mastra import MastraError
from aioconvex.mastra.scores import NewScore, ScoresConvex

pytestmark = pytest.mark.anyio

LEAST: dict[str, Any] = {
    "scorer_id": "tone",
    "run_id": "r",
    "scorer": {},
    "input": 1,
    "output": 2,
    "score": 0.5,
    "source": "LIVE",
}


def new(**changes: Any) -> NewScore:
    return NewScore(**{**LEAST, **changes})


WRONG: list[tuple[Callable[[ScoresConvex], Awaitable[object]], str]] = [
    *(
        (lambda s, c=change: s.save_score(new(**c)), name)
        for change, name in [
            ({"score": math.nan}, "score"),
            ({"score": math.inf}, "score"),
            ({"score": "1"}, "score"),
            ({"score": True}, "score"),
            ({"score": None}, "score"),
            ({"id": ""}, "id"),
            ({"scorer_id": ""}, "scorer_id"),
            ({"run_id": None}, "run_id"),
            ({"source": " "}, "source"),
            ({"reason": 5}, "reason"),
            ({"input": {"x": [math.nan]}}, "input.x[0]"),
            ({"metadata": {"at": datetime.now(UTC)}}, "metadata.at"),
            ({"output": {1: 2}}, "output"),
        ]
    ),
    (lambda s: s.get_score_by_id(id=""), "id"),
    (lambda s: s.list_scores_by_scorer_id(scorer_id=""), "scorer_id"),
    (lambda s: s.list_scores_by_scorer_id(scorer_id="t", source=""), "source"),
    (lambda s: s.list_scores_by_run_id(run_id=""), "run_id"),
    (lambda s: s.list_scores_by_run_id(run_id="r", project_id=""), "project_id"),
    (lambda s: s.list_scores_by_entity_id(entity_id="a", entity_type=""), "entity_type"),
    (lambda s: s.list_scores_by_span(trace_id="", span_id="s"), "trace_id"),
]


@pytest.fixture
def unreachable() -> ScoresConvex:
    """On a deployment that nobody can reach: whatever is sent fails in another way."""
    return ScoresConvex(deployment_url="http://127.0.0.1:9", secret="s")


@pytest.mark.parametrize(("use", "named"), WRONG)
async def test_a_wrong_argument_is_refused_by_name(
    unreachable: ScoresConvex, use: Callable[[ScoresConvex], Awaitable[object]], named: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        await use(unreachable)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "paging",
    [{"page": -1}, {"page": 0.5}, {"per_page": -1}, {"per_page": True}, {"per_page": 1.5}],
)
async def test_4_3_a_wrong_page_is_refused(
    unreachable: ScoresConvex, paging: dict[str, Any]
) -> None:
    with pytest.raises(MastraError, match="must be >= 0") as caught:
        await unreachable.list_scores_by_run_id(run_id="r", **paging)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_LIST_SCORES_INVALID_PAGINATION"
