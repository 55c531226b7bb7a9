"""Calls over HTTP, as a client and each of its views make them: whose, and with which options."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from ._engine import Engine, Exchange, Options, Outcome
from ._protocol.http import Call, Reply, read_batch, read_reply, write_batch, write_call
from ._protocol.timestamp import read_timestamp
from .errors import FunctionError
from .raw import log_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._auth import Credentials
    from ._protocol.http import FunctionKind
    from ._transport.base import HttpReply, Transport

__all__ = ["HttpCalls"]

T = TypeVar("T")


@frozen
class HttpCalls:
    """The connections, who calls over them, and how."""

    engine: Engine
    credentials: Credentials
    options: Options

    @property
    def transport(self) -> Transport:
        """What files and HTTP actions are sent with."""
        return self.engine.opened().transport

    async def run(
        self,
        kind: FunctionKind,
        path: str,
        args: Mapping[str, object],
        component: str | None = None,
        ts: str | None = None,
    ) -> Outcome[Reply]:
        """Run a function; `ts` is a snapshot's timestamp."""
        call = Call(kind, path, args, component)
        endpoint = call.endpoint if ts is None else "/api/query_at_ts"
        options = self.options
        if component is not None:
            # That endpoint runs any kind of function: a "query" may well be a mutation.
            options = options.changed(max_retries=0)
        return await self._run(call, endpoint, write_call(call, ts), options)

    async def run_any(self, path: str, args: Mapping[str, object]) -> Outcome[Reply]:
        """Run a function of a kind that only the deployment knows."""
        # As an action, of which least may be repeated, and which has the most time.
        call = Call("action", path, args)
        return await self._run(call, call.endpoint_of_any, write_call(call), self.options)

    async def _run(
        self, call: Call, endpoint: str, body: bytes, options: Options
    ) -> Outcome[Reply]:
        def read(reply: HttpReply) -> Reply:
            return read_reply(call, reply.status, reply.body)

        exchange = Exchange(call.kind, call.path, endpoint, body, read)
        try:
            outcome = await self.engine.run(exchange, options, self.credentials)
        except FunctionError as error:
            log_lines(call.path, error)
            raise
        log_lines(call.path, outcome.value)
        return outcome

    async def batch(
        self, queries: Sequence[tuple[str, Mapping[str, object]]]
    ) -> list[Reply | FunctionError]:
        """Run queries at one moment; one entry for each, in order."""
        calls = [Call("query", path, args) for path, args in queries]

        def read(reply: HttpReply) -> list[Reply | FunctionError]:
            return read_batch(calls, reply.status, reply.body)

        exchange = Exchange("query", "query_batch", "/api/query_batch", write_batch(calls), read)
        results = await self._exchange(exchange)
        for call, result in zip(calls, results, strict=True):
            log_lines(call.path, result)
        return results

    async def timestamp(self) -> str:
        """Ask for a moment that queries can be run at."""

        def read(reply: HttpReply) -> str:
            return read_timestamp(reply.status, reply.body)

        return await self._exchange(Exchange("query", "query_ts", "/api/query_ts", b"", read))

    async def query_at(self, path: str, args: Mapping[str, object], ts: str) -> Reply:
        """Run a query at such a moment."""
        return (await self.run("query", path, args, None, ts)).value

    async def _exchange(self, exchange: Exchange[T]) -> T:
        return (await self.engine.run(exchange, self.options, self.credentials)).value
