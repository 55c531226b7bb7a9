"""Observations: they replace others, or are buffered and become active later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.mastra._arguments import given_text
from aioconvex.mastra._memory.checks import check_ids, check_texts
from aioconvex.mastra._rows import time_text

from .backend import Activation, Observed
from .base import ObservationDomain, not_found, optional_time_text
from .checks import amount, check_chunk, flag, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .models import ActivationResult, ObservationChunk

__all__ = ["ObservingMemory"]


class ObservingMemory(ObservationDomain):
    """The observations of observational memory."""

    async def update_active_observations(
        self,
        *,
        id: str,  # noqa: A002  # Mastra's own name for it
        observations: str,
        token_count: float,
        last_observed_at: datetime,
        observed_message_ids: Sequence[str] | None = None,
    ) -> None:
        """Replace the active observations, after which no message is pending.

        Args:
            id: the record.
            observations: the new observations.
            token_count: how many tokens they have; added to the total.
            last_observed_at: up to which time messages are observed now.
            observed_message_ids: which messages were; None leaves those that are stored.

        Raises:
            MastraError: there is no such record (`…_UPDATE_ACTIVE_OBSERVATIONS_NOT_FOUND`).
            ArgumentError: an argument cannot be stored.
            ConvexError: as for `ConvexClient.mutation`.
        """
        given_text(id, "id")
        check_texts("observational_memory", observations=observations)
        if observed_message_ids is not None:
            check_ids(observed_message_ids, "observed_message_ids")
        observed = Observed(
            observations=observations,
            token_count=amount(token_count, "token_count"),
            last_observed_at=time_text(last_observed_at, "last_observed_at"),
            message_ids=None if observed_message_ids is None else list(observed_message_ids),
        )
        if not await (await self._observations()).update_active(id, observed):
            raise not_found("updateActiveObservations", id)

    async def update_buffered_observations(
        self,
        *,
        id: str,  # noqa: A002  # as above
        chunk: ObservationChunk,
        last_buffered_at_time: datetime | None = None,
    ) -> None:
        """Buffer a chunk of observations; a chunk whose cycle is buffered already is ignored.

        Args:
            id: the record.
            chunk: the observations.
            last_buffered_at_time: up to which time messages are buffered now.

        Raises:
            MastraError: there is no such record (`…_UPDATE_BUFFERED_OBSERVATIONS_NOT_FOUND`), or
                only the published functions are deployed, and the chunk's extracted values have
                keys that these cannot take (`$schema`).
            ArgumentError: an argument cannot be stored.
            ConvexError: as for `ConvexClient.mutation`.
        """
        given_text(id, "id")
        check_chunk(chunk, "chunk")
        time = optional_time_text(last_buffered_at_time, "last_buffered_at_time")
        if not await (await self._observations()).append_chunk(id, chunk, time):
            raise not_found("updateBufferedObservations", id)

    async def swap_buffered_to_active(  # noqa: PLR0913  # all are keyword-only
        self,
        *,
        id: str,  # noqa: A002  # as above
        activation_ratio: float,
        message_tokens_threshold: float,
        current_pending_tokens: float,
        force_max_activation: bool = False,
        last_observed_at: datetime | None = None,
        buffered_chunks: Sequence[ObservationChunk] | None = None,
    ) -> ActivationResult:
        """Move buffered chunks, oldest first, to the active observations.

        The fewest that bring the pending tokens down to what may stay, that is the threshold less
        its part `activation_ratio`; if these would free far too much, as many as stay above it.

        Args:
            id: the record.
            activation_ratio: which part of the threshold shall be free, from 0 to 1.
            message_tokens_threshold: how many tokens of messages there may be.
            current_pending_tokens: how many there are.
            force_max_activation: take the larger number of chunks, however much it frees.
            last_observed_at: up to which time messages are observed then; None for that of the last
                chunk.
            buffered_chunks: buffered chunks with newer weights, which count instead of the stored
                ones. Those that are not buffered any more are ignored; an empty list moves nothing.

        Returns:
            What was moved; its `per_chunk` is empty if nothing was buffered.

        Raises:
            MastraError: there is no such record (`…_SWAP_BUFFERED_TO_ACTIVE_NOT_FOUND`), or as for
                `update_buffered_observations`.
            ArgumentError: an argument is wrong.
            ConvexError: as for `ConvexClient.mutation`.
        """
        given_text(id, "id")
        for at, chunk in enumerate(buffered_chunks or ()):
            check_chunk(chunk, f"buffered_chunks[{at}]")
        threshold = amount(message_tokens_threshold, "message_tokens_threshold")
        wanted = Activation(
            activation_ratio=ratio(activation_ratio, "activation_ratio"),
            message_tokens_threshold=threshold,
            current_pending_tokens=amount(current_pending_tokens, "current_pending_tokens"),
            force_max_activation=flag(force_max_activation, "force_max_activation"),
            last_observed_at=optional_time_text(last_observed_at, "last_observed_at"),
            chunks=buffered_chunks,
        )
        result = await (await self._observations()).activate(id, wanted)
        if result is None:
            raise not_found("swapBufferedToActive", id)
        return result
