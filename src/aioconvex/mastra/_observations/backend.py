"""What observational memory needs of a deployment, whichever functions it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .models import ActivationResult, ObservationalMemory, ObservationChunk

__all__ = ["Activation", "ObservationBackend", "Observed", "Period", "Reflection", "State"]


@frozen(kw_only=True)
class Period:
    """Which generations to list, by when they were created; both bounds belong to it."""

    start: str | None
    end: str | None
    skip: int
    take: int | None


@frozen(kw_only=True)
class Observed:
    """Observations that take the place of the active ones; ids of None stay as they are."""

    observations: str = field(repr=False)
    token_count: float
    last_observed_at: str
    message_ids: list[str] | None = field(repr=False)


@frozen(kw_only=True)
class Activation:
    """How many buffered chunks to activate."""

    activation_ratio: float
    message_tokens_threshold: float
    current_pending_tokens: float
    force_max_activation: bool
    last_observed_at: str | None
    chunks: Sequence[ObservationChunk] | None = field(repr=False)


@frozen(kw_only=True)
class Reflection:
    """A reflection to buffer, on so many lines of the active observations."""

    reflection: str = field(repr=False)
    token_count: float
    input_token_count: float
    line_count: int


@frozen(kw_only=True)
class State:
    """What to set of a record; None leaves it."""

    is_observing: bool | None = None
    is_reflecting: bool | None = None
    is_buffering_observation: bool | None = None
    is_buffering_reflection: bool | None = None
    last_buffered_at_tokens: float | None = None
    pending_message_tokens: float | None = None


class ObservationBackend(Protocol):
    """The operations on stored generations. All arguments are checked.

    Those that change a record answer False, or None, if it is not there.
    """

    async def latest(self, key: str) -> ObservationalMemory | None:
        """Find the latest generation of a lookup key."""
        ...

    async def history(self, key: str, wanted: Period) -> list[ObservationalMemory]:
        """List generations of a lookup key, newest first."""
        ...

    async def save(self, record: ObservationalMemory) -> None:
        """Store a generation in place of the one with its id."""
        ...

    async def update_active(self, record_id: str, observed: Observed) -> bool:
        """Replace the active observations, and add their tokens to the total."""
        ...

    async def append_chunk(
        self, record_id: str, chunk: ObservationChunk, last_buffered_at_time: str | None
    ) -> bool:
        """Buffer a chunk whose cycle is not buffered yet."""
        ...

    async def activate(self, record_id: str, wanted: Activation) -> ActivationResult | None:
        """Move buffered chunks to the active observations."""
        ...

    async def append_reflection(self, record_id: str, reflection: Reflection) -> bool:
        """Add to the buffered reflection."""
        ...

    async def begin_generation(
        self, record_id: str, reflection: str, token_count: float
    ) -> ObservationalMemory | None:
        """Begin a generation with a reflection."""
        ...

    async def swap_reflection(
        self, record_id: str, token_count: float
    ) -> ObservationalMemory | None:
        """Begin a generation with the buffered reflection.

        Raises:
            MastraError: nothing is buffered.
        """
        ...

    async def set_state(self, record_id: str, state: State) -> bool:
        """Set flags and counts."""
        ...

    async def update_config(self, record_id: str, config: str) -> bool:
        """Merge settings, JSON text of an object, at every depth."""
        ...

    async def clear(self, key: str) -> None:
        """Delete all generations of a lookup key."""
        ...
