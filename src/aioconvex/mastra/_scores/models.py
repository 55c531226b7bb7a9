"""Scores as Python has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import field, fields, frozen

from aioconvex.mastra._columns import value_of
from aioconvex.mastra._rows import instant
from aioconvex.mastra.errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = ["COLUMNS", "JSON_COLUMNS", "NewScore", "Score", "ScorePage", "score_of"]


_JSON: Final = {"json": True}


@frozen(kw_only=True)
class _Columns:
    """What a scorer found about one run; None where a column is left out.

    Attributes:
        scorer_id: the scorer.
        run_id: the run that was scored.
        scorer: what the scorer is, a JSON value.
        input: what the run was given, a JSON value.
        output: what it gave, a JSON value.
        score: the score, a finite number.
        source: `LIVE` or `TEST`.
        trace_id: the trace of the run, to find its scores by with `span_id`.
        span_id: the span in the trace.
        entity_id: what was scored, such as an agent.
        entity_type: what kind of thing that is.
        entity: more about it, a JSON value.
        reason: why the score is what it is, in words.
        metadata: JSON, as the step results, `additional_context` and `request_context` are.
    """

    scorer_id: str
    run_id: str
    scorer: Any = field(metadata=_JSON, repr=False)
    input: Any = field(metadata=_JSON, repr=False)
    output: Any = field(metadata=_JSON, repr=False)
    score: float
    source: str
    trace_id: str | None = None
    span_id: str | None = None
    entity_id: str | None = None
    entity_type: str | None = None
    entity: Any = field(default=None, metadata=_JSON, repr=False)
    reason: str | None = None
    metadata: Any = field(default=None, metadata=_JSON, repr=False)
    preprocess_step_result: Any = field(default=None, metadata=_JSON, repr=False)
    extract_step_result: Any = field(default=None, metadata=_JSON, repr=False)
    analyze_step_result: Any = field(default=None, metadata=_JSON, repr=False)
    preprocess_prompt: str | None = None
    extract_prompt: str | None = None
    analyze_prompt: str | None = None
    generate_score_prompt: str | None = None
    generate_reason_prompt: str | None = None
    reason_prompt: str | None = None
    additional_context: Any = field(default=None, metadata=_JSON, repr=False)
    request_context: Any = field(default=None, metadata=_JSON, repr=False)
    resource_id: str | None = None
    thread_id: str | None = None
    organization_id: str | None = None
    project_id: str | None = None
    batch_id: str | None = None
    dataset_id: str | None = None
    dataset_item_id: str | None = None


@frozen(kw_only=True)
class NewScore(_Columns):
    """A score to store; None leaves a column out.

    Attributes:
        id: the id to store it under; without one it gets a new one. A stored score of this id is
            replaced.
    """

    id: str | None = None


@frozen(kw_only=True)
class Score(_Columns):
    """A stored score.

    Attributes:
        id: its id.
        created_at: when it was first stored, in UTC.
        updated_at: when it was last stored, in UTC.
    """

    id: str
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class ScorePage:
    """A page of scores, newest first.

    Attributes:
        scores: those of the page.
        total: how many there are on all pages.
        page: which page, from 0 on.
        per_page: how many a page has; False for all on one.
        has_more: whether a page comes after.
    """

    scores: list[Score]
    total: int
    page: int
    per_page: int | Literal[False]
    has_more: bool


COLUMNS: Final = tuple(item.name for item in fields(NewScore))
"""The columns that a scorer fills, by their names in Python."""

JSON_COLUMNS: Final = frozenset(item.name for item in fields(NewScore) if item.metadata.get("json"))


def score_of(column: Callable[[str], Any]) -> Score:
    """Read a row.

    Args:
        column: gives the stored value of a column by its name in Python, None if there is none.

    Raises:
        MastraError: a time of the row is none.
    """
    values = {
        name: value_of(column(name)) if name in JSON_COLUMNS else column(name) for name in COLUMNS
    }
    values["score"] = float(values["score"])
    return Score(
        **values, created_at=_time(column, "created_at"), updated_at=_time(column, "updated_at")
    )


def _time(column: Callable[[str], Any], name: str) -> datetime:
    time = instant(column(name))
    if time is None:
        raise storage_error(
            "readScore",
            "CORRUPT_ROW",
            f"the row of score {column('id')!r} holds {column(name)!r} as {name}",
            category="THIRD_PARTY",
        )
    return time
