"""Calls whose answers come with what surrounds the value."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Protocol

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._calls import HttpCalls
    from ._engine import Outcome
    from ._protocol.http import Reply

__all__ = ["RawCalls", "RawResponse", "log_lines"]

_log: Final = logging.getLogger("aioconvex.functions")


class _Logged(Protocol):
    @property
    def log_lines(self) -> Sequence[str]: ...


def log_lines(path: str, result: _Logged) -> None:
    """Log what a function wrote to its console."""
    for line in result.log_lines:
        _log.info("%s: %s", path, line)


@frozen(kw_only=True)
class RawResponse:
    """A function's value, and what came with it.

    `request_id` is the id under which the deployment's own logs have the call; `headers` are
    looked up without regard to case.
    """

    value: Any
    log_lines: Sequence[str]
    request_id: str
    status: int
    headers: Mapping[str, str] = field(repr=False)


class RawCalls:
    """`client.with_raw_response`: the client's calls, answered by a `RawResponse`."""

    def __init__(self, calls: HttpCalls) -> None:
        self._calls = calls

    def __repr__(self) -> str:
        return f"RawCalls({self._calls.engine.origin!r})"

    async def query(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        *,
        component: str | None = None,
    ) -> RawResponse:
        """Run a query; see `ConvexClient.query`."""
        return _raw(await self._calls.run("query", path, args or {}, component))

    async def mutation(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        *,
        component: str | None = None,
    ) -> RawResponse:
        """Run a mutation; see `ConvexClient.mutation`."""
        return _raw(await self._calls.run("mutation", path, args or {}, component))

    async def action(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        *,
        component: str | None = None,
    ) -> RawResponse:
        """Run an action; see `ConvexClient.action`."""
        return _raw(await self._calls.run("action", path, args or {}, component))

    async def run(self, path: str, args: Mapping[str, object] | None = None) -> RawResponse:
        """Run a function of whichever kind, for tools: the deployment looks up what it is.

        It is called as carefully as an action, and has as much time.

        Raises:
            ActionOutcomeUnknown: it was sent, but no answer says what became of it.
            ConvexError: as for `ConvexClient.query`.
        """
        return _raw(await self._calls.run_any(path, args or {}))


def _raw(outcome: Outcome[Reply]) -> RawResponse:
    return RawResponse(
        value=outcome.value.value(),
        log_lines=outcome.value.log_lines,
        request_id=outcome.request_id,
        status=outcome.reply.status,
        headers=outcome.reply.headers,
    )
