"""Observational memory through our own functions, `convex/mastra/observations.ts`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from attrs import asdict

from aioconvex._types import UNSET
from aioconvex.mastra._generated.models import NewMastraObservationalMemory
from aioconvex.mastra._rows import json_text, now, time_text

from .rows import activation_of, chunk_columns, chunks_text, record_columns, record_of

if TYPE_CHECKING:
    from aioconvex.mastra._client import ConvexAdminClient
    from aioconvex.mastra._generated.models import (
        HistoryArgsAfter,
        MastraObservationalMemory,
    )

    from .backend import Activation, Observed, Period, Reflection, State
    from .models import ActivationResult, ObservationalMemory, ObservationChunk

__all__ = ["TypedObservations"]


class TypedObservations:
    """An `ObservationBackend` whose changes are transactions that may be asked for twice."""

    def __init__(self, client: ConvexAdminClient) -> None:
        self._client = client
        self._functions = client.api.mastra.observations

    async def latest(self, key: str) -> ObservationalMemory | None:
        """Find the latest generation; see `ObservationBackend`, here and below."""
        row = await self._functions.latest(lookup_key=key)
        return None if row is None else _read(row)

    async def history(self, key: str, wanted: Period) -> list[ObservationalMemory]:
        """List generations, in as many calls as it takes."""
        rows: list[MastraObservationalMemory] = []
        passed = 0
        after: HistoryArgsAfter | None = None
        while True:
            part = await self._functions.history(
                lookup_key=key,
                from_=wanted.start,
                to=wanted.end,
                skip=max(0, wanted.skip - passed),
                take=None if wanted.take is None else wanted.take - len(rows),
                after=after,
            )
            rows += part.items
            passed += int(part.matched)
            after = part.rest
            if after is None:
                return [_read(row) for row in rows]

    async def save(self, record: ObservationalMemory) -> None:
        """Store a generation."""
        row = NewMastraObservationalMemory(**record_columns(record))
        await self._client.repeat(partial(self._functions.save, record=row, key=_key()))

    async def update_active(self, record_id: str, observed: Observed) -> bool:
        """Replace the active observations."""
        call = partial(
            self._functions.update_active,
            id=record_id,
            key=_key(),
            observations=observed.observations,
            token_count=observed.token_count,
            last_observed_at=observed.last_observed_at,
            observed_message_ids=observed.message_ids,
        )
        return await self._client.repeat(call)

    async def append_chunk(
        self, record_id: str, chunk: ObservationChunk, last_buffered_at_time: str | None
    ) -> bool:
        """Buffer a chunk."""
        call = partial(
            self._functions.append_chunk,
            id=record_id,
            key=_key(),
            chunk=json_text(chunk_columns(chunk, "chunk"), "chunk"),
            last_buffered_at_time=last_buffered_at_time,
        )
        return await self._client.repeat(call)

    async def activate(self, record_id: str, wanted: Activation) -> ActivationResult | None:
        """Move buffered chunks to the active observations."""
        chunks = wanted.chunks
        call = partial(
            self._functions.activate,
            id=record_id,
            key=_key(),
            activation_ratio=wanted.activation_ratio,
            message_tokens_threshold=wanted.message_tokens_threshold,
            current_pending_tokens=wanted.current_pending_tokens,
            force_max_activation=wanted.force_max_activation,
            last_observed_at=wanted.last_observed_at,
            chunks=None if chunks is None else chunks_text(chunks, "buffered_chunks"),
        )
        answer = await self._client.repeat(call)
        return None if answer is None else activation_of(answer, getattr)

    async def append_reflection(self, record_id: str, reflection: Reflection) -> bool:
        """Add to the buffered reflection."""
        call = partial(
            self._functions.append_reflection,
            id=record_id,
            key=_key(),
            reflection=reflection.reflection,
            token_count=reflection.token_count,
            input_token_count=reflection.input_token_count,
            reflected_observation_line_count=reflection.line_count,
        )
        return await self._client.repeat(call)

    async def begin_generation(
        self, record_id: str, reflection: str, token_count: float
    ) -> ObservationalMemory | None:
        """Begin a generation with a reflection."""
        call = partial(
            self._functions.create_reflection_generation,
            id=record_id,
            new_id=str(uuid4()),
            reflection=reflection,
            token_count=token_count,
        )
        row = await self._client.repeat(call)
        return None if row is None else _read(row)

    async def swap_reflection(
        self, record_id: str, token_count: float
    ) -> ObservationalMemory | None:
        """Begin a generation with the buffered reflection."""
        call = partial(
            self._functions.swap_buffered_reflection_to_active,
            id=record_id,
            new_id=str(uuid4()),
            token_count=token_count,
        )
        row = await self._client.repeat(call)
        return None if row is None else _read(row)

    async def set_state(self, record_id: str, state: State) -> bool:
        """Set flags and counts."""
        call = partial(self._functions.set_state, id=record_id, **asdict(state))
        return await self._client.repeat(call)

    async def update_config(self, record_id: str, config: str) -> bool:
        """Merge settings."""
        call = partial(self._functions.update_config, id=record_id, config=config)
        return await self._client.repeat(call)

    async def clear(self, key: str) -> None:
        """Delete all generations, a part of them in each call."""
        more = True
        while more:
            result = await self._client.repeat(partial(self._functions.clear, lookup_key=key))
            more = result.has_more


def _key() -> str:
    # Of one record, later changes should have greater keys: see `convex/mastra/receipts.ts`.
    return f"{time_text(now(), 'now')} {uuid4()}"


def _read(row: MastraObservationalMemory) -> ObservationalMemory:
    def column(name: str) -> Any:
        value = getattr(row, name)
        return None if value is UNSET else value

    return record_of(column)
