"""The loop of one identity: a socket while it is needed, for all who watch or call over it."""

from __future__ import annotations

import logging
import math
import random
import time
from typing import TYPE_CHECKING, Final, assert_never
from uuid import uuid4

import anyio
from attrs import evolve

from aioconvex._concurrency import Background
from aioconvex._protocol.sync.backoff import INACTIVE
from aioconvex._protocol.sync.events import (
    AuthConfirmed,
    AuthLost,
    RequestDone,
    ResultsChanged,
    Terminated,
    TokenRefused,
    UnknownMessage,
)
from aioconvex._protocol.sync.outcomes import Success
from aioconvex._protocol.sync.state import SyncState
from aioconvex._transport.base import TransportError
from aioconvex.errors import AuthenticationError, ConvexConnectionError, ProtocolError
from aioconvex.raw import log_lines

from .connection import Connection
from .identity import Identity, ProviderError
from .pages import PagesSubscription
from .requests import Requests, reason_of
from .status import Status
from .subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aioconvex._auth import Credentials
    from aioconvex._protocol.http import Call
    from aioconvex._protocol.sync.events import Event
    from aioconvex._protocol.sync.messages import QueryId
    from aioconvex._protocol.sync.outcomes import Result
    from aioconvex._transport.websocket import WebSocket
    from aioconvex.live import ConnectionStates, LiveConnection
    from aioconvex.live_pages import Begin

    from .requests import ErrorOf

__all__ = ["SyncRunner"]

_log: Final = logging.getLogger("aioconvex.sync")

_SILENCE_SECONDS: Final = 60.0  # a server that says nothing for so long is gone
_IDLE_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 2.5


class SyncRunner:
    """One socket for all that one identity watches and calls.

    Its task starts when something needs the socket, and ends a few seconds after nothing does. What
    the deployment refuses for good ends all there is; what comes after that is a new session.

    Args:
        connect: opens a WebSocket to the deployment.
        credentials: who watches and calls.
        running: where the runner is to be found while its task runs.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[WebSocket]],
        credentials: Credentials,
        running: set[SyncRunner],
    ) -> None:
        self._connect = connect
        self._credentials = credentials
        self._running = running
        self._task: Background | None = None
        self._awaited = 0  # of all sessions, as who waits for one may be told late of its end
        self._begin()
        self._status = Status(self._state)

    def _begin(self) -> None:
        self._identity = Identity(self._credentials)
        self._state = state = SyncState(
            uuid4(), self._identity.auth, renewable=self._identity.renewable
        )
        self._requests = Requests(state)
        self._watchers: dict[QueryId, dict[Subscription, None]] = {}
        self._connection: Connection | None = None
        self._failure: ErrorOf | None = None

    # --- for those who watch and call

    def subscribe(self, calls: Sequence[Call], limit: int | None) -> Subscription:
        """Watch queries, at the same moment of the database; see `live.Source`."""
        self._start()
        queries = [self._query(call) for call in calls]
        subscription = Subscription([call.path for call in calls], queries, limit, self._leave)
        for query in queries:
            self._watch(query, subscription)
        subscription.look(self._state.result)  # what others watch is known already
        self._stir()
        return subscription

    def subscribe_pages(self, call: Call, begin: Begin) -> PagesSubscription:
        """Watch a list page by page; see `live_pages.PagesSource`."""
        self._start()

        def watch(paging: Mapping[str, object]) -> QueryId:
            query = self._query(evolve(call, args={**call.args, **paging}))
            self._watch(query, subscription)
            return query

        subscription = PagesSubscription(
            call.path, self._state.result, watch, self._unwatch, self._leave, self._stir
        )
        subscription.begin(begin)
        self._stir()
        return subscription

    def _query(self, call: Call) -> QueryId:
        return self._state.subscribe(call.path, call.args, component=call.component)

    def _watch(self, query: QueryId, subscription: Subscription) -> None:
        watchers = self._watchers.setdefault(query, {})
        if subscription in watchers:
            self._state.unsubscribe(query)  # once is enough
        watchers[subscription] = None

    def _unwatch(self, query: QueryId, subscription: Subscription) -> None:
        watchers = self._watchers.get(query, {})
        if subscription in watchers:
            self._state.unsubscribe(query)
            del watchers[subscription]
            if not watchers:
                del self._watchers[query]

    def _leave(self, subscription: Subscription) -> None:
        for query in subscription.queries:
            self._unwatch(query, subscription)
        self._stir()

    async def run(self, call: Call, seconds: float | None) -> Success:
        """Run a mutation or an action; see `Requests.run`."""
        self._start()
        return await self._requests.run(call, seconds, self._stir, self._status.late)

    async def ready(self) -> None:
        """Wait until all that is watched is up to date; opens the socket if need be.

        Raises:
            ConvexError: the deployment refuses it for good.
        """
        self._start()
        self._awaited += 1
        try:
            async for connection in self._status.follow():
                if connection.synced:
                    return
        finally:
            self._awaited -= 1

    def late(self, reason: str) -> str:
        """Say why something is late; see `Status.late`."""
        return self._status.late(reason)

    @property
    def connection(self) -> LiveConnection:
        """How the socket does now."""
        return self._status.snapshot()

    def connection_states(self) -> ConnectionStates:
        """How the socket does from now on."""
        return self._status.follow()

    async def aclose(self) -> None:
        """End all there is."""
        self._end(lambda path: ConvexConnectionError(path, "the client was closed"))
        if self._task is not None:
            await self._task.stop()
        self._status.enter("idle", reason="the client was closed")

    # --- the task

    def _start(self) -> None:
        if self._failure is not None:
            self._begin()
            self._status.state = self._state
        if self not in self._running:
            self._running.add(self)
            self._task = Background.start(self._run)

    def _stir(self) -> None:
        if self._connection is not None:
            self._connection.wake()
        if self._status.followed:
            self._status.tell()

    async def _run(self) -> None:
        try:
            self._status.enter("connecting")
            while self._failure is None:
                lost = await self._use_a_socket()
                if lost is not None and self._needed and self._failure is None:
                    await self._wait(lost)
                if not self._needed:
                    break
        except Exception:
            self._end(lambda path: ConvexConnectionError(path, "the client failed; see its log"))
            raise
        finally:
            self._running.discard(self)
        if self._failure is None:
            self._status.enter("idle")

    async def _use_a_socket(self) -> str | None:
        """Open a socket and use it to its end; gives the reason unless it was our wish."""
        state = self._state
        reason: str | None
        try:
            self._handle(await self._identity.before_opening(state))
            if self._failure is not None:
                return None
            socket = await self._connect()
        except TransportError as error:
            reason = error.reason
        except ProviderError as error:
            self._end(error.of)
            return None
        else:
            reason = await self._use(socket)
        if state is self._state:  # no new session has begun meanwhile
            self._handle(state.closed(reason))
        return reason

    async def _use(self, socket: WebSocket) -> str | None:
        self._state.opened(int(time.time() * 1000))
        connection = Connection(socket, self._state, self._handle)
        self._connection = connection
        if self._state.retries:
            _log.info("connected again")
        else:
            _log.debug("connected")
        self._status.enter("connected")
        try:
            await connection.run(self._look_after)
        finally:
            self._connection = None
            self._status.leave()
        return connection.reason

    async def _wait(self, reason: str) -> None:
        seconds = self._state.reconnect_delay(random.random())  # noqa: S311  # spreads load only
        # Connections are lost in everyday life; one that cannot be opened again is for somebody's eyes.
        level = logging.INFO if self._state.retries == 1 else logging.WARNING
        _log.log(level, "not connected (%s): the next try is in %.1f s", reason, seconds)
        self._status.enter("reconnecting", attempt=self._state.retries, reason=reason)
        await anyio.sleep(seconds)

    async def _look_after(self, connection: Connection) -> None:
        """Leave a silent server and an idle connection, and replace an old token."""
        while True:
            self._status.measure(connection)
            now = anyio.current_time()
            if now - connection.heard >= _SILENCE_SECONDS:
                connection.drop(INACTIVE)
            elif not self._needed and now - connection.used >= _IDLE_SECONDS:
                connection.drop(None)
            elif now >= self._identity.renew_at:
                self._identity.renew_at = math.inf
                connection.start(self._renew)
            await anyio.sleep(min(_LOOK_SECONDS, max(self._identity.renew_at - now, 0)))

    @property
    def _needed(self) -> bool:
        return self._awaited > 0 or not self._state.idle

    async def _renew(self) -> None:
        self._handle(await self._identity.renew_in_time(self._state))
        self._stir()

    # --- what comes

    def _handle(self, events: Sequence[Event]) -> None:
        if events and isinstance(events[-1], Terminated):
            self._terminate(events[-1].message)  # first, so that requests end for this reason
        for event in events:
            match event:
                case ResultsChanged():
                    self._show(event.results)
                case RequestDone():
                    self._requests.done(event, self._failure)
                case UnknownMessage(kind):
                    _log.warning("a message of the unknown type %r was ignored", kind)
                case Terminated():
                    pass  # seen above
                case _:
                    self._handle_identity(event)
        if self._status.followed:
            self._status.tell()

    def _handle_identity(self, event: AuthConfirmed | TokenRefused | AuthLost) -> None:
        match event:
            case AuthConfirmed():
                assert self._connection is not None  # noqa: S101  # it comes over one
                self._identity.confirmed(event, self._connection.now())
            case TokenRefused(message):
                _log.info("the token was refused: %s", message)
                self._identity.refused = True
                self._drop()
            case AuthLost(message):
                self._refuse(message)
            case _:
                assert_never(event)

    def _show(self, results: Mapping[QueryId, Result]) -> None:
        together: dict[Subscription, None] = {}
        for query, result in results.items():
            watchers = self._watchers.get(query)
            if watchers is None:
                continue
            if not isinstance(result, Success) or result.log_lines:
                _log_lines(next(iter(watchers)).path_of(query), result)
            for subscription in watchers:
                if subscription.alone:
                    subscription.offer((result,))
                else:
                    together[subscription] = None
        for subscription in together:
            subscription.look(self._state.result)

    # --- ends

    def _refuse(self, message: str) -> None:
        self._end(lambda path: AuthenticationError(path, 401, "", message))

    def _terminate(self, message: str) -> None:
        self._end(lambda path: ProtocolError(path, f"the deployment ended the session: {message}"))

    def _end(self, failure: ErrorOf) -> None:
        """End everything; each who watches or waits gets an error of its own."""
        if self._failure is not None:
            return
        self._failure = failure
        self._status.enter("failed", reason=reason_of(failure("live")))
        for done in self._state.abandon():
            self._requests.done(done, failure)
        for subscription in {item: None for items in self._watchers.values() for item in items}:
            subscription.end(failure(subscription.paths[0]))
        self._status.end(failure("live"))
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.drop(None)


def _log_lines(path: str, result: Result) -> None:
    if isinstance(result, Success):
        log_lines(path, result)
    else:
        log_lines(path, result.error())
