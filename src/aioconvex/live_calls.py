"""Calls over the WebSocket of live queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from ._protocol.http import Call
from .errors import ConvexTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._engine import Options
    from ._protocol.http import FunctionKind
    from ._protocol.sync.outcomes import Success
    from ._sockets import LiveSocket
    from .live import LiveQuery

__all__ = ["LiveCalls"]

T = TypeVar("T")


class LiveCalls:
    """`client.live()`: the client's calls over its WebSocket. Also takes bindings.

        live = client.live()
        async with live.watch("tasks:count", {}) as count:
            await live.mutation("tasks:add", {"title": "Tea"})
            print(count.current)  # includes the new task

    Mutations run one after the other in the order of the calls, and each exactly once, however
    often the connection is lost; they return when all that is watched shows what they did. Actions
    run side by side, and never twice. A query gives its newest result, and watches it only as long.
    """

    def __init__(self, socket: LiveSocket, options: Options) -> None:
        self._socket = socket
        self._options = options

    def __repr__(self) -> str:
        return f"LiveCalls({self._socket.origin!r})"

    async def query(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        *,
        component: str | None = None,
    ) -> Any:
        """Give a query's result; see `ConvexClient.query`.

        Raises:
            ConvexError: as for `ConvexClient.query`.
        """
        return await self._once(self.watch(path, args, component=component))

    async def mutation(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        *,
        component: str | None = None,
    ) -> Any:
        """Run a mutation in its turn; see the class.

        Who is cancelled or out of time no longer waits for it: it is taken back if it was not sent
        yet, else it keeps its place and may still be applied.

        Raises:
            MutationOutcomeUnknown: it was sent, but not answered within the timeout.
            ConvexTimeoutError: it could not be sent within the timeout, and will not be.
            ConvexError: as for `ConvexClient.query`.
        """
        return (await self._run("mutation", path, args or {}, component)).value(path)

    async def action(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        *,
        component: str | None = None,
    ) -> Any:
        """Run an action.

        Raises:
            ActionOutcomeUnknown: it was sent, but the connection was lost before its answer, or no
                answer came within the timeout.
            ConvexTimeoutError: it could not be sent within the timeout, and will not be.
            ConvexError: as for `ConvexClient.query`.
        """
        return (await self._run("action", path, args or {}, component)).value(path)

    async def call(self, kind: FunctionKind, path: str, args: Mapping[str, object]) -> Any:
        """Run a function for bindings, and return its value as wire JSON, tags still on.

        Who gets it must not change it: all who watch the query have the same.
        """
        if kind == "query":
            return await self._once(self.watch_as(path, args, lambda wire: wire))
        return (await self._run(kind, path, args, None)).wire

    def watch(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        *,
        component: str | None = None,
    ) -> LiveQuery[Any]:
        """Watch a query; see `ConvexClient.watch`."""
        return self._socket.watch(path, args or {}, component)

    def watch_as(
        self, path: str, args: Mapping[str, object], read: Callable[[Any], T]
    ) -> LiveQuery[T]:
        """Watch a query for bindings; see `ConvexClient.watch_as`."""
        return self._socket.watch_as(path, args, read)

    async def _once(self, query: LiveQuery[T]) -> T:
        seconds = self._options.timeout_of("query")
        with anyio.move_on_after(seconds):
            return await query.once()
        raise ConvexTimeoutError(query.path, self._socket.late(f"no result within {seconds} s"))

    async def _run(
        self, kind: FunctionKind, path: str, args: Mapping[str, object], component: str | None
    ) -> Success:
        call = Call(kind, path, args, component)
        return await self._socket.run(call, self._options.timeout_of(kind))
