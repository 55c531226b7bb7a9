"""Reflections on observations, which begin new generations."""

from __future__ import annotations

from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import given_text
from aioconvex.mastra._memory.checks import check_texts

from .backend import Reflection
from .base import ObservationDomain, not_found
from .checks import amount, whole_number
from .models import ObservationalMemory

__all__ = ["ReflectingMemory"]


class ReflectingMemory(ObservationDomain):
    """The reflections of observational memory."""

    async def create_reflection_generation(
        self, *, current_record: ObservationalMemory, reflection: str, token_count: float
    ) -> ObservationalMemory:
        """Begin the next generation with a reflection on the observations so far.

        Totals, settings and what else it takes over are those that are stored, which may be newer
        than `current_record`. Earlier generations stay.

        Args:
            current_record: the generation that was reflected on.
            reflection: the observations of the new one.
            token_count: how many tokens they have.

        Raises:
            MastraError: the record is not there (`…_CREATE_REFLECTION_GENERATION_NOT_FOUND`).
            ArgumentError: an argument cannot be stored.
            ConvexError: as for `ConvexClient.mutation`.
        """
        id_ = _id_of(current_record)
        check_texts("observational_memory", reflection=reflection)
        tokens = amount(token_count, "token_count")
        record = await (await self._observations()).begin_generation(id_, reflection, tokens)
        if record is None:
            raise not_found("createReflectionGeneration", id_)
        return record

    async def update_buffered_reflection(
        self,
        *,
        id: str,  # noqa: A002  # as above
        reflection: str,
        token_count: float,
        input_token_count: float,
        reflected_observation_line_count: int,
    ) -> None:
        """Add to the reflection that waits to begin the next generation.

        Args:
            id: the record.
            reflection: what to add.
            token_count: how many tokens that has.
            input_token_count: how many tokens were reflected on.
            reflected_observation_line_count: how many lines of the active observations the whole
                buffered reflection stands for.

        Raises:
            MastraError: there is no such record (`…_UPDATE_BUFFERED_REFLECTION_NOT_FOUND`).
            ArgumentError: an argument cannot be stored.
            ConvexError: as for `ConvexClient.mutation`.
        """
        given_text(id, "id")
        check_texts("observational_memory", reflection=reflection)
        lines = whole_number(reflected_observation_line_count, "reflected_observation_line_count")
        added = Reflection(
            reflection=reflection,
            token_count=amount(token_count, "token_count"),
            input_token_count=amount(input_token_count, "input_token_count"),
            line_count=lines,
        )
        if not await (await self._observations()).append_reflection(id, added):
            raise not_found("updateBufferedReflection", id)

    async def swap_buffered_reflection_to_active(
        self, *, current_record: ObservationalMemory, token_count: float
    ) -> ObservationalMemory:
        """Begin the next generation with the buffered reflection, and what it does not stand for.

        Args:
            current_record: the generation that was reflected on; what is stored of it counts.
            token_count: how many tokens the new observations have.

        Raises:
            MastraError: nothing is buffered (`…_NOTHING_BUFFERED`), or the record is not there
                (`…_SWAP_BUFFERED_REFLECTION_TO_ACTIVE_NOT_FOUND`).
            ArgumentError: an argument is wrong.
            ConvexError: as for `ConvexClient.mutation`.
        """
        id_ = _id_of(current_record)
        tokens = amount(token_count, "token_count")
        record = await (await self._observations()).swap_reflection(id_, tokens)
        if record is None:
            raise not_found("swapBufferedReflectionToActive", id_)
        return record


def _id_of(record: object) -> str:
    if not isinstance(record, ObservationalMemory):
        what = f"{type(record).__name__} is no ObservationalMemory"
        raise ArgumentError("current_record", what)
    return given_text(record.id, "current_record.id")
