"""Observational memory through the storage handler alone, as `@mastra/convex` publishes it.

The handler's own changes are transactions. What it gets wrong is made right from here, with what
was read before: a cycle is buffered once, observed ids stay, and a reflection goes by what is
stored. Within this process nothing comes between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import anyio
from attrs import asdict

from aioconvex._codec import camel
from aioconvex.mastra._rows import native_or_text, now, own, time_text
from aioconvex.mastra.errors import not_supported, storage_error

from .models import ObservationalMemory
from .rows import (
    activation_of,
    chunk_columns,
    record_columns,
    record_of,
    refreshed,
    stored_chunks,
)

if TYPE_CHECKING:
    from aioconvex.mastra._client import ConvexAdminClient

    from .backend import Activation, Observed, Period, Reflection, State
    from .models import ActivationResult, ObservationChunk

__all__ = ["HandlerObservations"]

_TABLE: Final = "mastra_observational_memory"
_MOST_ROWS: Final = 10_000  # where the handler ends a list without a word
# The handler reads twice as many, each of up to 1 MiB, and Convex ends it at 16.
_DELETED_AT_ONCE: Final = 7

Row = dict[str, Any]


class HandlerObservations:
    """An `ObservationBackend` on `mastra/storage:handle`."""

    def __init__(self, client: ConvexAdminClient) -> None:
        self._client = client
        self._updating = anyio.Lock()

    async def latest(self, key: str) -> ObservationalMemory | None:
        """Find the latest generation; see `ObservationBackend`, here and below."""
        row: Row | None = await self._storage("omGetLatest", lookupKey=key)
        return None if row is None else _read(row)

    async def history(self, key: str, wanted: Period) -> list[ObservationalMemory]:
        """List generations.

        Raises:
            MastraError: there are so many that the handler would leave some out.
        """
        bounds = {"from": wanted.start, "to": wanted.end, "limit": wanted.take}
        given = {name: value for name, value in bounds.items() if value is not None}
        rows: list[Row] = await self._storage(
            "omGetHistory", lookupKey=key, offset=wanted.skip, **given
        )
        if len(rows) >= _MOST_ROWS:
            need = f"a history of {_MOST_ROWS} generations or more needs"
            raise not_supported("getObservationalMemoryHistory", need)
        return [_read(row) for row in rows]

    async def save(self, record: ObservationalMemory) -> None:
        """Store a generation."""
        columns = {camel(name): value for name, value in record_columns(record).items()}
        await self._storage("insert", record=columns)

    async def update_active(self, record_id: str, observed: Observed) -> bool:
        """Replace the active observations; ids that are left out are sent as they are stored."""
        async with self._updating:
            row = await self._load(record_id)
            if row is None:
                return False
            ids = observed.message_ids
            await self._storage(
                "omUpdateActive",
                id=record_id,
                observations=observed.observations,
                tokenCount=observed.token_count,
                lastObservedAt=observed.last_observed_at,
                observedMessageIds=row.get("observedMessageIds") if ids is None else ids,
                updatedAt=_now(),
            )
            return True

    async def append_chunk(
        self, record_id: str, chunk: ObservationChunk, last_buffered_at_time: str | None
    ) -> bool:
        """Buffer a chunk, unless its cycle is found among those that are.

        Raises:
            MastraError: the chunk has keys that Convex refuses.
        """
        columns = chunk_columns(chunk, "chunk")
        _check_native("updateBufferedObservations", [columns])
        time = (
            {} if last_buffered_at_time is None else {"lastBufferedAtTime": last_buffered_at_time}
        )
        async with self._updating:
            row = await self._load(record_id)
            if row is None:
                return False
            buffered = stored_chunks(row.get("bufferedObservationChunks"))
            if all(other.get("cycleId") != chunk.cycle_id for other in buffered):
                await self._storage(
                    "omAppendBufferedChunk", id=record_id, chunk=columns, updatedAt=_now(), **time
                )
            return True

    async def activate(self, record_id: str, wanted: Activation) -> ActivationResult | None:
        """Move buffered chunks; what is given of them is laid over those that are stored.

        Raises:
            MastraError: a chunk that is to be sent has keys that Convex refuses.
        """
        given = wanted.chunks
        chunks = None if given is None else [chunk_columns(c, "buffered_chunks") for c in given]
        options: Row = {"lastObservedAt": wanted.last_observed_at, "bufferedChunks": chunks}
        async with self._updating:
            row = await self._load(record_id)
            if row is None:
                return None
            if chunks:
                chunks = refreshed(stored_chunks(row.get("bufferedObservationChunks")), chunks)
                _check_native("swapBufferedToActive", chunks)
                options["bufferedChunks"] = chunks
            answer: Row = await self._storage(
                "omSwapBuffered",
                id=record_id,
                activationRatio=wanted.activation_ratio,
                messageTokensThreshold=wanted.message_tokens_threshold,
                currentPendingTokens=wanted.current_pending_tokens,
                forceMaxActivation=wanted.force_max_activation,
                now=_now(),
                **{name: value for name, value in options.items() if value is not None},
            )
        return activation_of(answer, _get)

    async def append_reflection(self, record_id: str, reflection: Reflection) -> bool:
        """Add to the buffered reflection."""
        if await self._load(record_id) is None:
            return False
        await self._storage(
            "omUpdateBufferedReflection",
            id=record_id,
            reflection=reflection.reflection,
            tokenCount=reflection.token_count,
            inputTokenCount=reflection.input_token_count,
            reflectedObservationLineCount=reflection.line_count,
            updatedAt=_now(),
        )
        return True

    async def begin_generation(
        self, record_id: str, reflection: str, token_count: float
    ) -> ObservationalMemory | None:
        """Begin a generation with a reflection, by what is stored of the one before."""
        async with self._updating:
            row = await self._load(record_id)
            if row is None:
                return None
            record = _next_generation(_read(row), reflection, token_count)
            await self.save(record)
            return record

    async def swap_reflection(
        self, record_id: str, token_count: float
    ) -> ObservationalMemory | None:
        """Begin a generation with the buffered reflection, by what is stored.

        Raises:
            MastraError: nothing is buffered.
        """
        async with self._updating:
            row = await self._load(record_id)
            if row is None:
                return None
            if not row.get("bufferedReflection"):
                text = "No buffered reflection to swap."
                raise storage_error("swapBufferedReflectionToActive", "NOTHING_BUFFERED", text)
            answer: Row = await self._storage(
                "omSwapBufferedReflection",
                currentRecord={name: row.get(name) for name in _CARRIED},
                newId=str(uuid4()),
                tokenCount=token_count,
                now=_now(),
            )
        return _read(answer)

    async def set_state(self, record_id: str, state: State) -> bool:
        """Set flags and counts."""
        given = {camel(name): value for name, value in asdict(state).items() if value is not None}
        record = {**given, "updatedAt": _now()}
        done: bool = await self._storage("patch", id=record_id, record=record)
        return done

    async def update_config(self, record_id: str, config: str) -> bool:
        """Merge settings; the handler merges."""
        if await self._load(record_id) is None:
            return False
        await self._storage("omUpdateConfig", id=record_id, config=config, updatedAt=_now())
        return True

    async def clear(self, key: str) -> None:
        """Delete all generations, a few in each call."""
        filters = [{"field": "lookupKey", "value": key}]
        rows: list[Row]
        while rows := await self._storage("queryTable", filters=filters, limit=_DELETED_AT_ONCE):
            await self._storage("deleteMany", ids=[row["id"] for row in rows])

    async def _load(self, record_id: str) -> Row | None:
        row: Row | None = await self._storage("load", keys={"id": record_id})
        return None if row is None else own(row)

    async def _storage(self, op: str, **fields: object) -> Any:
        return await self._client.call_storage({"op": op, "tableName": _TABLE, **fields})


# What the handler copies into a new generation.
_CARRIED: Final = (
    *("id", "lookupKey", "scope", "threadId", "resourceId", "config", "metadata"),
    *("observedTimezone", "lastObservedAt", "totalTokensObserved", "generationCount"),
)


def _next_generation(
    record: ObservationalMemory, reflection: str, token_count: float
) -> ObservationalMemory:
    time = now()
    return ObservationalMemory(
        scope=record.scope,
        thread_id=record.thread_id,
        resource_id=record.resource_id,
        origin_type="reflection",
        generation_count=record.generation_count + 1,
        active_observations=reflection,
        observation_token_count=token_count,
        total_tokens_observed=record.total_tokens_observed,
        observed_timezone=record.observed_timezone,
        last_observed_at=record.last_observed_at,
        last_reflection_at=time,
        config=record.config,
        metadata=record.metadata,
        created_at=time,
        updated_at=time,
    )


def _check_native(op: str, chunks: list[Row]) -> None:
    for chunk in chunks:
        if isinstance(native_or_text(chunk, "chunk"), str):
            keys = "keys that are empty, begin with $ or are not ASCII"
            raise not_supported(op, f"a chunk whose extracted values have {keys} needs")


def _read(row: Row) -> ObservationalMemory:
    return record_of(lambda name: row.get(camel(name)))


def _get(answer: Row, name: str) -> Any:
    return answer.get(camel(name))


def _now() -> str:
    return time_text(now(), "now")
