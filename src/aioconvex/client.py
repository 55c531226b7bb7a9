"""The client: one deployment, one pool, calls by path; typed calls go through bindings."""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Self

from ._protocol.http import Call, FunctionKind, read_reply, write_call
from ._protocol.url import deployment_url
from ._transport.http import HttpTransport, TransportError
from ._types import UNSET, Unset
from .errors import (
    ConfigurationError,
    ConvexConnectionError,
    ConvexError,
    ConvexTimeoutError,
    OutcomeUnknownError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = ["ConvexClient"]

_TIMEOUT: Final = 60.0
_ACTION_TIMEOUT: Final = 660.0  # Convex lets an action run for ten minutes

_function_log = logging.getLogger("aioconvex.functions")


class ConvexClient:
    """An async client of one Convex deployment over HTTP.

    Use it with `async with`, or call `aclose()` when done. Construction does no I/O.

        async with ConvexClient("https://happy-animal-123.convex.cloud") as client:
            tasks = await client.query("tasks:list", {"done": False})

    Args:
        url: the deployment's URL. Plain `http` only for this machine.
        auth: a user's or service's JWT, sent as `Authorization: Bearer`.
        admin_key: an admin or deploy key, sent as `Authorization: Convex`. It may do everything,
            so it belongs in scripts and CI, not in a service.
        timeout: seconds without an answer before a call is given up; `None` waits for ever. By
            default 60, and 660 for actions.

    Raises:
        ConfigurationError: the URL is unusable, or both `auth` and `admin_key` are given.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: str | None = None,
        admin_key: str | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> None:
        self.url = deployment_url(url)
        self._timeout = timeout
        self._transport = HttpTransport(self.url, _headers(auth, admin_key))

    def __repr__(self) -> str:
        return f"ConvexClient({self.url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
        await self._transport.aclose()

    async def query(self, path: str, args: Mapping[str, object] | None = None) -> Any:
        """Run a query by its path (`dir/module:function`) and return its Convex value.

        Args:
            path: the function's path as Convex spells it.
            args: its arguments by wire name; plain `int` is sent as float64, see `Int64`.

        Raises:
            ArgumentError: path or arguments cannot be sent.
            FunctionError: the function failed; `ApplicationError` if it threw a `ConvexError`.
            DeploymentError: the deployment refused the request.
            ConvexConnectionError: no reply came.
            ProtocolError: the reply is not Convex's.
        """
        return await self.call("query", path, args or {})

    async def mutation(self, path: str, args: Mapping[str, object] | None = None) -> Any:
        """Run a mutation by its path; see `query`. It is sent once and never repeated.

        Raises:
            OutcomeUnknownError: it was sent, but no answer says whether it was applied.
            ConvexError: as for `query`.
        """
        return await self.call("mutation", path, args or {})

    async def action(self, path: str, args: Mapping[str, object] | None = None) -> Any:
        """Run an action by its path; see `query`. It is sent once and never repeated.

        Raises:
            OutcomeUnknownError: it was sent, but no answer says what became of it.
            ConvexError: as for `query`.
        """
        return await self.call("action", path, args or {})

    async def call(self, kind: FunctionKind, path: str, args: Mapping[str, object]) -> Any:
        """Run a function of the given kind: what `query`, `mutation` and `action` have in common.

        Bindings call this, so any object with this method can stand in for a client.
        """
        call = Call(kind, path, args)
        body = write_call(call)
        try:
            reply = await self._transport.send(
                f"/api/{kind}", body, patience=self._timeout_of(kind)
            )
        except TransportError as error:
            raise _without_reply(call, error) from None
        result = read_reply(call, reply.status, reply.body)
        for line in result.log_lines:
            _function_log.info("%s: %s", path, line)
        return result.value

    def _timeout_of(self, kind: FunctionKind) -> float | None:
        if self._timeout is not UNSET:
            return self._timeout
        return _ACTION_TIMEOUT if kind == "action" else _TIMEOUT


def _headers(auth: str | None, admin_key: str | None) -> dict[str, str]:
    if auth is not None and admin_key is not None:
        raise ConfigurationError("pass auth= or admin_key=, not both")
    headers = {
        "Content-Type": "application/json",
        "Convex-Client": f"aioconvex-{version('aioconvex')}",
    }
    if auth is not None:
        headers["Authorization"] = f"Bearer {_credential('auth', auth)}"
    if admin_key is not None:
        headers["Authorization"] = f"Convex {_credential('admin_key', admin_key)}"
    return headers


def _credential(name: str, value: str) -> str:
    if not value.strip() or not value.isascii() or not value.isprintable():
        # The value itself must not be shown, not even a broken one.
        raise ConfigurationError(f"{name} is empty or has characters that no token has")
    return value.strip()


def _without_reply(call: Call, error: TransportError) -> ConvexError:
    if error.maybe_sent and call.kind != "query":
        return OutcomeUnknownError(call.path, error.reason)
    kind = ConvexTimeoutError if error.timed_out else ConvexConnectionError
    return kind(call.path, error.reason)
