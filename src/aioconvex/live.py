"""Live queries: results now and whenever they change, and how their connection does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Literal, Protocol, Self, TypeAlias, TypeVar

import orjson
from attrs import frozen

from .errors import FunctionError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from ._protocol.http import Call
    from ._protocol.sync.outcomes import Result
    from .errors import ConvexError

__all__ = [
    "ConnectionStates",
    "LiveConnection",
    "LiveQuery",
    "Phase",
    "Results",
    "Source",
    "Subscription",
]

R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

Phase: TypeAlias = Literal["idle", "connecting", "connected", "reconnecting", "failed"]
Results: TypeAlias = "tuple[Result, ...]"
"""One result for each query, all of one version of the database."""

_EVERY: Final = 1000


class Subscription(Protocol):
    """What an entered `LiveQuery` holds."""

    newest: Results | None

    async def take(self) -> Results:
        """Wait for the next results."""
        ...

    def close(self) -> None:
        """Stop watching; takes no time."""
        ...


class Source(Protocol):
    """Where results come from: a client's socket, or a fake in a test."""

    def subscribe(self, calls: Sequence[Call], limit: int | None) -> Subscription:
        """Watch queries at the same moment; `limit` results may wait, None keeps the newest."""
        ...


class LiveQuery(Generic[R_co]):
    """A query's result, now and whenever it changes. It is watched within its `async with` block.

        async with client.watch("tasks:list", {"done": False}) as tasks:
            async for value in tasks:
                print(value)

    A slow reader gets the newest result and misses those before it, unless it asks for `every`.
    The connection is opened when it is needed, and again whenever it is lost; then the loop goes
    on with the first result that differs. All who watch the same query with the same arguments
    share one query on the server.

    An error of the function is raised by the loop, and the query stays watched: a new `async for`
    waits for its recovery. With `with_errors` the errors are items, and the loop goes on by itself.

    Raises:
        FunctionError: in the loop: the function failed.
        DecodeError: in the loop: the result does not have the declared type.
        AuthenticationError: in the loop: the deployment refuses the credentials.
        ProtocolError: in the loop: the deployment gave the connection up as faulty.
    """

    def __init__(
        self,
        source: Source,
        calls: Sequence[Call],
        read: Callable[[Results], R_co],
        write: Callable[[Results], bytes],
        limit: int | None = None,
    ) -> None:
        self._source = source
        self._calls = calls
        self._read = read
        self._write = write
        self._limit = limit
        self._failure: Callable[[FunctionError], ConvexError] | None = None
        self._subscription: Subscription | None = None

    def __repr__(self) -> str:
        return f"<LiveQuery {self.path}>"

    @property
    def path(self) -> str:
        """The function's path; of several they are joined."""
        return ", ".join(call.path for call in self._calls)

    def every(self, limit: int = _EVERY) -> LiveQuery[R_co]:
        """Make it deliver every result that comes, instead of the newest.

        The deployment itself may leave out results that were replaced within milliseconds, and
        those of a time without connection.

        Args:
            limit: how many may wait for a slow reader; one more, and the loop raises
                `SlowReaderError` after them.
        """
        if limit < 1:
            raise ValueError(f"at least one result must be able to wait, not {limit}")
        return self._copy(self._read, limit)

    def failing_as(self, failure: Callable[[FunctionError], ConvexError]) -> LiveQuery[R_co]:
        """Make it raise another error for each of the function's.

        Args:
            failure: makes the error to raise. `with_errors` shows it the function's error as well,
                but delivers that.
        """
        copy = self._copy(self._read, self._limit)
        copy._failure = failure
        return copy

    def with_errors(self) -> LiveQuery[R_co | FunctionError]:
        """Make it deliver the function's errors as items instead of raising them."""
        read, failure = self._read, self._failure

        def read_all(results: Results) -> R_co | FunctionError:
            try:
                return read(results)
            except FunctionError as error:
                if failure is not None:
                    failure(error)
                return error

        return self._copy(read_all, self._limit)

    def as_json(self) -> LiveQuery[bytes]:
        """Make it deliver the results as JSON text in Convex's own encoding, to pass them on."""
        return self._copy(self._write, self._limit)

    async def once(self) -> R_co:
        """Give the result as it is now, without the block.

        If somebody watches the query, it is known already and nothing is sent.

        Raises:
            ConvexError: as for the loop.
        """
        subscription = self._source.subscribe(self._calls, None)
        try:
            return self._value(await subscription.take())
        finally:
            subscription.close()

    @property
    def current(self) -> R_co:
        """The newest result that came, whether the loop has seen it or not.

        Raises:
            LookupError: none has come yet.
            FunctionError: the function failed.
        """
        newest = self._watched().newest
        if newest is None:
            raise LookupError(f"{self!r} has no result yet")
        return self._value(newest)

    async def __aenter__(self) -> Self:
        if self._subscription is not None:
            raise RuntimeError(f"{self!r} is watched already: make another one")
        self._subscription = self._source.subscribe(self._calls, self._limit)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._watched().close()
        self._subscription = None

    def __aiter__(self) -> Self:
        self._watched()
        return self

    async def __anext__(self) -> R_co:
        return self._value(await self._watched().take())

    def _copy(self, read: Callable[[Results], T], limit: int | None) -> LiveQuery[T]:
        copy = LiveQuery(self._source, self._calls, read, self._write, limit)
        copy._failure = self._failure
        return copy

    def _value(self, results: Results) -> R_co:
        try:
            return self._read(results)
        except FunctionError as error:
            if self._failure is None:
                raise
            raise self._failure(error) from error

    def _watched(self) -> Subscription:
        if self._subscription is None:
            raise RuntimeError(f"{self!r} is not watched: use it inside `async with`")
        return self._subscription

    @classmethod
    def together(cls, queries: Mapping[str, LiveQuery[T]]) -> LiveQuery[dict[str, T]]:
        """Join several to one whose items are of the same moment; see `ConvexClient.watch_all`."""
        # ruff: noqa: SLF001  # of its own class
        if not queries:
            raise ValueError("watch_all needs at least one query")
        sources = [query._source for query in queries.values()]
        if any(source is not sources[0] for source in sources):
            raise ValueError("watch_all needs queries of one client and one identity")
        if any(query._limit is not None for query in queries.values()):
            raise ValueError("say watch_all(...).every(): its queries come together, or not at all")

        def read(results: Results) -> dict[str, T]:
            return {name: query._value(own) for name, query, own in parts(results)}

        def write(results: Results) -> bytes:
            return orjson.dumps(
                {name: orjson.Fragment(query._write(own)) for name, query, own in parts(results)}
            )

        def parts(results: Results) -> Iterator[tuple[str, LiveQuery[T], Results]]:
            rest = iter(results)
            for name, query in queries.items():
                yield name, query, tuple(next(rest) for _ in query._calls)

        calls = [call for query in queries.values() for call in query._calls]
        return LiveQuery(sources[0], calls, read, write)


@frozen(kw_only=True)
class LiveConnection:
    """How a client's WebSocket does.

    It is `idle` while nothing needs it, and `failed` after the deployment refused it for good; what
    is watched next begins anew.
    """

    phase: Phase = "idle"
    synced: bool = False
    """Whether all that is watched is up to date, as far as the deployment has told."""
    attempt: int = 0
    """How often it was tried to connect again since all was in sync."""
    reason: str | None = None
    """Why it was lost, or why it failed."""
    reconnects: int = 0
    """How often it was opened again."""
    latency: float | None = None
    """Seconds of the newest round trip to the deployment; taken while somebody follows the states."""
    mutations_in_flight: int = 0
    actions_in_flight: int = 0
    last_synced: datetime | None = None
    """When all that is watched was last known to be up to date."""


class ConnectionStates:
    """The states of a connection as they change, the newest for a slow reader; see `LiveConnection`.

    Raises:
        ConvexError: in the loop: the client was closed, or the deployment refused it for good.
    """

    def __init__(self, take: Callable[[], Awaitable[LiveConnection]]) -> None:
        self._take = take

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LiveConnection:
        return await self._take()
