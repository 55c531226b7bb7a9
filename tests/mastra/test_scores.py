"""Scores as Python stores and reads them (§4.3), on both kinds of server functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioconvex.mastra import ConvexAdminClient, MastraError
from aioconvex.mastra.scores import NewScore, Score, ScorePage, ScoresConvex
from mastra.early_rows import Writer

pytestmark = pytest.mark.anyio

OURS = pytest.mark.parametrize("functions", ["ours"])
PUBLISHED = pytest.mark.parametrize("functions", ["published"])

TABLE = "mastra_scorers"
LEAST: dict[str, Any] = {
    "scorer_id": "tone",
    "run_id": "r",
    "scorer": {"id": "tone", "steps": [1, 2.5]},
    "input": [{"role": "user", "content": "hi"}],
    "output": {"text": "é🎈"},
    "score": 0.5,
    "source": "LIVE",
}
WHOLE: dict[str, Any] = {
    **LEAST,
    "id": "s1",
    "trace_id": "trace",
    "span_id": "span",
    "entity_id": "agent",
    "entity_type": "AGENT",
    "entity": {"name": "Ada"},
    "reason": "polite",
    "metadata": {"n": 1},
    "preprocess_step_result": {"a": None},
    "extract_step_result": [1],
    "analyze_step_result": "text",
    "preprocess_prompt": "p1",
    "extract_prompt": "p2",
    "analyze_prompt": "p3",
    "generate_score_prompt": "p4",
    "generate_reason_prompt": "p5",
    "reason_prompt": "p6",
    "additional_context": {"k": True},
    "request_context": {"locale": "de"},
    "resource_id": "ada",
    "thread_id": "t",
    "organization_id": "org",
    "project_id": "project",
    "batch_id": "batch",
    "dataset_id": "set",
    "dataset_item_id": "item",
}


@pytest.fixture
def scores(client: ConvexAdminClient) -> ScoresConvex:
    return ScoresConvex(client=client)


def new(**changes: Any) -> NewScore:
    return NewScore(**{**LEAST, **changes})


def ids(page: ScorePage) -> list[str]:
    return [score.id for score in page.scores]


async def test_4_3_save_returns_the_score_with_id_and_times(scores: ScoresConvex) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    saved = await scores.save_score(new())
    assert before <= saved.created_at == saved.updated_at <= datetime.now(UTC)
    assert len(saved.id) == 36
    assert saved == Score(
        **LEAST, id=saved.id, created_at=saved.created_at, updated_at=saved.created_at
    )
    assert await scores.get_score_by_id(id=saved.id) == saved


async def test_4_3_every_column_comes_back(scores: ScoresConvex) -> None:
    saved = await scores.save_score(NewScore(**WHOLE))
    loaded = await scores.get_score_by_id(id="s1")
    assert loaded == saved
    columns = attrs.asdict(saved, recurse=False)
    del columns["created_at"], columns["updated_at"]
    assert columns == WHOLE
    assert isinstance(saved.metadata["n"], int)
    assert isinstance((await scores.save_score(new(score=1))).score, float)


async def test_4_3_two_scores_without_id_are_two_scores(scores: ScoresConvex) -> None:
    first, second = [await scores.save_score(new()) for _ in range(2)]
    assert first.id != second.id
    assert (await scores.list_scores_by_run_id(run_id="r")).total == 2


async def test_4_3_and_5_16_a_score_of_a_known_id_is_replaced_and_keeps_its_created_at(
    scores: ScoresConvex,
) -> None:
    """The published adapter gives each score a new id."""
    first = await scores.save_score(new(id="s1", reason="good", metadata={"a": 1, "b": 2}))
    second = first
    while second.updated_at == first.updated_at:  # until a millisecond has gone by
        second = await scores.save_score(attrs.evolve(first, reason="bad", metadata={"a": 3}))
    assert (second.reason, second.metadata) == ("bad", {"a": 3})
    assert second.created_at == first.created_at < second.updated_at
    assert await scores.get_score_by_id(id="s1") == second
    assert (await scores.list_scores_by_run_id(run_id="r")).total == 1


@OURS
async def test_4_3_columns_left_out_are_gone_when_a_score_is_replaced(
    scores: ScoresConvex,
) -> None:
    await scores.save_score(NewScore(**WHOLE))
    saved = await scores.save_score(new(id="s1"))
    assert (saved.reason, saved.entity, saved.metadata) == (None, None, None)
    assert await scores.get_score_by_id(id="s1") == saved


@PUBLISHED
async def test_4_3_columns_that_nothing_can_empty_say_so(scores: ScoresConvex) -> None:
    saved = await scores.save_score(new(id="s1", reason="good", entity={"a": 1}))
    with pytest.raises(MastraError, match="entity, reason") as caught:
        await scores.save_score(new(id="s1"))
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_SAVE_SCORE_NOT_SUPPORTED"
    assert await scores.get_score_by_id(id="s1") == saved


async def test_4_3_an_unknown_id_is_none(scores: ScoresConvex) -> None:
    assert await scores.get_score_by_id(id="?") is None


@pytest.mark.parametrize(
    "value",
    [
        {"$schema": "https://json-schema.org", "type": "object"},
        {"tools": [{"parameters": {"$ref": "#"}}]},
        {"schlüssel": 1, "": 2, "名": "é"},
        {"$integer": "AAAAAAAAAAA="},
        '{"$schema": 1}',
        "42",
        "",
        "\n\t\n42",
        "\n\t\nno json",
        [[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]],
        {"long": [0] * 9000},
        {f"k{n}": n for n in range(1500)},
        {"nanoseconds": 1_700_000_000_123_456_789},
        None,
        0,
        [None],
    ],
    ids=lambda value: repr(value)[:24],
)
async def test_4_3_and_5_14_any_json_comes_back_from_a_column(
    scores: ScoresConvex, value: Any
) -> None:
    """Convex refuses `$`-keys, which tool schemas have, and keys that are not ASCII."""
    saved = await scores.save_score(new(id="s1", input=value, metadata={"v": value}))
    assert (saved.input, saved.metadata) == (value, {"v": value})
    assert await scores.get_score_by_id(id="s1") == saved


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=6)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text("$aé_\n", max_size=3), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(value=json_values)
async def test_4_3_columns_round_trip(scores: ScoresConvex, value: Any) -> None:
    saved = await scores.save_score(new(id="s1", output=value))
    assert saved.output == value
    assert await scores.get_score_by_id(id="s1") == saved


async def test_4_3_and_5_13_typescript_reads_native_values_and_else_json_text(
    writer: Writer,
) -> None:
    scores = ScoresConvex(client=writer.client)
    await scores.save_score(new(metadata={"$x": [1, "é"]}))
    [row] = await writer.rows(TABLE)
    assert row["scorer"] == LEAST["scorer"]
    assert row["input"] == LEAST["input"]
    assert row["metadata"].strip() == '{"$x":[1,"é"]}'
    # What is None is left out: nulls made the published adapter's writes fail.
    assert not {"reason", "organizationId", "projectId"} & row.keys()


async def test_3_8_what_typescript_stored_is_read(writer: Writer) -> None:
    """TypeScript leaves a text that is JSON a text, and stores nulls in JSON columns."""
    scores = ScoresConvex(client=writer.client)
    time = "2024-01-01T00:00:00.000Z"
    row = {
        "id": "s1",
        "scorerId": "tone",
        "runId": "r",
        "scorer": {"id": "tone"},
        "score": 1,
        "input": '{"a": 1}',
        "output": "[1]",
        "metadata": None,
        "entity": {"n": 1.0},
        "source": "TEST",
        "createdAt": time,
        "updatedAt": time,
    }
    await writer.insert(TABLE, row)
    score = await scores.get_score_by_id(id="s1")
    assert score is not None
    assert (score.input, score.output, score.metadata) == ('{"a": 1}', "[1]", None)
    assert isinstance(score.entity["n"], int)
    assert score.created_at == datetime(2024, 1, 1, tzinfo=UTC)


async def stored(writer: Writer) -> None:
    """Six scores, of one instant each pair; the newer were stored first."""
    rows = [
        {"scorerId": "tone", "runId": "r1", "entityId": "a", "entityType": "AGENT"},
        {"scorerId": "tone", "runId": "r2", "entityId": "a", "entityType": "WORKFLOW"},
        {"scorerId": "bias", "runId": "r1", "entityId": "a", "entityType": "AGENT"},
        {"scorerId": "tone", "runId": "r1", "entityId": "b", "entityType": "AGENT"},
        {"scorerId": "tone", "runId": "r1", "traceId": "t", "spanId": "x"},
        {"scorerId": "bias", "runId": "r2", "traceId": "t", "spanId": "y"},
    ]
    for n, row in enumerate(rows):
        time = f"2024-01-01T00:00:{9 - n // 2:02}.000Z"
        fixed = {"scorer": {}, "input": 1, "output": 2, "score": n, "createdAt": time}
        more = {"source": "LIVE" if n % 2 else "TEST", "organizationId": f"o{n % 3}"}
        await writer.insert(
            TABLE, {"id": f"s{n}", **fixed, **more, "updatedAt": time, "projectId": "p", **row}
        )


Listing = Callable[[ScoresConvex], Awaitable[ScorePage]]


@pytest.mark.parametrize(
    ("listing", "found"),
    [
        (lambda s: s.list_scores_by_scorer_id(scorer_id="tone"), ["s1", "s0", "s3", "s4"]),
        (
            lambda s: s.list_scores_by_scorer_id(scorer_id="tone", entity_id="a"),
            ["s1", "s0"],
        ),
        (
            lambda s: s.list_scores_by_scorer_id(
                scorer_id="tone", entity_id="a", entity_type="AGENT"
            ),
            ["s0"],
        ),
        (lambda s: s.list_scores_by_scorer_id(scorer_id="tone", source="TEST"), ["s0", "s4"]),
        (
            lambda s: s.list_scores_by_scorer_id(scorer_id="tone", organization_id="o0"),
            ["s0", "s3"],
        ),
        (
            lambda s: s.list_scores_by_scorer_id(
                scorer_id="tone", organization_id="o0", project_id="q"
            ),
            [],
        ),
        (lambda s: s.list_scores_by_run_id(run_id="r1"), ["s0", "s3", "s2", "s4"]),
        (lambda s: s.list_scores_by_run_id(run_id="r1", organization_id="o1"), ["s4"]),
        (lambda s: s.list_scores_by_run_id(run_id="?"), []),
        (
            lambda s: s.list_scores_by_entity_id(entity_id="a", entity_type="AGENT"),
            ["s0", "s2"],
        ),
        (
            lambda s: s.list_scores_by_entity_id(
                entity_id="a", entity_type="AGENT", project_id="p", organization_id="o2"
            ),
            ["s2"],
        ),
        (lambda s: s.list_scores_by_span(trace_id="t", span_id="y"), ["s5"]),
        (lambda s: s.list_scores_by_span(trace_id="t", span_id="x", project_id="q"), []),
    ],
)
async def test_4_3_lists_are_of_what_was_asked_newest_first(
    writer: Writer, listing: Listing, found: list[str]
) -> None:
    await stored(writer)
    page = await listing(ScoresConvex(client=writer.client))
    assert ids(page) == found
    assert (page.total, page.page, page.per_page, page.has_more) == (len(found), 0, 100, False)


@pytest.mark.parametrize(
    ("paging", "found", "more"),
    [
        ({"per_page": 3}, ["s1", "s0", "s3"], True),
        ({"per_page": 3, "page": 1}, ["s4"], False),
        ({"per_page": 2, "page": 1}, ["s3", "s4"], False),
        ({"per_page": 3, "page": 2}, [], False),
        ({"per_page": 0}, [], True),
        ({"per_page": False}, ["s1", "s0", "s3", "s4"], False),
        ({"per_page": "all", "page": 0}, ["s1", "s0", "s3", "s4"], False),
    ],
)
async def test_4_3_pages_of_a_list(
    writer: Writer, paging: dict[str, Any], found: list[str], *, more: bool
) -> None:
    await stored(writer)
    scores = ScoresConvex(client=writer.client)
    page = await scores.list_scores_by_scorer_id(scorer_id="tone", **paging)
    assert (ids(page), page.total, page.has_more) == (found, 4, more)
    assert page.page == paging.get("page", 0)
    assert page.per_page == (0 if paging["per_page"] == 0 else page.per_page)


async def test_4_3_clear_all_leaves_nothing(scores: ScoresConvex) -> None:
    for _ in range(30):
        await scores.save_score(new())
    await scores.dangerously_clear_all()
    assert (await scores.list_scores_by_run_id(run_id="r")).total == 0


@OURS
async def test_4_3_a_score_above_one_mebibyte_is_refused_and_nothing_is_stored(
    scores: ScoresConvex,
) -> None:
    with pytest.raises(MastraError, match="at most 1048576") as caught:
        await scores.save_score(new(id="s1", input="é" * 600_000))
    assert caught.value.details["code"] == "DocumentTooLarge"
    assert await scores.get_score_by_id(id="s1") is None


@OURS
async def test_5_4_a_list_reads_the_scores_it_is_of_and_no_others(
    scores: ScoresConvex,
) -> None:
    # More than the 16 MiB that one function may read.
    for n in range(18):
        await scores.save_score(new(id=f"n{n}", scorer_id="noise", run_id="n", input="x" * 10**6))
    await scores.save_score(new(trace_id="t", span_id="s"))
    noise = await scores.list_scores_by_scorer_id(scorer_id="noise", per_page=1)
    assert (noise.total, ids(noise)) == (18, ["n17"])
    for page in (
        await scores.list_scores_by_scorer_id(scorer_id="tone"),
        await scores.list_scores_by_run_id(run_id="r"),
        await scores.list_scores_by_span(trace_id="t", span_id="s"),
    ):
        assert page.total == 1
