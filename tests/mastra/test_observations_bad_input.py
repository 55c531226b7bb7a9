"""Wrong arguments of observational memory are refused before anything is sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

import httpx
import pytest
from attrs import evolve

from aioconvex import ConvexClient
from aioconvex.errors import ArgumentError
from aioconvex.mastra import (
    DateRange,
    ExtractionFailure,
    MastraError,
    MemoryConvex,
    ObservationalMemory,
    ObservationChunk,
)
from mastra.memory import at
from mastra.observations import chunk

pytestmark = pytest.mark.anyio

NAIVE = datetime(2024, 1, 1)  # noqa: DTZ001  # what is refused
RECORD = ObservationalMemory(id="r", scope="thread", resource_id="ada")


def refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"sent: {request.url}")


@pytest.fixture
async def memory() -> AsyncGenerator[MemoryConvex]:
    """Memory on a deployment that must not be called."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as http:
        convex = ConvexClient("https://happy-animal-123.convex.cloud", http_client=http)
        yield MemoryConvex(client=convex)


NOT_AMOUNTS = [-1, -0.5, float("nan"), float("inf"), True, "1", None, 2**60, 10**400]
NOT_COUNTS = [-1, 1.5, True, "1", 2**60]
RECORD_FAULTS: list[dict[str, Any]] = [
    {"id": ""},
    {"resource_id": " "},
    {"thread_id": ""},
    {"scope": "user"},
    {"origin_type": "copy"},
    {"generation_count": -1},
    {"generation_count": 1.5},
    {"active_observations": None},
    {"buffered_reflection": 7},
    {"observed_timezone": 7},
    {"observation_token_count": float("nan")},
    {"total_tokens_observed": -1},
    {"pending_message_tokens": True},
    {"buffered_reflection_tokens": "1"},
    {"reflected_observation_line_count": -1},
    {"is_observing": 1},
    {"is_buffering_reflection": None},
    {"observed_message_ids": [1]},
    {"observed_message_ids": [""]},
    {"buffered_observation_chunks": [{"cycleId": "c"}]},
    {"buffered_observation_chunks": [evolve(chunk("c"), token_count=-1)]},
    {"config": None},
    {"config": {"n": float("nan")}},
    {"metadata": [1]},
]
CHUNK_FAULTS: list[dict[str, Any]] = [
    {"id": ""},
    {"cycle_id": ""},
    {"cycle_id": None},
    {"observations": None},
    {"token_count": -1},
    {"token_count": float("nan")},
    {"message_tokens": True},
    {"message_ids": [3]},
    {"current_task": 3},
    {"extracted_values": [1]},
    {"extracted_values": {"x": float("inf")}},
    {"extracted_values": {"x": at(0)}},
    {"extraction_failures": [{"slug": "s", "error": "e"}]},
    {"extraction_failures": [ExtractionFailure(slug="s", error=1)]},  # type: ignore[arg-type]
]


def given(**more: Any) -> dict[str, Any]:
    return {"id": "r", **more}


async def refused(memory: MemoryConvex, method: str, *wrongs: dict[str, Any]) -> None:
    """Call a method with arguments of which each is wrong."""
    for wrong in wrongs:
        with pytest.raises(ArgumentError) as caught:
            await getattr(memory, method)(**wrong)
        assert caught.value.path, wrong


async def test_ids(memory: MemoryConvex) -> None:
    initial = {"scope": "thread", "config": {}}
    for method, more in (
        ("get_observational_memory", {}),
        ("get_observational_memory_history", {}),
        ("initialize_observational_memory", initial),
        ("clear_observational_memory", {}),
    ):
        await refused(
            memory,
            method,
            {"thread_id": "", "resource_id": "ada", **more},
            {"thread_id": "t", "resource_id": "", **more},
            {"thread_id": "t", "resource_id": None, **more},
            {"thread_id": 7, "resource_id": "ada", **more},
        )
    for flag in ("observing", "reflecting"):
        await refused(memory, f"set_{flag}_flag", given(id="", **{f"is_{flag}": True}))
    await refused(memory, "set_pending_message_tokens", given(id=" ", token_count=1))
    await refused(memory, "update_observational_memory_config", given(id=None, config={}))
    await refused(memory, "update_buffered_observations", given(id="", chunk=chunk("c")))


async def test_a_history(memory: MemoryConvex) -> None:
    key = {"resource_id": "ada"}
    wrong = [{name: value} for name in ("limit", "offset") for value in NOT_COUNTS]
    await refused(memory, "get_observational_memory_history", *({**key, **w} for w in wrong))
    with pytest.raises(ArgumentError):
        DateRange(start=NAIVE)


async def test_a_new_memory(memory: MemoryConvex) -> None:
    key = {"resource_id": "ada", "scope": "thread", "config": {}}
    await refused(
        memory,
        "initialize_observational_memory",
        {**key, "scope": "user"},
        {**key, "config": None},
        {**key, "config": {"a": {1: 2}}},
        {**key, "observed_timezone": ""},
    )


@pytest.mark.parametrize("fault", RECORD_FAULTS, ids=str)
async def test_a_record(memory: MemoryConvex, fault: dict[str, Any]) -> None:
    await refused(memory, "insert_observational_memory_record", {"record": evolve(RECORD, **fault)})


async def test_what_is_no_record(memory: MemoryConvex) -> None:
    await refused(memory, "insert_observational_memory_record", {"record": {"id": "r"}})
    wrong: Any = {"id": "r"}
    await refused(
        memory,
        "swap_buffered_reflection_to_active",
        {"current_record": wrong, "token_count": 1},
        {"current_record": evolve(RECORD, id=""), "token_count": 1},
    )
    await refused(
        memory,
        "create_reflection_generation",
        {"current_record": wrong, "reflection": "", "token_count": 1},
        {"current_record": RECORD, "reflection": None, "token_count": 1},
    )


@pytest.mark.parametrize("fault", CHUNK_FAULTS, ids=str)
async def test_a_chunk(memory: MemoryConvex, fault: dict[str, Any]) -> None:
    wrong = evolve(chunk("c"), **fault)
    await refused(memory, "update_buffered_observations", given(chunk=wrong))
    pressure = {"message_tokens_threshold": 1, "current_pending_tokens": 1}
    swap = given(activation_ratio=1, **pressure, buffered_chunks=[chunk("b"), wrong])
    await refused(memory, "swap_buffered_to_active", swap)


def test_times_and_lists_of_records_and_chunks() -> None:
    wrong: list[dict[str, Any]] = [
        {"created_at": NAIVE},
        {"last_observed_at": NAIVE},
        {"last_observed_at": "2024-01-01"},
        {"message_ids": "m1"},
        {"message_ids": 3},
        {"message_ids": None},
    ]
    for fault in wrong:
        with pytest.raises(ArgumentError):
            chunk("c", **fault)
    for name in ("updated_at", "last_reflection_at", "last_buffered_at_time"):
        naive: dict[str, Any] = {name: NAIVE}
        with pytest.raises(ArgumentError, match="naive"):
            evolve(RECORD, **naive)
    text: Any = "one"
    with pytest.raises(ArgumentError, match="no list"):
        evolve(RECORD, buffered_observation_chunks=text)


async def test_numbers_of_tokens(memory: MemoryConvex) -> None:
    active = given(observations="", last_observed_at=at(0))
    reflection = given(reflection="", reflected_observation_line_count=1)
    both = {"token_count": 1, "input_token_count": 1}
    pressure = {"message_tokens_threshold": 1, "current_pending_tokens": 1, "activation_ratio": 1}
    for wrong in NOT_AMOUNTS:
        await refused(memory, "update_active_observations", {**active, "token_count": wrong})
        for name in both:
            await refused(memory, "update_buffered_reflection", {**reflection, **both, name: wrong})
        for name in pressure:
            await refused(memory, "swap_buffered_to_active", given(**{**pressure, name: wrong}))
        for method, more in (
            ("swap_buffered_reflection_to_active", {}),
            ("create_reflection_generation", {"reflection": ""}),
        ):
            await refused(memory, method, {"current_record": RECORD, "token_count": wrong, **more})
        if wrong is not None:
            await refused(
                memory,
                "set_buffering_observation_flag",
                given(is_buffering=True, last_buffered_at_tokens=wrong),
            )
        with pytest.raises(MastraError, match="finite non-negative number") as caught:
            await memory.set_pending_message_tokens(id="r", token_count=wrong)  # type: ignore[arg-type]
        assert caught.value.id == ("MASTRA_STORAGE_CONVEX_SET_PENDING_MESSAGE_TOKENS_INVALID_INPUT")
        assert caught.value.category == "USER"
    for lines in (*NOT_COUNTS, None):
        await refused(
            memory,
            "update_buffered_reflection",
            given(reflection="", **both, reflected_observation_line_count=lines),
        )


async def test_ratios_flags_times_and_texts(memory: MemoryConvex) -> None:
    pressure = {"message_tokens_threshold": 1, "current_pending_tokens": 1, "activation_ratio": 1}
    await refused(
        memory,
        "swap_buffered_to_active",
        given(**{**pressure, "activation_ratio": 1.01}),
        given(**pressure, force_max_activation=1),
        given(**pressure, last_observed_at=NAIVE),
        given(**pressure, buffered_chunks=[{"cycleId": "c"}]),
    )
    active = {"observations": "", "token_count": 1, "last_observed_at": at(0)}
    await refused(
        memory,
        "update_active_observations",
        given(**{**active, "observations": None}),
        given(**{**active, "last_observed_at": NAIVE}),
        given(**{**active, "last_observed_at": None}),
        given(**active, observed_message_ids="m1"),
        given(**active, observed_message_ids=[None]),
    )
    await refused(
        memory,
        "update_buffered_observations",
        given(chunk=chunk("c"), last_buffered_at_time=NAIVE),
        given(chunk=None),
    )
    for flag in (0, 1, None, "true"):
        await refused(memory, "set_observing_flag", given(is_observing=flag))
        await refused(memory, "set_reflecting_flag", given(is_reflecting=flag))
        await refused(memory, "set_buffering_observation_flag", given(is_buffering=flag))
        await refused(memory, "set_buffering_reflection_flag", given(is_buffering=flag))
    await refused(
        memory,
        "update_observational_memory_config",
        given(config=[1]),
        given(config={"x": float("nan")}),
    )


def test_a_chunk_has_an_id_and_a_time_of_its_own() -> None:
    one, two = (
        ObservationChunk(
            cycle_id="c",
            observations="",
            token_count=0,
            message_ids=[],
            message_tokens=0,
            last_observed_at=at(0),
        )
        for _ in range(2)
    )
    assert one.id.startswith("ombuf-")
    assert one.id != two.id
    assert one.created_at.microsecond % 1000 == 0
