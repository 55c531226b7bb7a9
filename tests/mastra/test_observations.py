"""Observational memory (§4.7), on our functions and on the published ones alone."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import evolve

from aioconvex.mastra import (
    ConvexAdminClient,
    DateRange,
    ExtractionFailure,
    MastraError,
    MemoryConvex,
    ObservationalMemory,
)
from mastra.early_rows import Writer
from mastra.memory import OURS, at
from mastra.observations import FLAGS, begun, chunk, flags, latest, stored, swap

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """What other tests show on both event loops are tasks and lost replies."""
    return "asyncio"


PUBLISHED = pytest.mark.parametrize("functions", ["published"])
ODD = {"$schema": {"": 1}, "ключ": [None, {"$ref": "#"}], "n": 0.5}


async def test_4_7_the_key_is_the_thread_or_else_the_resource(memory: MemoryConvex) -> None:
    of_thread = await begun(memory)
    of_resource = await begun(memory, thread_id=None, scope="resource")
    assert (of_thread.lookup_key, of_resource.lookup_key) == ("thread:t", "resource:ada")
    find = memory.get_observational_memory
    assert await find(thread_id="t", resource_id="ada") == of_thread
    assert await find(thread_id="t", resource_id="anybody") == of_thread
    assert await find(resource_id="ada") == of_resource
    assert await find(thread_id="ada", resource_id="t") is None


def test_4_7_supports_observational_memory() -> None:
    assert MemoryConvex.supports_observational_memory is True


async def test_4_7_get_gives_the_highest_generation(memory: MemoryConvex) -> None:
    for generation in (1, 3, 2):
        await stored(memory, f"g{generation}", generation_count=generation)
    assert (await latest(memory)).id == "g3"


async def test_4_7_history_is_newest_first_within_dates_then_offset_then_limit(
    memory: MemoryConvex,
) -> None:
    for generation in range(13):
        await stored(
            memory,
            f"g{generation}",
            generation_count=generation,
            created_at=at(generation),
        )
    await stored(memory, "other", thread_id="u", generation_count=99)

    async def history(**given: Any) -> list[str]:
        found = await memory.get_observational_memory_history(
            thread_id="t", resource_id="ada", **given
        )
        assert all(record.lookup_key == "thread:t" for record in found)
        return [record.id for record in found]

    newest_first = [f"g{n}" for n in reversed(range(13))]
    assert await history() == newest_first[:10]
    assert await history(limit=None) == newest_first
    assert await history(limit=0) == []
    assert await history(limit=3, offset=2) == ["g10", "g9", "g8"]
    assert await history(offset=20) == []
    both = DateRange(start=at(2), end=at(6))
    assert await history(date_range=both) == ["g6", "g5", "g4", "g3", "g2"]
    assert await history(date_range=both, offset=1, limit=2) == ["g5", "g4"]
    inner = evolve(both, start_exclusive=True, end_exclusive=True)
    assert await history(date_range=inner) == ["g5", "g4", "g3"]
    assert await history(date_range=DateRange(start=at(11))) == ["g12", "g11"]


@OURS
async def test_a_history_may_be_larger_than_one_call_reads(memory: MemoryConvex) -> None:
    for generation in range(14):
        # Two of each generation: the place between calls may lie between them.
        await stored(
            memory,
            f"g{generation}",
            generation_count=generation // 2,
            active_observations="x" * 1_000_000,
        )
    found = await memory.get_observational_memory_history(
        thread_id="t", resource_id="ada", limit=None, offset=1
    )
    assert [record.id for record in found] == [f"g{n}" for n in reversed(range(13))]


async def test_4_7_initialize_begins_with_generation_0(memory: MemoryConvex) -> None:
    config = {"observation": {"messageTokens": 30_000}, "$any": [None, "ü"]}
    record = await begun(memory, config=config, observed_timezone="Europe/Berlin")
    assert (record.generation_count, record.origin_type) == (0, "initial")
    assert (record.observation_token_count, record.total_tokens_observed) == (0, 0)
    assert (record.pending_message_tokens, record.last_buffered_at_tokens) == (0, 0)
    assert not any(getattr(record, name) for name in FLAGS)
    assert record.last_observed_at is None
    assert record.config == config
    assert await latest(memory) == record


async def test_4_7_insert_stores_a_whole_record(memory: MemoryConvex) -> None:
    record = await stored(
        memory,
        scope="resource",
        origin_type="reflection",
        generation_count=4,
        active_observations="Grüße\n\U0001f30d",
        active_observations_pending_update="earlier",
        observation_token_count=7,
        total_tokens_observed=70.5,
        pending_message_tokens=3,
        observed_message_ids=["m1", "m2"],
        observed_timezone="UTC",
        buffered_observation_chunks=[
            chunk("one"),
            chunk(
                "two",
                suggested_continuation="",
                current_task="cook",
                thread_title="Tea",
                extracted_values=ODD,
                extraction_failures=[ExtractionFailure(slug="s", error="e")],
            ),
        ],
        buffered_observations="old",
        buffered_observation_tokens=1,
        buffered_message_ids=["m3"],
        buffered_reflection="short",
        buffered_reflection_tokens=2,
        buffered_reflection_input_tokens=9,
        reflected_observation_line_count=2,
        **flags(value=True),
        last_buffered_at_tokens=5,
        last_buffered_at_time=at(1),
        last_observed_at=at(2),
        last_reflection_at=at(3),
        config=ODD,
        metadata=ODD,
        created_at=at(4),
        updated_at=at(5),
    )
    assert await latest(memory) == record
    # Stored anew it is replaced, also by what is left out.
    assert await stored(memory) == await latest(memory)


async def test_4_7_a_memory_is_cloned_by_inserting_its_records(memory: MemoryConvex) -> None:
    await stored(memory, "g0", active_observations="first")
    await stored(memory, "g1", generation_count=1, buffered_observation_chunks=[chunk("one")])
    history = memory.get_observational_memory_history
    source = await history(thread_id="t", resource_id="ada", limit=None)
    clones = [evolve(record, id=f"{record.id}-clone", thread_id="u") for record in source]
    for clone in clones:
        await memory.insert_observational_memory_record(record=clone)
    assert await history(thread_id="u", resource_id="ada", limit=None) == clones
    assert await history(thread_id="t", resource_id="ada", limit=None) == source


async def test_4_7_update_active_replaces_the_text_and_adds_to_the_total(
    memory: MemoryConvex,
) -> None:
    before = await stored(
        memory,
        active_observations="old",
        total_tokens_observed=10,
        pending_message_tokens=7,
        observed_message_ids=["m"],
        buffered_observation_chunks=[chunk("one")],
    )
    await memory.update_active_observations(
        id="r",
        observations="new",
        token_count=5,
        last_observed_at=at(3),
        observed_message_ids=["a", "b"],
    )
    record = await latest(memory)
    assert record.updated_at > before.updated_at
    assert evolve(record, updated_at=before.updated_at) == evolve(
        before,
        active_observations="new",
        observation_token_count=5,
        total_tokens_observed=15,
        pending_message_tokens=0,
        last_observed_at=at(3),
        observed_message_ids=["a", "b"],
    )


async def test_4_7_observed_ids_stay_when_they_are_left_out(memory: MemoryConvex) -> None:
    await stored(memory, observed_message_ids=["m"])
    update = memory.update_active_observations
    await update(id="r", observations="new", token_count=1, last_observed_at=at(3))
    assert (await latest(memory)).observed_message_ids == ("m",)
    await update(
        id="r", observations="", token_count=0, last_observed_at=at(3), observed_message_ids=[]
    )
    record = await latest(memory)
    assert (record.active_observations, record.observed_message_ids) == ("", ())


@pytest.mark.parametrize("tokens", [-1.0, "7"])
async def test_4_7_an_invalid_count_of_tokens_is_0_for_the_functions(
    memory: MemoryConvex, client: ConvexAdminClient, tokens: object
) -> None:
    """Which this package refuses to send, but others do not."""
    await stored(memory, total_tokens_observed=4, observation_token_count=4)
    await client.call_storage(
        {
            "op": "omUpdateActive",
            "tableName": "mastra_observational_memory",
            "id": "r",
            "observations": "new",
            "tokenCount": tokens,
            "lastObservedAt": "2024-01-01T00:00:00.000Z",
            "observedMessageIds": None,
            "updatedAt": "2024-01-01T00:00:00.000Z",
        }
    )
    record = await latest(memory)
    assert (record.observation_token_count, record.total_tokens_observed) == (0, 4)


async def test_4_7_update_buffered_observations_appends(memory: MemoryConvex) -> None:
    record = await begun(memory)
    chunks = [
        chunk("one"),
        chunk(
            "two",
            message_ids=[],
            message_tokens=0,
            token_count=2.5,
            observations="Zoë \U0001f30d\n東京",
            suggested_continuation="ask",
            current_task="cook",
            thread_title="Tea",
            extracted_values={"name": "Ada", "tags": [1, None, {"deep": True}]},
            extraction_failures=[ExtractionFailure(slug="s", error="e")],
        ),
    ]
    for item in chunks:
        await memory.update_buffered_observations(id=record.id, chunk=item)
    after = await latest(memory)
    assert after.buffered_observation_chunks == tuple(chunks)
    assert after.last_buffered_at_time is None
    await memory.update_buffered_observations(
        id=record.id, chunk=chunk("three"), last_buffered_at_time=at(9)
    )
    assert (await latest(memory)).last_buffered_at_time == at(9)
    await memory.update_buffered_observations(id=record.id, chunk=chunk("four"))
    after = await latest(memory)
    assert after.last_buffered_at_time == at(9)
    assert len(after.buffered_observation_chunks) == 4


async def test_4_7_a_cycle_that_is_buffered_is_ignored(memory: MemoryConvex) -> None:
    record = await begun(memory)
    for item in (chunk("one"), chunk("two"), chunk("one", observations="again", id="other")):
        await memory.update_buffered_observations(id=record.id, chunk=item)
    assert (await latest(memory)).buffered_observation_chunks == (chunk("one"), chunk("two"))


@OURS
async def test_extracted_values_may_have_any_keys(memory: MemoryConvex) -> None:
    await stored(memory)
    odd = chunk("odd", 3000, extracted_values=ODD)
    await memory.update_buffered_observations(id="r", chunk=odd)
    assert (await latest(memory)).buffered_observation_chunks == (odd,)
    assert (await swap(memory, buffered_chunks=[odd])).chunks_activated == 1


@PUBLISHED
async def test_extracted_values_that_the_published_functions_cannot_take_are_not_sent(
    memory: MemoryConvex, client: ConvexAdminClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await stored(memory)
    with monkeypatch.context() as patched:
        patched.delattr(client, "_views")  # nothing can be sent
        with pytest.raises(MastraError, match="needs the functions of this package") as caught:
            await memory.update_buffered_observations(
                id="r", chunk=chunk("odd", extracted_values=ODD)
            )
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_UPDATE_BUFFERED_OBSERVATIONS_NOT_SUPPORTED"
    assert await latest(memory) == before


async def test_4_7_activation_without_chunks_answers_zero(memory: MemoryConvex) -> None:
    before = await stored(memory)
    result = await swap(memory)
    assert (result.chunks_activated, result.messages_activated) == (0, 0)
    assert (result.message_tokens_activated, result.observation_tokens_activated) == (0, 0)
    assert (result.activated_cycle_ids, result.activated_message_ids) == ([], ())
    assert (result.per_chunk, result.observations) == ((), None)
    assert (result.suggested_continuation, result.current_task) == (None, None)
    assert await swap(memory, buffered_chunks=[chunk("given", 3000)]) == result
    assert await latest(memory) == before


async def test_4_7_activation_moves_text_and_tokens(memory: MemoryConvex) -> None:
    one = chunk("one", 1200, token_count=3)
    hints = {"current_task": "cook", "suggested_continuation": "ask"}
    two = chunk("two", 1200, token_count=4, last_observed_at=at(7), **hints)
    three = chunk("three", 5, current_task="later")
    await stored(
        memory,
        active_observations="old",
        observation_token_count=2,
        pending_message_tokens=2500,
        buffered_observation_chunks=[one, two, three],
    )
    result = await swap(memory)
    assert result.chunks_activated == 2
    assert (result.message_tokens_activated, result.observation_tokens_activated) == (2400, 7)
    assert result.messages_activated == 2
    assert result.activated_cycle_ids == ["one", "two"]
    assert result.activated_message_ids == ("m-one", "m-two")
    assert result.observations == "saw one\n\nsaw two"
    first, _second = result.per_chunk
    assert (first.cycle_id, first.observations) == ("one", "saw one")
    assert (first.message_tokens, first.observation_tokens, first.message_count) == (1200, 3, 1)
    assert (result.current_task, result.suggested_continuation) == ("cook", "ask")
    record = await latest(memory)
    separator = "\n\n--- message boundary (2024-01-01T00:00:07.000Z) ---\n\n"
    assert record.active_observations == f"old{separator}saw one\n\nsaw two"
    assert (record.observation_token_count, record.pending_message_tokens) == (9, 100)
    assert record.buffered_observation_chunks == (three,)
    assert record.last_observed_at == at(7)
    # The rest; no more tokens are pending than there are.
    await swap(memory, last_observed_at=at(30))
    record = await latest(memory)
    assert record.active_observations.endswith(
        "--- message boundary (2024-01-01T00:00:30.000Z) ---\n\nsaw three"
    )
    assert (record.buffered_observation_chunks, record.pending_message_tokens) == ((), 95)
    assert record.last_observed_at == at(30)


async def test_4_7_there_is_no_separator_before_the_first_observations(
    memory: MemoryConvex,
) -> None:
    await stored(memory, pending_message_tokens=1, buffered_observation_chunks=[chunk("one", 2000)])
    await swap(memory)
    record = await latest(memory)
    assert (record.active_observations, record.pending_message_tokens) == ("saw one", 0)
    assert record.last_observed_at == at(5)


async def test_4_7_given_chunks_count_instead_of_the_stored_ones(memory: MemoryConvex) -> None:
    one, two = chunk("one", 900), chunk("two", 900)
    await stored(memory, buffered_observation_chunks=[one, two])
    assert (await swap(memory, buffered_chunks=[])).chunks_activated == 0
    result = await swap(memory, buffered_chunks=[evolve(one, message_tokens=2100), two])
    assert (result.chunks_activated, result.message_tokens_activated) == (1, 2100)
    assert (await latest(memory)).buffered_observation_chunks == (two,)


async def test_given_chunks_neither_lose_nor_bring_back_others(memory: MemoryConvex) -> None:
    """As when others were buffered, and some became active, since the caller has read them."""
    gone, one, new = chunk("gone", 9), chunk("one", 9), chunk("new", 9)
    await stored(memory, buffered_observation_chunks=[one, new])
    result = await swap(memory, buffered_chunks=[gone, evolve(one, message_tokens=2100)])
    assert result.activated_cycle_ids == ["one"]
    record = await latest(memory)
    assert (record.active_observations, record.buffered_observation_chunks) == ("saw one", (new,))


async def test_4_7_create_reflection_generation(memory: MemoryConvex) -> None:
    before = await stored(
        memory,
        config={"a": 1},
        metadata={"b": 2},
        observed_timezone="UTC",
        total_tokens_observed=40,
        observation_token_count=40,
        pending_message_tokens=5,
        observed_message_ids=["m"],
        active_observations="long",
        buffered_observation_chunks=[chunk("one")],
        buffered_reflection="waiting",
        last_observed_at=at(3),
        last_buffered_at_tokens=7,
        last_buffered_at_time=at(4),
        **flags(value=True),
    )
    record = await memory.create_reflection_generation(
        current_record=before, reflection="short", token_count=6
    )
    assert await latest(memory) == record
    assert record.last_reflection_at == record.created_at == record.updated_at > before.created_at
    times: dict[str, Any] = {"created_at": record.created_at, "updated_at": record.updated_at}
    assert record == ObservationalMemory(
        id=record.id,
        scope="thread",
        thread_id="t",
        resource_id="ada",
        origin_type="reflection",
        generation_count=1,
        active_observations="short",
        observation_token_count=6,
        total_tokens_observed=40,
        observed_timezone="UTC",
        config={"a": 1},
        metadata={"b": 2},
        last_observed_at=at(3),
        last_reflection_at=record.created_at,
        **times,
    )
    older = await memory.get_observational_memory_history(thread_id="t", resource_id="ada")
    assert older == [record, before]


async def test_4_7_update_buffered_reflection_adds(memory: MemoryConvex) -> None:
    await stored(memory)
    for text, lines in (("short", 2), ("more", 5)):
        await memory.update_buffered_reflection(
            id="r",
            reflection=text,
            token_count=2,
            input_token_count=9,
            reflected_observation_line_count=lines,
        )
    record = await latest(memory)
    assert record.buffered_reflection == "short\n\nmore"
    assert (record.buffered_reflection_tokens, record.buffered_reflection_input_tokens) == (4, 18)
    assert record.reflected_observation_line_count == 5


@pytest.mark.parametrize(
    ("active", "lines", "expected"),
    [
        ("1\n2\n\n3 ", 2, "short\n\n3"),
        ("1\n2", 2, "short"),
        ("1\n2\n \n", 2, "short"),
        ("1\n2", None, "short\n\n1\n2"),
        ("", 3, "short"),
    ],
)
async def test_4_7_a_buffered_reflection_begins_a_generation(
    memory: MemoryConvex, active: str, lines: int | None, expected: str
) -> None:
    before = await stored(
        memory,
        active_observations=active,
        buffered_reflection="short",
        buffered_reflection_tokens=1,
        buffered_reflection_input_tokens=2,
        reflected_observation_line_count=lines,
    )
    record = await memory.swap_buffered_reflection_to_active(current_record=before, token_count=6)
    assert record.active_observations == expected
    assert (record.generation_count, record.origin_type) == (1, "reflection")
    assert (record.observation_token_count, record.buffered_reflection) == (6, None)
    new, old = await memory.get_observational_memory_history(thread_id="t", resource_id="ada")
    assert new == record
    assert evolve(old, updated_at=before.updated_at) == evolve(
        before,
        buffered_reflection=None,
        buffered_reflection_tokens=None,
        buffered_reflection_input_tokens=None,
        reflected_observation_line_count=None,
    )


async def test_4_7_a_swapped_reflection_goes_by_what_is_stored(memory: MemoryConvex) -> None:
    """The caller's record may be older (§5.19)."""
    current: dict[str, Any] = {
        "total_tokens_observed": 40,
        "last_observed_at": at(9),
        "metadata": {"n": 2},
    }
    await stored(memory, buffered_reflection="short", **current)
    stale = ObservationalMemory(id="r", scope="thread", thread_id="t", resource_id="ada")
    record = await memory.swap_buffered_reflection_to_active(current_record=stale, token_count=6)
    assert (record.total_tokens_observed, record.last_observed_at) == (40, at(9))
    assert record.metadata == {"n": 2}


async def test_4_7_nothing_buffered_is_nothing_to_swap(memory: MemoryConvex) -> None:
    record = await stored(memory)
    with pytest.raises(MastraError, match="No buffered reflection to swap") as caught:
        await memory.swap_buffered_reflection_to_active(current_record=record, token_count=1)
    assert caught.value.id == (
        "MASTRA_STORAGE_CONVEX_SWAP_BUFFERED_REFLECTION_TO_ACTIVE_NOTHING_BUFFERED"
    )
    assert await latest(memory) == record


async def test_4_7_flags_and_pending_tokens_are_set(memory: MemoryConvex) -> None:
    before = await stored(memory, last_buffered_at_tokens=3)
    for value in (True, False):
        await memory.set_observing_flag(id="r", is_observing=value)
        await memory.set_reflecting_flag(id="r", is_reflecting=value)
        await memory.set_buffering_observation_flag(id="r", is_buffering=value)
        await memory.set_buffering_reflection_flag(id="r", is_buffering=value)
        record = await latest(memory)
        assert record.updated_at > before.updated_at
        assert evolve(record, updated_at=before.updated_at) == evolve(before, **flags(value=value))
    await memory.set_buffering_observation_flag(
        id="r", is_buffering=True, last_buffered_at_tokens=0
    )
    await memory.set_pending_message_tokens(id="r", token_count=12.5)
    record = await latest(memory)
    assert (record.is_buffering_observation, record.last_buffered_at_tokens) == (True, 0)
    assert record.pending_message_tokens == 12.5


CHANGES: dict[str, Callable[[MemoryConvex], Awaitable[object]]] = {
    "UPDATE_ACTIVE_OBSERVATIONS": lambda memory: memory.update_active_observations(
        id="?", observations="", token_count=0, last_observed_at=at(0)
    ),
    "UPDATE_BUFFERED_OBSERVATIONS": lambda memory: memory.update_buffered_observations(
        id="?", chunk=chunk("one")
    ),
    "SWAP_BUFFERED_TO_ACTIVE": lambda memory: swap(memory, id="?"),
    "CREATE_REFLECTION_GENERATION": lambda memory: memory.create_reflection_generation(
        current_record=ObservationalMemory(id="?", scope="thread", resource_id="ada"),
        reflection="",
        token_count=0,
    ),
    "UPDATE_BUFFERED_REFLECTION": lambda memory: memory.update_buffered_reflection(
        id="?",
        reflection="",
        token_count=0,
        input_token_count=0,
        reflected_observation_line_count=0,
    ),
    "SWAP_BUFFERED_REFLECTION_TO_ACTIVE": lambda memory: memory.swap_buffered_reflection_to_active(
        current_record=ObservationalMemory(id="?", scope="thread", resource_id="ada"),
        token_count=0,
    ),
    "SET_OBSERVING_FLAG": lambda memory: memory.set_observing_flag(id="?", is_observing=True),
    "SET_REFLECTING_FLAG": lambda memory: memory.set_reflecting_flag(id="?", is_reflecting=True),
    "SET_BUFFERING_OBSERVATION_FLAG": lambda memory: memory.set_buffering_observation_flag(
        id="?", is_buffering=True
    ),
    "SET_BUFFERING_REFLECTION_FLAG": lambda memory: memory.set_buffering_reflection_flag(
        id="?", is_buffering=True
    ),
    "SET_PENDING_MESSAGE_TOKENS": lambda memory: memory.set_pending_message_tokens(
        id="?", token_count=1
    ),
    "UPDATE_OBSERVATIONAL_MEMORY_CONFIG": lambda memory: memory.update_observational_memory_config(
        id="?", config={}
    ),
}


async def test_4_7_a_record_that_is_not_there_is_named(memory: MemoryConvex) -> None:
    for op, change in CHANGES.items():
        with pytest.raises(MastraError, match=r"memory record not found: \?") as caught:
            await change(memory)
        assert caught.value.id == f"MASTRA_STORAGE_CONVEX_{op}_NOT_FOUND"
        assert (caught.value.domain, caught.value.category) == ("STORAGE", "THIRD_PARTY")
        assert caught.value.details == {"id": "?"}
    assert await memory.get_observational_memory(resource_id="ada") is None


async def test_4_7_settings_are_merged_at_every_depth(memory: MemoryConvex) -> None:
    await stored(memory, config={"a": {"b": 1, "c": {"d": 2}}, "e": [1], "f": 1})
    change = {"a": {"b": None, "c": {"$x": {"é": 1}}}, "e": [2], "f": {"g": 1}}
    await memory.update_observational_memory_config(id="r", config=change)
    assert (await latest(memory)).config == {
        "a": {"b": None, "c": {"d": 2, "$x": {"é": 1}}},
        "e": [2],
        "f": {"g": 1},
    }


async def test_4_7_clear_deletes_all_generations_of_the_key(memory: MemoryConvex) -> None:
    for generation in range(16):
        await stored(memory, f"g{generation}", generation_count=generation)
    other = await stored(memory, "other", thread_id=None)
    for _ in range(2):
        await memory.clear_observational_memory(thread_id="t", resource_id="ada")
        history = memory.get_observational_memory_history
        assert await history(thread_id="t", resource_id="ada") == []
    assert await memory.get_observational_memory(resource_id="ada") == other


async def test_4_1_dangerously_clear_all_clears_observational_memory(
    memory: MemoryConvex, client: ConvexAdminClient
) -> None:
    record = await begun(memory)
    await memory.update_buffered_observations(id=record.id, chunk=chunk("one"))
    await memory.dangerously_clear_all()
    assert await memory.get_observational_memory(thread_id="t", resource_id="ada") is None
    rest = {"op": "queryTable", "tableName": "mastra_observation_receipts"}
    assert await client.call_storage(rest) == []


async def test_3_8_rows_of_other_releases_are_read(writer: Writer, functions: str) -> None:
    """Columns that are absent or null, or hold what nobody writes today; new fields of chunks."""
    memory = MemoryConvex(client=writer.client)
    times = {"createdAt": "2024-01-01T00:00:00.000Z", "updatedAt": "none"}
    numbers = [
        *("generationCount", "pendingMessageTokens", "totalTokensObserved"),
        *("observationTokenCount", "lastBufferedAtTokens"),
    ]
    names = ("isObserving", "isReflecting", "isBufferingObservation", "isBufferingReflection")
    row = {
        "id": "r",
        "lookupKey": "thread:t",
        "scope": "thread",
        "threadId": "t",
        "resourceId": None,
        "activeObservations": "",
        "originType": "initial",
        "config": "no JSON",
        "metadata": "[1]",
        "observedMessageIds": None,
        "bufferedObservationChunks": json.dumps(
            [
                {"observations": "saw it", "tokenCount": 1, "invented": {"$new": 1}},
                {"id": "c", "extractionFailures": ["?", {"slug": "s"}], "extractedValues": 3},
                "no chunk",
            ]
        ),
        **times,
        **dict.fromkeys(numbers, 0.0),
        **dict.fromkeys(names, False),
    }
    await writer.insert("mastra_observational_memory", row)
    record = await latest(memory)
    assert (record.config, record.metadata, record.resource_id) == ({}, None, "")
    assert (record.created_at, record.updated_at.year) == (at(0), 1970)
    one, two = record.buffered_observation_chunks
    assert (one.observations, one.cycle_id, one.message_ids) == ("saw it", "", ())
    assert (two.id, two.extracted_values) == ("c", None)
    assert two.extraction_failures == (ExtractionFailure(slug="s", error=""),)
    await memory.update_buffered_observations(id="r", chunk=chunk("new"))
    [stored_row] = await writer.rows("mastra_observational_memory")
    kept, *_ = json.loads(stored_row["bufferedObservationChunks"])
    assert kept["invented"] == {"$new": 1}
    if functions == "ours":  # the published ones would store NaN
        assert (await swap(memory)).chunks_activated == 3
        assert (await latest(memory)).observation_token_count == 2
