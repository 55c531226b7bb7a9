"""The sync protocol's state: what is watched, what is in flight, what the server knows of it.

No I/O, no clock, no tasks. Verbs change the state, `outgoing` says what to send, `receive` what a
message means to those who wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from aioconvex.errors import ArgumentError, ProtocolError

from .auth import Identity
from .backoff import reconnect_delay
from .calls import write_call_text
from .chunks import Chunks
from .events import ResultsChanged, Terminated, UnknownMessage
from .messages import (
    ActionResponse,
    AdminKey,
    AuthError,
    Connect,
    FatalError,
    MutationResponse,
    NoAuth,
    Ping,
    Transition,
    TransitionChunk,
    Unknown,
    Version,
)
from .queries import Queries
from .requests import Requests
from .transitions import check_versions, updates_of
from .wire import malformed, read, write_authenticate, write_connect, write_modify_query_set

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from .calls import CallText
    from .events import Event, RequestDone
    from .messages import Auth, QueryId, RequestId, ServerMessage
    from .outcomes import Result
    from .queries import Update

__all__ = ["SyncState"]

_NOTHING: Final = Version(0, 0, 0)


class SyncState:
    """What the server and we believe, for the life of a client.

    After any verb, `opened` and `receive`, send what `outgoing` gives. When `receive` raises or
    gives `TokenRefused`, `AuthLost` or `Terminated`, this socket is of no more use.

    Args:
        session_id: a random one of this client's own; with it the server knows repeated mutations.
        auth: who calls.
        renewable: whether somebody can give another token when this one is refused or expires.
    """

    def __init__(
        self, session_id: UUID, auth: Auth | None = None, *, renewable: bool = False
    ) -> None:
        self.session_id = session_id
        self.connected = False
        self.terminated = False
        self.connections = 0
        self.retries = 0
        self.last_close_reason: str | None = "InitialConnect"
        self.version = _NOTHING
        self._identity = Identity(auth or NoAuth(), renewable)
        self._queries = Queries()
        self._requests = Requests()
        self._chunks = Chunks()
        self._hello: Connect | None = None
        self._max_observed_ts: int | None = None
        # The time of the results that everybody sees: those of the last connection, until this one
        # has sent its own.
        self._shown_ts = 0
        self._caught_up = False
        self._older: set[QueryId] = set()
        self._older_requests: set[RequestId] = set()

    # --- queries

    def subscribe(
        self, path: str, args: Mapping[str, object], *, component: str | None = None
    ) -> QueryId:
        """Watch a query; the same one, however it is spelled, has the same id.

        Raises:
            ArgumentError: path, component or arguments cannot be sent.
        """
        return self._queries.add(self._call(path, args, component))

    def unsubscribe(self, query: QueryId) -> None:
        """Take back one `subscribe`."""
        if self._queries.drop(query):
            self._older.discard(query)

    def result(self, query: QueryId) -> Result | None:
        """The newest result, if there is one; at any moment all are of one version."""
        found = self._queries.get(query)
        return None if found is None else found.result

    # --- requests

    def mutation(
        self, path: str, args: Mapping[str, object], *, component: str | None = None
    ) -> RequestId:
        """Run a mutation, after those before it.

        Raises:
            ArgumentError: path, component or arguments cannot be sent.
        """
        return self._requests.add("Mutation", self._call(path, args, component))

    def action(
        self, path: str, args: Mapping[str, object], *, component: str | None = None
    ) -> RequestId:
        """Run an action, beside all others.

        Raises:
            ArgumentError: path, component or arguments cannot be sent.
        """
        return self._requests.add("Action", self._call(path, args, component))

    def _call(self, path: str, args: Mapping[str, object], component: str | None) -> CallText:
        if component is not None and not isinstance(self._identity.auth, AdminKey):
            # From anybody else it would end the connection, again and again.
            raise ArgumentError("component", "only an admin key may name a component")
        return write_call_text(path, args, component)

    def forget(self, request: RequestId) -> bool:
        """Say that nobody waits for a request any more.

        Returns:
            Whether it was never sent and hence dropped. Else it stays in flight, since a mutation
            keeps its place, and ends as any other.
        """
        dropped = self._requests.forget(request)
        if dropped:
            self._older_requests.discard(request)
        return dropped

    def abandon(self) -> list[RequestDone]:
        """End every request, because nothing will be sent or received any more."""
        self._older_requests.clear()
        return self._requests.abandon()

    # --- identity

    def set_auth(self, auth: Auth) -> None:
        """Call as somebody else, or with another token, from now on."""
        self._identity.set(auth)

    def renew(self, token: str | None) -> list[Event]:
        """Take what the token provider gave when asked for a new token, None for nothing."""
        lost = self._identity.renew(token)
        return [] if lost is None else [lost]

    # --- the socket

    def opened(self, client_ts_ms: int) -> None:
        """Begin a connection on a fresh socket.

        Args:
            client_ts_ms: this machine's time, in milliseconds since the epoch.
        """
        assert not self.terminated  # noqa: S101  # nothing may be sent after a FatalError
        self._hello = Connect(
            session_id=self.session_id,
            connection_count=self.connections,
            last_close_reason=self.last_close_reason,
            client_ts=client_ts_ms,
            max_observed_ts=self._max_observed_ts,
        )
        self.connections += 1
        self.last_close_reason = None
        self.connected = True
        self.version = _NOTHING
        self._caught_up = False
        self._identity.restart()
        self._queries.restart()
        self._requests.restart()
        self._older = set(self._queries.ids())
        self._older_requests = set(self._requests.ids())

    def outgoing(self) -> list[bytes]:
        """Take the messages to send now, in order, each a text frame.

        They count as sent: if the socket fails, they may have reached the server.
        """
        if not self.connected:
            return []
        frames: list[bytes] = []
        if self._hello is not None:
            frames.append(write_connect(self._hello))
            self._hello = None
        identity = self._identity.to_tell()
        if identity is not None:
            frames.append(write_authenticate(identity))
        changes = self._queries.changes()
        if changes is not None:
            frames.append(write_modify_query_set(changes))
        frames += self._requests.to_send()
        return frames

    def closed(self, reason: str | None) -> list[Event]:
        """See the end of the socket, or that it could not be opened.

        Args:
            reason: why; None if it was closed on purpose, to be opened again when needed.
        """
        self._disconnect()
        self.last_close_reason = reason
        return [*self._requests.lost()]

    def reconnect_delay(self, jitter: float) -> float:
        """Seconds until the socket is opened again; each call counts as a try.

        Tries are forgotten only when all that was watched or in flight is confirmed, so that a
        server which accepts and drops is not hammered.

        Args:
            jitter: a new random number between 0 and 1.
        """
        self.retries += 1
        return reconnect_delay(self.last_close_reason, self.retries - 1, jitter)

    def _disconnect(self) -> None:
        self.connected = False
        self._hello = None
        self._chunks.clear()

    # --- snapshot

    @property
    def idle(self) -> bool:
        """Whether nothing is watched and nothing in flight."""
        return not self._queries and not self._requests

    @property
    def has_lone_call(self) -> bool:
        """Whether a call is to be sent, and no other is in flight."""
        return self._requests.lone

    @property
    def synced(self) -> bool:
        """Whether all that was watched or in flight when this connection began is confirmed."""
        return self.connected and self.was_synced

    @property
    def was_synced(self) -> bool:
        """The same of the last connection, whether it is there or not."""
        return (
            self._caught_up
            and self._identity.settled
            and not self._older
            and not self._older_requests
        )

    @property
    def mutations_in_flight(self) -> int:
        """How many mutations are not done."""
        return self._requests.count("Mutation")

    @property
    def actions_in_flight(self) -> int:
        """How many actions are not done."""
        return self._requests.count("Action")

    # --- the server's messages

    def receive(self, text: bytes | bytearray | str) -> list[Event]:
        """Take a message of the server; what it changes is changed when this returns.

        Raises:
            ProtocolError: it is none; nothing was changed, but the socket must be closed.
        """
        if not self.connected:
            return []  # what was under way when we gave the socket up
        try:
            return self._handle(read(text))
        except ProtocolError:
            self._disconnect()
            raise

    def _handle(self, message: ServerMessage) -> list[Event]:
        match message:
            case Transition():
                self._chunks.clear()
                return self._advance(message)
            case MutationResponse() | ActionResponse():
                self._chunks.clear()
                return self._answer(message)
            case TransitionChunk():
                whole = self._chunks.add(message)
                return [] if whole is None else self._whole(whole)
            case Ping():
                return []
            case _:
                self._chunks.clear()
                return self._handle_rare(message)

    def _handle_rare(self, message: AuthError | FatalError | Unknown) -> list[Event]:
        match message:
            case AuthError():
                self._disconnect()  # as the server will
                event = self._identity.refused(message)
                return [] if event is None else [event]
            case FatalError(reason):
                self._disconnect()
                self.terminated = True
                return [*self.abandon(), Terminated(reason)]
            case Unknown(kind):
                return [UnknownMessage(kind)]
            case _:
                assert_never(message)

    def _whole(self, text: str) -> list[Event]:
        message = read(text)
        if not isinstance(message, Transition):
            raise malformed("the slices of a transition make up another message")
        return self._advance(message)

    def _answer(self, message: MutationResponse | ActionResponse) -> list[Event]:
        done = self._requests.answered(message, self._shown_ts)
        if isinstance(message, MutationResponse) and message.ts is not None:
            self._observe(message.ts)
        return [*self._finished(done)]

    def _observe(self, ts: int) -> None:
        if self._max_observed_ts is None or ts > self._max_observed_ts:
            self._max_observed_ts = ts

    def _finished(self, done: list[RequestDone]) -> list[RequestDone]:
        if self._older_requests:
            self._older_requests.difference_update([event.request for event in done])
        return done

    # --- transitions

    def _advance(self, message: Transition) -> list[Event]:
        start, end = message.start, message.end
        check_versions(message, self.version, self._queries.version, self._identity.version)
        updates = updates_of(message, self._queries)
        # Nothing below can fail: a transition takes effect as a whole.
        self.version = end
        self._observe(end.ts)
        events: list[Event] = []
        confirmed = self._identity.advanced(start, end, message.clock_skew)
        if confirmed is not None:
            events.append(confirmed)
        if end.query_set == 0:
            return events  # it knows of no query yet: the old results stay, and so do mutations
        changed = self._show(updates, end)
        if changed:
            events.append(ResultsChanged(end.ts, changed))
        events += self._finished(self._requests.observed(end.ts))
        if self.retries and self.synced:
            self.retries = 0
        return events

    def _show(self, updates: list[Update], end: Version) -> Mapping[QueryId, Result]:
        """Make results visible; the first ones of a connection replace all the older ones."""
        first, self._caught_up = not self._caught_up, True
        self._shown_ts = end.ts
        if self._older:
            self._older.difference_update([update.query.id for update in updates])
        return self._queries.replace(updates) if first else self._queries.update(updates)
