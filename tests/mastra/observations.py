"""What the tests of observational memory share: records and chunks."""

from __future__ import annotations

from typing import Any

from aioconvex.mastra import MemoryConvex, ObservationalMemory, ObservationChunk
from mastra.memory import at

FLAGS = ("is_observing", "is_reflecting", "is_buffering_observation", "is_buffering_reflection")


def flags(*, value: bool) -> dict[str, Any]:
    """All flags of a record."""
    return dict.fromkeys(FLAGS, value)


def chunk(cycle: str, message_tokens: float = 10, **given: Any) -> ObservationChunk:
    return ObservationChunk(
        **{
            "cycle_id": cycle,
            "observations": f"saw {cycle}",
            "token_count": 1,
            "message_ids": [f"m-{cycle}"],
            "message_tokens": message_tokens,
            "last_observed_at": at(5),
            "created_at": at(6),
            "id": f"ombuf-{cycle}",
            **given,
        }
    )


async def begun(memory: MemoryConvex, **given: Any) -> ObservationalMemory:
    """A memory of the thread `t` in which nothing is observed."""
    return await memory.initialize_observational_memory(
        **{"thread_id": "t", "resource_id": "ada", "scope": "thread", "config": {}, **given}
    )


async def stored(memory: MemoryConvex, id_: str = "r", **given: Any) -> ObservationalMemory:
    """A stored generation of the thread `t`."""
    times = {"created_at": at(0), "updated_at": at(0)}
    record = ObservationalMemory(
        **{"id": id_, "scope": "thread", "thread_id": "t", "resource_id": "ada", **times, **given}
    )
    await memory.insert_observational_memory_record(record=record)
    return record


async def latest(memory: MemoryConvex) -> ObservationalMemory:
    """The latest generation of the thread `t`."""
    record = await memory.get_observational_memory(thread_id="t", resource_id="ada")
    assert record is not None
    return record


async def swap(memory: MemoryConvex, **given: Any) -> Any:
    """Activate chunks of the record `r`, so that 2000 tokens go."""
    pressure = {"message_tokens_threshold": 4000, "current_pending_tokens": 4000}
    return await memory.swap_buffered_to_active(
        **{"id": "r", "activation_ratio": 0.5, **pressure, **given}
    )
