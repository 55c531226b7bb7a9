"""Records of observational memory: generations, their settings and their state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import given_text, optional_text
from aioconvex.mastra._memory.checks import check_choice, check_object
from aioconvex.mastra._rows import json_text
from aioconvex.mastra.errors import storage_error

from .backend import State
from .base import ObservationDomain, not_found
from .checks import SCOPES, amount, check_record, checked_key, flag, period
from .models import ObservationalMemory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aioconvex.mastra._memory.models import DateRange

    from .models import ObservationScope

__all__ = ["RecordMemory"]

_LIMIT: Final = 10


class RecordMemory(ObservationDomain):
    """The records of observational memory.

    A memory is of a thread, or of a resource if there is no thread. It has generations, each with
    an id; methods that change one take that id, and raise `…_NOT_FOUND` if it is not there.

    Where the functions of this package are deployed, every change is made once, also if the
    connection is lost. With the published ones, a change that may not be repeated raises
    `MutationOutcomeUnknown` then: look at the record before asking again.
    """

    supports_observational_memory: ClassVar[bool] = True
    """Tells Mastra that there are these methods."""

    async def get_observational_memory(
        self, *, thread_id: str | None = None, resource_id: str
    ) -> ObservationalMemory | None:
        """Find the latest generation of a thread's memory, or of a resource's without a thread.

        Raises:
            ArgumentError: an id is empty.
            ConvexError: as for `ConvexClient.query`.
        """
        key = checked_key(thread_id, resource_id)
        return await (await self._observations()).latest(key)

    async def get_observational_memory_history(
        self,
        *,
        thread_id: str | None = None,
        resource_id: str,
        limit: int | None = _LIMIT,
        date_range: DateRange | None = None,
        offset: int = 0,
    ) -> list[ObservationalMemory]:
        """List generations, the newest first.

        Args:
            thread_id: the thread; None for the resource's own memory.
            resource_id: the resource.
            limit: at most so many; None for all.
            date_range: only those that began in it.
            offset: how many of these to pass over.

        Raises:
            ArgumentError: an argument is wrong.
            MastraError: only the published functions are deployed, and the history is too long.
            ConvexError: as for `ConvexClient.query`.
        """
        key = checked_key(thread_id, resource_id)
        wanted = period(date_range, limit, offset)
        return await (await self._observations()).history(key, wanted)

    async def initialize_observational_memory(
        self,
        *,
        thread_id: str | None = None,
        resource_id: str,
        scope: ObservationScope,
        config: Mapping[str, Any],
        observed_timezone: str | None = None,
    ) -> ObservationalMemory:
        """Begin a memory with generation 0, in which nothing is observed yet.

        Args:
            thread_id: the thread; None for the resource's own memory.
            resource_id: the resource.
            scope: `thread` or `resource`.
            config: the settings, any JSON object.
            observed_timezone: the timezone that times are shown in to the observer.

        Raises:
            ArgumentError: an argument cannot be stored.
            ConvexError: as for `ConvexClient.mutation`.
        """
        checked_key(thread_id, resource_id)
        check_choice(scope, SCOPES, "scope")
        check_object(config, "config")
        record = ObservationalMemory(
            scope=scope,
            thread_id=thread_id,
            resource_id=resource_id,
            config=dict(config),
            observed_timezone=optional_text(observed_timezone, "observed_timezone"),
        )
        await (await self._observations()).save(record)
        return record

    async def insert_observational_memory_record(self, *, record: ObservationalMemory) -> None:
        """Store a generation as it is, in place of the one with its id; for copies of memories.

        Raises:
            ArgumentError: something in it cannot be stored.
            ConvexError: as for `ConvexClient.mutation`.
        """
        check_record(record)
        await (await self._observations()).save(record)

    async def clear_observational_memory(
        self, *, thread_id: str | None = None, resource_id: str
    ) -> None:
        """Delete all generations of a memory; it is no fault if there are none.

        Raises:
            ArgumentError: an id is empty.
            ConvexError: as for `ConvexClient.mutation`; what was deleted before stays so.
        """
        key = checked_key(thread_id, resource_id)
        await (await self._observations()).clear(key)

    async def update_observational_memory_config(
        self,
        *,
        id: str,  # noqa: A002  # as above
        config: Mapping[str, Any],
    ) -> None:
        """Merge settings into those of a record, at every depth.

        Args:
            id: the record.
            config: any JSON object; lists are replaced.

        Raises:
            MastraError: there is no such record (`…_UPDATE_OBSERVATIONAL_MEMORY_CONFIG_NOT_FOUND`).
            ArgumentError: an argument cannot be stored.
            ConvexError: as for `ConvexClient.mutation`.
        """
        given_text(id, "id")
        check_object(config, "config")
        text = json_text(config, "config")
        if not await (await self._observations()).update_config(id, text):
            raise not_found("updateObservationalMemoryConfig", id)

    async def set_observing_flag(self, *, id: str, is_observing: bool) -> None:  # noqa: A002  # Mastra's name
        """Say whether an observation is on its way; see `set_pending_message_tokens`."""
        state = State(is_observing=flag(is_observing, "is_observing"))
        await self._set("setObservingFlag", id, state)

    async def set_reflecting_flag(self, *, id: str, is_reflecting: bool) -> None:  # noqa: A002  # Mastra's name
        """Say whether a reflection is on its way; see `set_pending_message_tokens`."""
        state = State(is_reflecting=flag(is_reflecting, "is_reflecting"))
        await self._set("setReflectingFlag", id, state)

    async def set_buffering_observation_flag(
        self,
        *,
        id: str,  # noqa: A002  # as above
        is_buffering: bool,
        last_buffered_at_tokens: float | None = None,
    ) -> None:
        """Say whether observations are being buffered; see `set_pending_message_tokens`.

        Args:
            id: the record.
            is_buffering: whether they are.
            last_buffered_at_tokens: how many tokens were pending; None leaves what is stored.
        """
        tokens = last_buffered_at_tokens
        state = State(
            is_buffering_observation=flag(is_buffering, "is_buffering"),
            last_buffered_at_tokens=None
            if tokens is None
            else amount(tokens, "last_buffered_at_tokens"),
        )
        await self._set("setBufferingObservationFlag", id, state)

    async def set_buffering_reflection_flag(
        self,
        *,
        id: str,  # noqa: A002  # as above
        is_buffering: bool,
    ) -> None:
        """Say whether a reflection is being buffered; see `set_pending_message_tokens`."""
        state = State(is_buffering_reflection=flag(is_buffering, "is_buffering"))
        await self._set("setBufferingReflectionFlag", id, state)

    async def set_pending_message_tokens(
        self,
        *,
        id: str,  # noqa: A002  # as above
        token_count: float,
    ) -> None:
        """Say how many tokens of messages are not observed yet.

        Raises:
            MastraError: there is no such record (`…_SET_PENDING_MESSAGE_TOKENS_NOT_FOUND`), or the
                count is negative or not finite (`…_SET_PENDING_MESSAGE_TOKENS_INVALID_INPUT`).
            ArgumentError: another argument is wrong.
            ConvexError: as for `ConvexClient.mutation`.
        """
        op = "setPendingMessageTokens"
        try:
            tokens = amount(token_count, "token_count")
        except ArgumentError as error:
            text = f"Invalid tokenCount: must be a finite non-negative number, got {token_count}"
            details = {"id": id, "tokenCount": token_count}
            raise storage_error(op, "INVALID_INPUT", text, details=details) from error
        await self._set(op, id, State(pending_message_tokens=tokens))

    async def _set(self, op: str, record_id: str, state: State) -> None:
        given_text(record_id, "id")
        if not await (await self._observations()).set_state(record_id, state):
            raise not_found(op, record_id)
