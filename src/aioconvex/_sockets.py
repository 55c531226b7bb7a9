"""A client's WebSockets: one for each identity, made at its first live use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from ._auth import admin_key_of
from ._protocol.http import Call
from .errors import ArgumentError
from .live import LiveConnection, LiveQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ._auth import Credentials
    from ._life import Life
    from ._protocol.sync.outcomes import Success
    from ._sync.runner import SyncRunner
    from .live import ConnectionStates, Results, Subscription
    from .live_pages import Begin, PagesSubscription

__all__ = ["LiveSocket", "Sockets"]

T = TypeVar("T")


class Sockets:
    """The sockets of a client and of all its views.

    Args:
        origin: the deployment's URL.
        life: when and where they may be used.
        compress: whether to offer compression.
    """

    def __init__(self, origin: str, life: Life, *, compress: bool = False) -> None:
        self.origin = origin
        self.life = life
        self._compress = compress
        self._url = f"ws{origin.removeprefix('http')}/api/sync"
        self._running: set[SyncRunner] = set()

    def runner(self, credentials: Credentials) -> SyncRunner:
        """Make the loop of one identity."""
        from importlib.metadata import version  # noqa: PLC0415  # all of these are slow to import

        from ._sync.runner import SyncRunner  # noqa: PLC0415
        from ._transport.websocket import WebSocket  # noqa: PLC0415

        headers = (("Convex-Client", f"aioconvex-{version('aioconvex')}"),)
        connect = partial(WebSocket.connect, self._url, headers, deflate=self._compress)
        return SyncRunner(connect, credentials, self._running)

    async def aclose(self) -> None:
        """Close every socket; who still watches or waits gets an error."""
        for runner in list(self._running):
            await runner.aclose()


class LiveSocket:
    """The socket of one identity, which is opened when it is needed."""

    def __init__(self, sockets: Sockets, credentials: Credentials) -> None:
        self._sockets = sockets
        self._credentials = credentials
        self._runner: SyncRunner | None = None

    @property
    def origin(self) -> str:
        """The deployment's URL."""
        return self._sockets.origin

    def _loop(self) -> SyncRunner:
        self._sockets.life.check()
        if self._runner is None:
            self._runner = self._sockets.runner(self._credentials)
        return self._runner

    def watch(self, path: str, args: Mapping[str, object], component: str | None) -> LiveQuery[Any]:
        """Make a live query whose values are untyped.

        Raises:
            ArgumentError: path, component or arguments cannot be sent.
        """
        return self._query(Call("query", path, args, component), lambda value: value.value(path))

    def watch_as(
        self, path: str, args: Mapping[str, object], read: Callable[[Any], T]
    ) -> LiveQuery[T]:
        """Make a live query whose values `read` makes of wire JSON, which it must not change.

        Raises:
            ArgumentError: path or arguments cannot be sent.
        """
        return self._query(Call("query", path, args), lambda value: read(value.wire))

    def _query(self, call: Call, decode: Callable[[Success], T]) -> LiveQuery[T]:
        from ._protocol.sync.calls import write_call_text  # noqa: PLC0415  # as in `runner`
        from ._protocol.sync.outcomes import Failure  # noqa: PLC0415

        self._check_component(call)
        write_call_text(call.path, call.args, call.component)  # which raises now, not on entering

        def value(results: Results) -> Success:
            (result,) = results
            if isinstance(result, Failure):
                raise result.error()
            return result

        return LiveQuery(
            self,
            (call,),
            lambda results: decode(value(results)),
            lambda results: orjson.dumps(value(results).wire),
        )

    def _check_component(self, call: Call) -> None:
        if call.component is not None and admin_key_of(self._credentials) is None:
            # From anybody else it would end the connection, again and again.
            raise ArgumentError("component", "only an admin key may name a component")

    def subscribe(self, calls: Sequence[Call], limit: int | None) -> Subscription:
        """See `live.Source`."""
        return self._loop().subscribe(calls, limit)

    def subscribe_pages(self, call: Call, begin: Begin) -> PagesSubscription:
        """See `live_pages.PagesSource`."""
        return self._loop().subscribe_pages(call, begin)

    async def run(self, call: Call, seconds: float | None) -> Success:
        """Run a mutation or an action; see `LiveCalls`."""
        self._check_component(call)
        return await self._loop().run(call, seconds)

    def late(self, reason: str) -> str:
        """Say why something is late: with it, why there is no connection if there is none."""
        return self._loop().late(reason)

    async def ready(self) -> None:
        """See `ConvexClient.ready`."""
        await self._loop().ready()

    @property
    def connection(self) -> LiveConnection:
        """See `ConvexClient.connection`."""
        return LiveConnection() if self._runner is None else self._runner.connection

    def connection_states(self) -> ConnectionStates:
        """See `ConvexClient.connection_states`."""
        return self._loop().connection_states()
