"""One call from start to end: credentials, its turn, the wire, tries, the deadline.

The engine is shared by all views of a client, and lazy: nothing is opened before the first call.
"""

from __future__ import annotations

import logging
import math
import os
import random
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import anyio
from attrs import define, field, frozen

from ._protocol.backoff import delay, read_retry_after
from ._protocol.refusals import unknown_outcome
from ._transport.base import HttpReply, HttpRequest, TransportError
from ._transport.choose import choose_transport
from ._turns import Limit, Limits, Slots, limits
from ._types import UNSET, Unset
from .errors import (
    AuthenticationError,
    ConfigurationError,
    ConvexConnectionError,
    ConvexError,
    ConvexTimeoutError,
    DeploymentError,
    OutcomeUnknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from ._auth import Credential, Credentials
    from ._life import Life
    from ._protocol.http import FunctionKind
    from ._transport.base import Headers, Transport

__all__ = ["DEFAULT_RETRIES", "Engine", "Exchange", "Options", "Outcome"]

T = TypeVar("T")

DEFAULT_RETRIES: Final = 2

_log: Final = logging.getLogger("aioconvex.http")


@frozen(kw_only=True)
class Options:
    """How calls are made; a timeout is for all tries together, None waits for ever."""

    max_retries: int = DEFAULT_RETRIES
    ordered: bool = False
    timeout: float | None = 60.0
    action_timeout: float | None = 660.0  # Convex lets an action run for ten minutes

    def changed(
        self,
        *,
        timeout: float | Unset | None = UNSET,
        max_retries: int | None = None,
        ordered: bool | None = None,
    ) -> Options:
        """These options, with those that are given instead.

        Raises:
            ConfigurationError: they are none.
        """
        if timeout is not UNSET and timeout is not None and not _is_time(timeout):
            raise ConfigurationError(f"timeout must be seconds or None, not {timeout!r}")
        if max_retries is not None and not _is_count(max_retries):
            raise ConfigurationError(f"max_retries must be 0 or more, not {max_retries!r}")
        return Options(
            max_retries=self.max_retries if max_retries is None else max_retries,
            ordered=self.ordered if ordered is None else ordered,
            timeout=self.timeout if timeout is UNSET else timeout,
            action_timeout=self.action_timeout if timeout is UNSET else timeout,
        )

    def timeout_of(self, kind: FunctionKind) -> float | None:
        """Seconds for a call of this kind."""
        return self.action_timeout if kind == "action" else self.timeout


def _is_time(seconds: object) -> bool:
    # What a program counts down may be used up, which is no mistake; NaN is one.
    return isinstance(seconds, int | float) and not math.isnan(seconds)


def _is_count(number: object) -> bool:
    return isinstance(number, int) and number >= 0


@define  # as a frozen class takes twice as long to make
class Exchange(Generic[T]):
    """What to send, and how to read the answer.

    `read` turns a reply into a value or raises what the reply means.
    """

    kind: FunctionKind
    path: str
    endpoint: str
    body: bytes = field(repr=False)
    read: Callable[[HttpReply], T] = field(repr=False)


@define
class Outcome(Generic[T]):
    """A successful exchange; `request_id` finds the call in the deployment's own logs."""

    value: T
    reply: HttpReply
    request_id: str


class Engine:
    """The connections of one client and of all its views."""

    def __init__(self, origin: str, client: httpx.AsyncClient | None, life: Life) -> None:
        self.origin = origin
        self._user_client = client
        self.life = life
        self._opened: _Opened | None = None

    @cached_property
    def headers(self) -> Headers:
        """What every request says; made at the first one, as the version is read from a file."""
        from importlib.metadata import version  # noqa: PLC0415  # slow to import

        return (
            ("Content-Type", "application/json"),
            ("Accept-Encoding", "gzip, deflate"),
            ("Convex-Client", f"aioconvex-{version('aioconvex')}"),
        )

    async def run(
        self, exchange: Exchange[T], options: Options, credentials: Credentials
    ) -> Outcome[T]:
        """Send a call, and repeat it as long as that is safe and promising.

        Raises:
            ConvexError: what the last reply meant, or that there was none.
        """
        timeout = options.timeout_of(exchange.kind)
        opened = self.opened()
        within = opened.limits(math.inf if timeout is None else timeout)
        call = _Run(self, exchange, options, credentials, within)
        # A cancelled call leaves the client usable: the transport drops that one connection.
        try:
            with within:
                if options.ordered and exchange.kind == "mutation":
                    async with opened.mutations:
                        return await call.until_done()
                return await call.until_done()
        except TimeoutError:
            if not within.expired():
                raise  # a token provider's own
        raise call.cut_off(f"no reply within {timeout} s")

    def opened(self) -> _Opened:
        """The connections, made at the first call, in the event loop that uses them.

        Raises:
            RuntimeError: see `Life.check`.
        """
        self.life.check()
        if self._opened is None:
            transport = choose_transport(self.origin, self._user_client)
            # No more at once than the transport handles well.
            slots = Slots(transport.in_flight)
            self._opened = _Opened(transport, slots, limits(), anyio.Lock())
        return self._opened

    async def aclose(self) -> None:
        """Close every connection; calls that wait for an answer end with an error."""
        if self._opened is not None:
            await self._opened.transport.aclose()


@frozen
class _Opened:
    transport: Transport
    slots: Slots
    limits: Limits
    mutations: anyio.Lock


@define
class _Run(Generic[T]):
    """One call's tries."""

    engine: Engine
    exchange: Exchange[T]
    options: Options
    credentials: Credentials
    limit: Limit
    tries: int = 0
    request_id: str = ""
    replaced: bool = False
    request: HttpRequest | None = None
    failure: ConvexError | None = None

    async def until_done(self) -> Outcome[T]:
        while True:
            # Until this try sends something, what the last one met is all there is to say.
            self.request = None
            credential = await self.credentials.current()
            self.tries += 1
            reply: HttpReply | None = None
            try:
                reply = await self._send(credential)
                return Outcome(self.exchange.read(reply), reply, self.request_id)
            except AuthenticationError:
                # 401 comes before execution, so another token may repeat anything, once.
                self.request = None
                if self.replaced or not await self.credentials.replace(credential):
                    raise
                self.replaced = True
            except ConvexError as error:
                if not error.retryable:
                    raise
                self.request, self.failure = None, error
                await self._wait(error, reply)

    async def _send(self, credential: Credential) -> HttpReply:
        # Not from `random`, which programs seed: two workers would use the same ids.
        self.request_id = os.urandom(8).hex()
        self.request = request = self._request(credential)
        slots = self.engine.opened().slots
        if not slots.take_nowait():
            await slots.take()
        try:
            # Asked again: the client may have been closed while this call waited for its turn.
            reply = await self.engine.opened().transport.send(request)
        except TransportError as error:
            ended = self.engine.life.ended
            raise self._lost("the client was closed" if ended else error.reason) from None
        finally:
            slots.give()
        exchange = self.exchange
        _log.debug(
            "%s %s: HTTP %d, %s", exchange.kind, exchange.path, reply.status, self.request_id
        )
        return reply

    def _request(self, credential: Credential) -> HttpRequest:
        # Apart from `_send`, whose variables a traceback may show: these hold the credential.
        headers = (*self.engine.headers, ("Convex-Request-Id", self.request_id))
        if credential.header is not None:
            headers = (*headers, ("Authorization", credential.header))
        url = self.engine.origin + self.exchange.endpoint
        return HttpRequest("POST", url, headers, self.exchange.body)

    async def _wait(self, error: ConvexError, reply: HttpReply | None) -> None:
        """Wait for the next try, or raise when there should be none."""
        if self.tries > self.options.max_retries or self.engine.life.ended:
            raise error
        asked = None
        if reply is not None and isinstance(error, DeploymentError):
            asked = read_retry_after(reply.headers.get("retry-after"), datetime.now(UTC))
        seconds = delay(self.tries, asked, random.random())  # noqa: S311  # spreads load only
        if anyio.current_time() + seconds >= self.limit.deadline:
            raise error
        _log.debug("%s: try %d in %.1f s: %s", self.exchange.path, self.tries + 1, seconds, error)
        await anyio.sleep(seconds)

    def cut_off(self, reason: str) -> ConvexError:
        """Make the error of a call that its deadline ended."""
        if self.request is None and self.failure is not None:
            return self.failure
        lost = self._lost(reason)
        return (
            lost
            if isinstance(lost, OutcomeUnknown)
            else ConvexTimeoutError(self.exchange.path, reason)
        )

    def _lost(self, reason: str) -> ConvexConnectionError | OutcomeUnknown:
        kind, path = self.exchange.kind, self.exchange.path
        if self.request is not None and self.request.maybe_sent and kind != "query":
            return unknown_outcome(kind, path, reason)
        return ConvexConnectionError(path, reason)
