"""Observational memory goes as in Mastra's own in-memory storage, whatever is done to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from attrs import asdict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioconvex._codec import camel
from aioconvex.mastra import (
    ActivationResult,
    MastraError,
    MemoryConvex,
    ObservationalMemory,
    ObservationChunk,
)
from aioconvex.mastra._rows import time_text
from mastra.memory import at
from mastra.npm import Driver, Npm, NpmError
from mastra.observations import begun, chunk, latest

pytestmark = pytest.mark.anyio

Json = dict[str, Any]

references = count()


@pytest.fixture
def anyio_backend() -> str:
    """What is compared is done by the deployment: one event loop is enough."""
    return "asyncio"


cycles = st.sampled_from(["a", "b", "c", "d", "e", "f"])
sizes = st.sampled_from([0, 400, 900, 1600, 2500])
texts = st.sampled_from(["", "one", "one\ntwo", "one\n\ntwo\n three "])
seconds = st.integers(1, 9).map(at)
chunks = st.builds(
    chunk,
    cycle=cycles,
    message_tokens=sizes,
    token_count=st.integers(0, 9),
    last_observed_at=seconds,
    current_task=st.sampled_from([None, "cook"]),
    suggested_continuation=st.sampled_from([None, "ask"]),
)


def step(name: str, **fields: Any) -> Any:
    return st.tuples(st.just(name), st.fixed_dictionaries(fields))


steps = st.one_of(
    step("updateBufferedObservations", chunk=chunks),
    step("updateBufferedObservations", chunk=chunks, lastBufferedAtTime=seconds),
    step(
        "swapBufferedToActive",
        activationRatio=st.sampled_from([0, 0.5, 0.8, 1]),
        messageTokensThreshold=st.sampled_from([1000, 4000]),
        currentPendingTokens=st.sampled_from([0, 900, 4000, 7000]),
        forceMaxActivation=st.booleans(),
    ),
    step(
        "updateActiveObservations",
        observations=texts,
        tokenCount=st.integers(0, 50),
        lastObservedAt=seconds,
    ),
    step(
        "updateActiveObservations",
        observations=texts,
        tokenCount=st.integers(0, 50),
        lastObservedAt=seconds,
        observedMessageIds=st.lists(st.sampled_from(["m1", "m2"]), min_size=1),
    ),
    step(
        "updateBufferedReflection",
        reflection=st.sampled_from(["short", "r\ns"]),
        tokenCount=st.integers(0, 9),
        inputTokenCount=st.integers(0, 9),
        reflectedObservationLineCount=st.integers(0, 3),
    ),
    step("swapBufferedReflectionToActive", tokenCount=st.integers(0, 9)),
    step("createReflectionGeneration", reflection=texts, tokenCount=st.integers(0, 9)),
    step(
        "updateObservationalMemoryConfig",
        config=st.sampled_from([{"a": {"b": 2}}, {"a": 1}, {"a": {"c": [1]}}]),
    ),
    step("setPendingMessageTokens", tokenCount=sizes),
)

# What each side makes up itself, or carries on by rules of its own (§4.7).
APART = frozenset({"id", "createdAt", "updatedAt", "lastReflectionAt", "metadata"})


def as_theirs(value: Any) -> Any:
    """A value of ours as TypeScript has it in JSON."""
    if isinstance(value, Mapping):
        return {camel(name): as_theirs(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_theirs(item) for item in value]
    return time_text(value, "time") if isinstance(value, datetime) else value


def compared(value: Any) -> Any:
    """A record or a result without what may differ, and what is left out or empty."""
    if isinstance(value, list):
        return [compared(item) for item in value]
    if not isinstance(value, dict):
        return value
    rest = {name: compared(item) for name, item in value.items() if name not in APART}
    if not str(rest.get("lastObservedAt")).startswith("2024"):
        # In a new generation of which nothing was observed, theirs says now.
        rest.pop("lastObservedAt", None)
    return {name: item for name, item in rest.items() if item not in (None, [], False)}


class Both:
    """The same memory on both sides."""

    def __init__(self, memory: MemoryConvex, reference: Npm) -> None:
        self._memory = memory
        self._reference = reference

    async def begin(self) -> None:
        names = {"threadId": "t", "resourceId": "ada", "scope": "thread", "config": {"a": {"b": 1}}}
        await begun(self._memory, config=names["config"])
        await self._reference.memory("initializeObservationalMemory", names)
        observed = {"observations": "1\n2\n3\n4", "tokenCount": 7, "lastObservedAt": at(0)}
        await self.do("updateActiveObservations", observed)
        await self.do("setPendingMessageTokens", {"tokenCount": 5000})
        await self.do("updateBufferedObservations", {"chunk": chunk("first", 700)})

    async def records(self) -> tuple[ObservationalMemory, Json]:
        theirs = await self._reference.memory("getObservationalMemory", "t", "ada")
        return await latest(self._memory), theirs

    async def do(self, method: str, fields: Json) -> None:
        """Do a step on both sides, and compare what they answer and what there is then."""
        ours, theirs = await self.records()
        try:
            their_result = await self._theirs(method, fields, theirs)
        except NpmError as error:
            with pytest.raises(MastraError, match="No buffered reflection"):
                await self._ours(method, fields, ours)
            assert "No buffered reflection" in str(error)
        else:
            our_result = await self._ours(method, fields, ours)
            if isinstance(our_result, ActivationResult):
                told = as_theirs(asdict(our_result))
                assert compared(told).items() <= compared(their_result).items()
                assert our_result.observations == their_result.get("observations")
                assert our_result.activated_cycle_ids == their_result["activatedCycleIds"]
                assert our_result.messages_activated == their_result["messagesActivated"]
        ours, theirs = await self.records()
        assert compared(as_theirs(asdict(ours))) == compared(theirs)

    async def _theirs(self, method: str, fields: Json, record: Json) -> Any:
        if method == "setPendingMessageTokens":
            return await self._reference.memory(method, record["id"], fields["tokenCount"])
        sent = {
            name: {camel(key): item for key, item in asdict(value).items() if item is not None}
            if isinstance(value, ObservationChunk)
            else value
            for name, value in fields.items()
        }
        named = {"currentRecord": record} if method in GENERATIONS else {"id": record["id"]}
        return await self._reference.memory(method, {**named, **sent})

    async def _ours(self, method: str, fields: Json, record: ObservationalMemory) -> Any:
        given = {snake(name): value for name, value in fields.items()}
        named: Json = {"current_record": record} if method in GENERATIONS else {"id": record.id}
        return await getattr(self._memory, snake(method))(**named, **given)


GENERATIONS = frozenset({"swapBufferedReflectionToActive", "createReflectionGeneration"})


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.lists(steps, min_size=4, max_size=10))
async def test_4_7_a_memory_goes_as_in_mastras_own_storage(
    memory: MemoryConvex, driver: Driver, drawn: list[tuple[str, Json]]
) -> None:
    await memory.clear_observational_memory(thread_id="t", resource_id="ada")
    both = Both(memory, Npm(driver, f"memory:observations-{next(references)}", ""))
    await both.begin()
    for method, fields in drawn:
        await both.do(method, fields)
