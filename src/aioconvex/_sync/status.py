"""How a client's socket does, told to whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from weakref import WeakSet

from attrs import evolve

from aioconvex._concurrency import Mailbox
from aioconvex.live import ConnectionStates, LiveConnection

if TYPE_CHECKING:
    from aioconvex._protocol.sync.state import SyncState
    from aioconvex.live import Phase

    from .connection import Connection

__all__ = ["Status"]


class Status:
    """A connection's state, and who follows its changes, through all sessions of `state`."""

    def __init__(self, state: SyncState) -> None:
        self.state = state
        """That of the session that there is; it is replaced when the next begins."""
        self.last_synced: datetime | None = None
        self.latency: float | None = None
        self._phase: Phase = "idle"
        self._attempt = 0
        self._reason: str | None = None
        self._told: LiveConnection | None = None
        self._followers: WeakSet[Mailbox[LiveConnection]] = WeakSet()
        self.followed = False
        """Whether anybody may want to be told; asked before each `tell`, which is not cheap."""

    def enter(self, phase: Phase, *, attempt: int = 0, reason: str | None = None) -> None:
        """Note what the connection does now."""
        self._phase, self._attempt, self._reason = phase, attempt, reason
        self.tell()

    @property
    def synced(self) -> bool:
        """Whether the server has answered all that this connection began with."""
        state = self.state
        return self._phase == "connected" and state.synced and state.version.query_set > 0

    def snapshot(self) -> LiveConnection:
        """What it is now."""
        if self.synced:
            self.last_synced = datetime.now(UTC)
        return LiveConnection(
            phase=self._phase,
            synced=self.synced,
            attempt=self._attempt,
            reason=self._reason,
            reconnects=max(self.state.connections - 1, 0),
            latency=self.latency,
            mutations_in_flight=self.state.mutations_in_flight,
            actions_in_flight=self.state.actions_in_flight,
            last_synced=self.last_synced,
        )

    def late(self, reason: str) -> str:
        """Say why something is late: with it, why there is no connection if there is none."""
        if self._phase == "connected":
            return reason
        return f"{reason}: {self._reason or 'there is no connection yet'}"

    def leave(self) -> None:
        """Note the end of a connection."""
        if self.state.was_synced:
            self.last_synced = datetime.now(UTC)

    def measure(self, connection: Connection) -> None:
        """Tell of the last round trip, and begin another, if anybody wants to be told."""
        if self.followed:
            self.latency = connection.latency
            connection.ping()
            self.tell()

    def tell(self) -> None:
        """Let the followers know, if anything but the time has changed."""
        self.followed = len(self._followers) > 0
        now = self.snapshot()
        if self._told is None or evolve(now, last_synced=self._told.last_synced) != self._told:
            self._told = now
            for follower in self._followers:
                follower.put(now)

    def follow(self) -> ConnectionStates:
        """Begin a stream of states; it begins with the present one."""
        mailbox: Mailbox[LiveConnection] = Mailbox()
        mailbox.put(self.snapshot())
        self._followers.add(mailbox)
        self.followed = True
        return ConnectionStates(mailbox.take)

    def end(self, error: Exception) -> None:
        """Let the followers have this error."""
        for follower in self._followers:
            follower.end(error)
