"""Observational memory: the npm package works on what we stored, and we on what it stored.

Once with our functions deployed, and once with only those of the npm package.
"""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from aioconvex.mastra import DateRange, MastraError, ObservationalMemory
from mastra.npm import NpmError
from mastra.observations import chunk, latest, stored, swap
from mastra.pair import ANY_KEYS, START, Json, Pair, after, any_keys, ids, iso, plain

pytestmark = pytest.mark.anyio

KEY = ("t", "ada")
ON, OFF = True, False
PRESSURE = {"activationRatio": 0.5, "messageTokensThreshold": 4000, "currentPendingTokens": 4000}


@pytest.fixture
def anyio_backend() -> str:
    """What is exchanged is the same on each event loop."""
    return "asyncio"


def their_chunk(cycle: str, tokens: float = 10, **fields: Any) -> Json:
    names = {"cycleId": cycle, "observations": f"saw {cycle}", "messageIds": [f"m-{cycle}"]}
    counts = {"tokenCount": 1, "messageTokens": tokens}
    return {**names, **counts, "lastObservedAt": START, **fields}


async def begun_by_theirs(pair: Pair, **fields: Any) -> ObservationalMemory:
    names = {"threadId": "t", "resourceId": "ada", "scope": "thread", "config": {}}
    await pair.npm.memory("initializeObservationalMemory", {**names, **fields})
    return await latest(pair.memory)


async def theirs(pair: Pair) -> Json:
    found: Json = await pair.npm.memory("getObservationalMemory", *KEY)
    return found


def dated(record: Json) -> Json:
    """A record that they answered, as they want it back."""
    names = {"createdAt", "updatedAt", "lastObservedAt", "lastBufferedAtTime"}
    return {k: {"$date": v} if k in names and v is not None else v for k, v in record.items()}


@any_keys
async def test_a_memory_of_theirs_is_ours(pair: Pair, value: Json) -> None:
    ours = await begun_by_theirs(pair, config=value, observedTimezone="Europe/Berlin")
    their = await theirs(pair)
    assert (ours.id, ours.lookup_key, ours.scope) == (their["id"], "thread:t", "thread")
    assert (ours.config, ours.observed_timezone) == (value, "Europe/Berlin")
    assert (iso(ours.created_at), iso(ours.updated_at)) == (their["createdAt"], their["updatedAt"])
    assert (ours.generation_count, ours.origin_type) == (0, "initial")
    assert ours.buffered_observation_chunks == ()


@any_keys
async def test_a_memory_of_ours_is_theirs(pair: Pair, value: Json) -> None:
    ours = await stored(
        pair.memory,
        thread_id=None,
        scope="resource",
        config=value,
        metadata=value,
        active_observations="Grüße \U0001f30d",
        generation_count=2,
        total_tokens_observed=9,
        observed_message_ids=["m"],
        is_observing=True,
        last_observed_at=START,
        buffered_observation_chunks=[chunk("one", extracted_values=value)],
    )
    their = await pair.npm.memory("getObservationalMemory", None, "ada")
    assert (their["id"], their["scope"], their["threadId"]) == ("r", "resource", None)
    assert (their["config"], their["metadata"]) == (value, value)
    assert their["activeObservations"] == ours.active_observations
    assert (their["generationCount"], their["totalTokensObserved"]) == (2, 9)
    assert (their["observedMessageIds"], their["isObserving"]) == (["m"], True)
    assert their["lastObservedAt"] == iso(START)
    [buffered] = their["bufferedObservationChunks"]
    assert (buffered["cycleId"], buffered["extractedValues"]) == ("one", value)
    assert buffered["lastObservedAt"] == "2024-01-01T00:00:05.000Z"


@plain
async def test_a_chunk_of_theirs_is_ours(pair: Pair, value: Json) -> None:
    record = await begun_by_theirs(pair)
    more = {"extractedValues": value, "threadTitle": "Tee ☕", "currentTask": "cook"}
    failures = [{"slug": "s", "error": "é"}]
    sent = their_chunk("one", 30, **more, extractionFailures=failures)
    await pair.npm.memory(
        "updateBufferedObservations",
        {"id": record.id, "chunk": sent, "lastBufferedAtTime": after(1)},
    )
    found = await latest(pair.memory)
    [ours] = found.buffered_observation_chunks
    assert ours.id.startswith("ombuf-")
    assert (ours.cycle_id, ours.message_ids, ours.message_tokens) == ("one", ("m-one",), 30)
    assert (ours.extracted_values, ours.thread_title) == (value, "Tee ☕")
    assert ours.extraction_failures is not None
    assert [(f.slug, f.error) for f in ours.extraction_failures] == [("s", "é")]
    assert (ours.last_observed_at, found.last_buffered_at_time) == (START, after(1))


async def test_each_activates_the_others_chunks(pair: Pair) -> None:
    await stored(pair.memory, pending_message_tokens=5000)
    await pair.memory.update_buffered_observations(id="r", chunk=chunk("ours", 1500))
    given = {"id": "r", "chunk": their_chunk("theirs", 900, suggestedContinuation="ask")}
    await pair.npm.memory("updateBufferedObservations", given)
    await pair.memory.update_buffered_observations(id="r", chunk=chunk("rest", 2500))
    told = await pair.npm.memory("swapBufferedToActive", {"id": "r", **PRESSURE})
    assert told["activatedCycleIds"] == ["ours", "theirs"]
    assert (told["messageTokensActivated"], told["suggestedContinuation"]) == (2400, "ask")
    result = await swap(pair.memory)
    assert (result.activated_cycle_ids, result.message_tokens_activated) == (["rest"], 2500)
    record = await latest(pair.memory)
    assert record.active_observations == (
        "saw ours\n\nsaw theirs\n\n--- message boundary (2024-01-01T00:00:05.000Z) ---\n\nsaw rest"
    )
    assert (record.pending_message_tokens, record.buffered_observation_chunks) == (100, ())
    assert (await theirs(pair))["activeObservations"] == record.active_observations


async def test_our_result_is_theirs(pair: Pair) -> None:
    """What an activation answers is the same whoever asks."""
    chunks = [chunk("a", 1500, token_count=4), chunk("b", 900, current_task="cook")]
    await stored(pair.memory, buffered_observation_chunks=chunks)
    told = await pair.npm.memory("swapBufferedToActive", {"id": "r", **PRESSURE})
    await stored(pair.memory, buffered_observation_chunks=chunks)
    ours = await swap(pair.memory)
    assert ours.chunks_activated == told["chunksActivated"]
    assert ours.message_tokens_activated == told["messageTokensActivated"]
    assert ours.observation_tokens_activated == told["observationTokensActivated"]
    assert ours.messages_activated == told["messagesActivated"]
    assert ours.activated_cycle_ids == told["activatedCycleIds"]
    assert list(ours.activated_message_ids) == told["activatedMessageIds"]
    assert (ours.observations, ours.current_task) == (told["observations"], told["currentTask"])
    assert [(c.cycle_id, c.message_count) for c in ours.per_chunk] == [
        (c["cycleId"], c["messageCount"]) for c in told["perChunk"]
    ]


async def test_a_cycle_that_theirs_has_buffered_is_not_again(pair: Pair) -> None:
    record = await begun_by_theirs(pair)
    await pair.npm.memory(
        "updateBufferedObservations", {"id": record.id, "chunk": their_chunk("one")}
    )
    await pair.memory.update_buffered_observations(id=record.id, chunk=chunk("one"))
    assert len((await theirs(pair))["bufferedObservationChunks"]) == 1


async def test_each_replaces_the_others_observations(pair: Pair) -> None:
    record = await begun_by_theirs(pair)
    await pair.memory.update_active_observations(
        id=record.id,
        observations="ours",
        token_count=3,
        last_observed_at=START,
        observed_message_ids=["m1"],
    )
    their = await theirs(pair)
    assert (their["activeObservations"], their["totalTokensObserved"]) == ("ours", 3)
    assert (their["observedMessageIds"], their["lastObservedAt"]) == (["m1"], iso(START))
    change = {"observations": "theirs", "tokenCount": 4, "lastObservedAt": after(1)}
    await pair.npm.memory(
        "updateActiveObservations", {"id": record.id, **change, "observedMessageIds": ["m2"]}
    )
    ours = await latest(pair.memory)
    assert (ours.active_observations, ours.total_tokens_observed) == ("theirs", 7)
    assert (ours.observed_message_ids, ours.last_observed_at) == (("m2",), after(1))


async def test_each_goes_on_from_the_others_reflection(pair: Pair) -> None:
    record = await stored(pair.memory, active_observations="1\n2\n3", total_tokens_observed=8)
    await pair.memory.update_buffered_reflection(
        id="r",
        reflection="short",
        token_count=1,
        input_token_count=5,
        reflected_observation_line_count=1,
    )
    more = {"reflection": "shorter", "tokenCount": 1, "inputTokenCount": 5}
    await pair.npm.memory(
        "updateBufferedReflection", {"id": "r", **more, "reflectedObservationLineCount": 2}
    )
    swapped = await pair.memory.swap_buffered_reflection_to_active(
        current_record=record, token_count=2
    )
    their = await theirs(pair)
    assert their["id"] == swapped.id
    assert their["activeObservations"] == "short\n\nshorter\n\n3"
    assert (their["generationCount"], their["totalTokensObserved"]) == (1, 8)
    await pair.npm.memory(
        "updateBufferedReflection",
        {"id": swapped.id, **more, "reflectedObservationLineCount": 99},
    )
    their = await theirs(pair)
    again = {"currentRecord": dated(their), "tokenCount": 3}
    await pair.npm.memory("swapBufferedReflectionToActive", again)
    ours = await latest(pair.memory)
    assert (ours.active_observations, ours.generation_count) == ("shorter", 2)
    assert (ours.total_tokens_observed, ours.observation_token_count) == (8, 3)


async def test_each_reflects_on_the_others_generation(pair: Pair) -> None:
    record = await begun_by_theirs(pair, config={"a": 1})
    ours = await pair.memory.create_reflection_generation(
        current_record=record, reflection="ours", token_count=2
    )
    their = await theirs(pair)
    assert (their["id"], their["generationCount"]) == (ours.id, 1)
    assert (their["activeObservations"], their["originType"]) == ("ours", "reflection")
    created = await pair.npm.memory(
        "createReflectionGeneration",
        {"currentRecord": dated(their), "reflection": "theirs", "tokenCount": 3},
    )
    newest = await latest(pair.memory)
    assert (newest.id, newest.generation_count) == (created["id"], 2)
    assert (newest.active_observations, newest.config) == ("theirs", {"a": 1})


async def test_both_see_the_same_history(pair: Pair) -> None:
    records = [
        await stored(pair.memory, f"g{n}", generation_count=n, created_at=after(n))
        for n in range(4)
    ]
    clone = {"id": "g4", "generationCount": 4, "createdAt": {"$date": iso(after(4))}}
    await pair.npm.memory("insertObservationalMemoryRecord", {**dated(await theirs(pair)), **clone})
    history = pair.memory.get_observational_memory_history
    found = await history(thread_id="t", resource_id="ada")
    assert ids(await pair.npm.memory("getObservationalMemoryHistory", *KEY)) == [
        item.id for item in found
    ]
    assert evolve(found[0], id="g3", generation_count=3, created_at=after(3)) == records[3]
    span = {"from": after(1), "to": after(3), "offset": 1}
    some = await history(
        thread_id="t",
        resource_id="ada",
        limit=2,
        date_range=DateRange(start=after(1), end=after(3)),
        offset=1,
    )
    assert ids(await pair.npm.memory("getObservationalMemoryHistory", *KEY, 2, span)) == [
        item.id for item in some
    ]


async def test_each_sets_what_the_other_reads(pair: Pair) -> None:
    record = await begun_by_theirs(pair)
    await pair.memory.set_reflecting_flag(id=record.id, is_reflecting=True)
    await pair.memory.set_pending_message_tokens(id=record.id, token_count=7)
    await pair.memory.set_buffering_observation_flag(
        id=record.id, is_buffering=True, last_buffered_at_tokens=3
    )
    their = await theirs(pair)
    assert (their["isReflecting"], their["isBufferingObservation"]) == (True, True)
    assert (their["pendingMessageTokens"], their["lastBufferedAtTokens"]) == (7, 3)
    await pair.npm.memory("setReflectingFlag", record.id, OFF)
    await pair.npm.memory("setObservingFlag", record.id, ON)
    await pair.npm.memory("setBufferingReflectionFlag", record.id, ON)
    await pair.npm.memory("setPendingMessageTokens", record.id, 8.5)
    ours = await latest(pair.memory)
    assert (ours.is_reflecting, ours.is_observing) == (False, True)
    assert (ours.is_buffering_reflection, ours.pending_message_tokens) == (True, 8.5)


async def test_each_merges_into_the_others_settings(pair: Pair) -> None:
    record = await begun_by_theirs(pair, config={"a": {"b": 1}})
    odd = ANY_KEYS["dollar"]
    await pair.memory.update_observational_memory_config(id=record.id, config={"a": {"c": odd}})
    assert (await theirs(pair))["config"] == {"a": {"b": 1, "c": odd}}
    change = {"id": record.id, "config": {"a": {"b": 2}}}
    await pair.npm.memory("updateObservationalMemoryConfig", change)
    assert (await latest(pair.memory)).config == {"a": {"b": 2, "c": odd}}


async def test_what_one_clears_is_gone_for_the_other(pair: Pair) -> None:
    record = await begun_by_theirs(pair)
    await pair.memory.update_buffered_observations(id=record.id, chunk=chunk("one"))
    await pair.memory.clear_observational_memory(thread_id="t", resource_id="ada")
    assert await pair.npm.memory("getObservationalMemory", *KEY) is None
    with pytest.raises(NpmError):
        await pair.npm.memory("setObservingFlag", record.id, ON)
    await stored(pair.memory)
    await pair.npm.memory("clearObservationalMemory", *KEY)
    with pytest.raises(MastraError):
        await pair.memory.set_observing_flag(id="r", is_observing=True)
    assert await pair.memory.get_observational_memory(thread_id="t", resource_id="ada") is None
