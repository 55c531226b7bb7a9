"""The storage handler on observational memory (§4.7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.mastra import Mastra, Row, at, ids, own, refused

pytestmark = pytest.mark.anyio

MEMORY = "mastra_observational_memory"


def memory(id_: str, generation: float = 0, **columns: object) -> Row:
    numbers = ("pendingMessageTokens", "totalTokensObserved", "observationTokenCount")
    flags = ("isObserving", "isReflecting", "isBufferingObservation", "isBufferingReflection")
    return {
        "id": id_,
        "lookupKey": "thread:t",
        "scope": "thread",
        "resourceId": "ada",
        "threadId": "t",
        "activeObservations": "",
        "originType": "initial",
        "config": "{}",
        "generationCount": float(generation),
        "lastBufferedAtTokens": 0.0,
        "createdAt": at(generation),
        "updatedAt": at(generation),
        **dict.fromkeys(numbers, 0.0),
        **dict.fromkeys(flags, False),
        **columns,
    }


def chunk(cycle: str, message_tokens: float, tokens: float = 1, **fields: object) -> Row:
    row = {"cycleId": cycle, "observations": f"saw {cycle}", "tokenCount": float(tokens)}
    row |= {"messageTokens": float(message_tokens), "messageIds": [f"m-{cycle}"]}
    return {"id": f"ombuf-{cycle}", **row, "lastObservedAt": at(5), "createdAt": at(5), **fields}


def buffered(*chunks: Row) -> Row:
    return {"bufferedObservationChunks": json.dumps(chunks)}


# A threshold so high that what must remain is less than 5 % of what may.
WIDE = {"messageTokensThreshold": 60_000.0, "currentPendingTokens": 60_000.0}


async def only(mastra: Mastra) -> Row:
    [row] = await mastra.rows(MEMORY)
    return row


async def swap(mastra: Mastra, **fields: object) -> Any:
    given = {"activationRatio": 0.5, "messageTokensThreshold": 4e3, "currentPendingTokens": 4e3}
    return await mastra.result("omSwapBuffered", MEMORY, id="a", now=at(9), **{**given, **fields})


async def test_the_latest_generation_and_its_history(mastra: Mastra) -> None:
    await mastra.insert(MEMORY, *(memory(f"g{n}", n) for n in range(4)))
    await mastra.insert(MEMORY, memory("other", 9, lookupKey="resource:ada"))
    latest = await mastra.result("omGetLatest", MEMORY, lookupKey="thread:t")
    assert latest["id"] == "g3"
    assert await mastra.result("omGetLatest", MEMORY, lookupKey="thread:?") is None

    async def history(**bounds: object) -> list[str]:
        found = await mastra.result("omGetHistory", MEMORY, lookupKey="thread:t", **bounds)
        return ids(found)

    assert await history(limit=2.0) == ["g3", "g2"]
    assert await history(**{"from": at(1), "to": at(2)}, limit=10.0) == ["g2", "g1"]
    assert await history(limit=2.0, offset=1.0) == ["g2", "g1"]
    assert await history(limit=0.0) == []
    assert await history() == ["g3", "g2", "g1", "g0"]


async def test_active_observations_are_replaced_and_counted(mastra: Mastra) -> None:
    stored: Row = {
        "totalTokensObserved": 10.0,
        "pendingMessageTokens": 7.0,
        "observedMessageIds": ["m"],
    }
    await mastra.insert(MEMORY, memory("a", **stored))
    update = {"id": "a", "observations": "new", "lastObservedAt": at(3), "updatedAt": at(4)}
    await mastra.result("omUpdateActive", MEMORY, **update, tokenCount=5.0, observedMessageIds=None)
    row = await only(mastra)
    assert row["observedMessageIds"] == ["m"]
    assert (row["activeObservations"], row["observationTokenCount"]) == ("new", 5)
    assert (row["totalTokensObserved"], row["pendingMessageTokens"]) == (15, 0)
    await mastra.result("omUpdateActive", MEMORY, **update, tokenCount=-1.0, observedMessageIds=[])
    row = await only(mastra)
    assert (row["observationTokenCount"], row["totalTokensObserved"]) == (0, 15)
    assert row["observedMessageIds"] == []


async def test_a_cycle_is_buffered_once(mastra: Mastra) -> None:
    await mastra.insert(MEMORY, memory("a"))
    for cycle in ("one", "two", "one"):
        await mastra.result(
            "omAppendBufferedChunk",
            MEMORY,
            id="a",
            chunk=chunk(cycle, 10),
            lastBufferedAtTime=at(2),
            updatedAt=at(2),
        )
    row = await only(mastra)
    chunks = json.loads(row["bufferedObservationChunks"])
    assert [c["cycleId"] for c in chunks] == ["one", "two"]
    assert row["lastBufferedAtTime"] == at(2)


@pytest.mark.parametrize(
    ("tokens", "fields", "activated"),
    [
        ((1000, 1500, 500), {}, 2),  # 2000 shall go: 2500 reach it
        ((1000, 1000, 500), {}, 2),
        ((1000, 2990, 1), {}, 1),  # too little would remain
        ((1000, 2990, 1), {"forceMaxActivation": True}, 1),
        ((900, 800), {}, 2),  # nothing reaches it
        ((0, 0), {"currentPendingTokens": 10.0}, 1),
        ((3990,), {}, 1),
        ((29_000, 29_600), WIDE, 1),  # 58,600 are over by more than 95 %
        ((29_000, 29_600), {**WIDE, "forceMaxActivation": True}, 2),
        ((2000,), {"activationRatio": 1.0, "currentPendingTokens": 2000.0}, 1),
    ],
)
async def test_which_chunks_are_activated(
    mastra: Mastra, tokens: tuple[int, ...], fields: Row, activated: int
) -> None:
    chunks = [chunk(f"c{n}", size) for n, size in enumerate(tokens)]
    await mastra.insert(MEMORY, memory("a", **buffered(*chunks)))
    assert (await swap(mastra, **fields))["chunksActivated"] == activated
    left = (await only(mastra))["bufferedObservationChunks"]
    assert len(json.loads(left or "[]")) == len(tokens) - activated


async def test_activation_moves_text_and_tokens(mastra: Mastra) -> None:
    one = chunk("one", 1200, 3)
    two = chunk("two", 1200, 4, currentTask="cook", lastObservedAt=at(6))
    stored: Row = {"activeObservations": "old", "pendingMessageTokens": 50.0}
    await mastra.insert(MEMORY, memory("a", **stored, **buffered(one, two, chunk("three", 5))))
    assert await swap(mastra) == {
        "chunksActivated": 2,
        "messageTokensActivated": 2400,
        "observationTokensActivated": 7,
        "messagesActivated": 2,
        "activatedCycleIds": ["one", "two"],
        "activatedMessageIds": ["m-one", "m-two"],
        "observations": "saw one\n\nsaw two",
        "perChunk": [
            {
                "cycleId": name,
                "messageTokens": 1200,
                "observationTokens": tokens,
                "messageCount": 1,
                "observations": f"saw {name}",
            }
            for name, tokens in (("one", 3), ("two", 4))
        ],
        "currentTask": "cook",
    }
    row = await only(mastra)
    separator = f"\n\n--- message boundary ({at(6)}) ---\n\n"
    assert row["activeObservations"] == f"old{separator}saw one\n\nsaw two"
    assert (row["observationTokenCount"], row["pendingMessageTokens"]) == (7, 0)
    assert row["lastObservedAt"] == at(6)


async def test_nothing_buffered_activates_nothing(mastra: Mastra) -> None:
    await mastra.insert(MEMORY, memory("a", bufferedObservationChunks="no JSON"))
    before = await only(mastra)
    assert await swap(mastra, bufferedChunks=[chunk("x", 1)]) == {
        "chunksActivated": 0,
        "messageTokensActivated": 0,
        "observationTokensActivated": 0,
        "messagesActivated": 0,
        "activatedCycleIds": [],
        "activatedMessageIds": [],
    }
    assert await only(mastra) == before


async def test_given_chunks_take_the_place_of_the_stored(mastra: Mastra) -> None:
    await mastra.insert(MEMORY, memory("a", **buffered(chunk("stored", 60))))
    told = await swap(mastra, bufferedChunks=[chunk("given", 60)], lastObservedAt=at(8))
    assert told["activatedCycleIds"] == ["given"]
    row = await only(mastra)
    assert (row["activeObservations"], row["lastObservedAt"]) == ("saw given", at(8))


async def test_a_buffered_reflection_begins_a_generation(mastra: Mastra) -> None:
    stored: Row = {
        "activeObservations": "1\n2\n\n3 ",
        "totalTokensObserved": 40.0,
        "metadata": "{}",
    }
    await mastra.insert(MEMORY, memory("a", lastObservedAt=at(7), **stored))
    for text in ("short", "more"):
        counts = {"tokenCount": 2.0, "inputTokenCount": 9.0, "reflectedObservationLineCount": 2.0}
        fields = {"id": "a", "reflection": text, "updatedAt": at(8), **counts}
        await mastra.result("omUpdateBufferedReflection", MEMORY, **fields)
    # What the caller believes of the record is old.
    stale = {**memory("a"), "totalTokensObserved": 1.0, "lastObservedAt": at(1)}
    swapped = {"currentRecord": stale, "newId": "b", "tokenCount": 6.0, "now": at(9)}
    new = own(await mastra.result("omSwapBufferedReflection", MEMORY, **swapped))
    assert new["activeObservations"] == "short\n\nmore\n\n3"
    assert (new["generationCount"], new["originType"]) == (1, "reflection")
    assert (new["totalTokensObserved"], new["lastObservedAt"]) == (40, at(7))
    old, stored_new = await mastra.rows(MEMORY)
    assert stored_new == new
    assert (old["bufferedReflection"], old["bufferedReflectionTokens"]) == (None, None)
    with refused("NothingBuffered", "No buffered reflection to swap"):
        await mastra.handle("omSwapBufferedReflection", MEMORY, **{**swapped, "newId": "c"})


async def test_settings_are_merged_at_every_depth(mastra: Mastra) -> None:
    await mastra.insert(MEMORY, memory("a", config='{"a":{"b":1,"c":2},"d":[1]}'))
    config = '{"a":{"b":3,"$x":{"é":null}},"d":[2],"__proto__":{"e":1}}'
    await mastra.result("omUpdateConfig", MEMORY, id="a", config=config, updatedAt=at(5))
    merged = json.loads((await only(mastra))["config"])
    assert merged == {
        "a": {"b": 3, "c": 2, "$x": {"é": None}},
        "d": [2],
        "__proto__": {"e": 1},
    }


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("omUpdateActive", {}),
        ("omAppendBufferedChunk", {}),
        ("omSwapBuffered", {}),
        ("omUpdateBufferedReflection", {}),
        ("omUpdateConfig", {}),
        ("omSwapBufferedReflection", {"currentRecord": {"id": "?"}}),
    ],
)
async def test_a_record_that_is_not_there_is_named(mastra: Mastra, op: str, fields: Row) -> None:
    with refused("ObservationalMemoryNotFound", "memory record not found: ?"):
        await mastra.handle(op, MEMORY, id="?", now=at(0), updatedAt=at(0), **fields)
