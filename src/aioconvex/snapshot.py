"""Several queries at one moment of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ._protocol.http import FunctionKind, Reply

__all__ = ["Snapshot"]


class Snapshot:
    """A moment of the database; every query sees the same state. Also takes bindings.

        async with client.snapshot() as at:
            user = await at.query("users:get", {"id": "u-1"})
            tasks = await Api(at).tasks.list(owner="u-1")

    A deployment keeps a moment for about ten seconds (Convex speaks of thirty); after that its
    queries fail with `OverloadedError`. https://docs.convex.dev/http-api
    """

    def __init__(
        self, run: Callable[[str, Mapping[str, object], str], Awaitable[Reply]], ts: str
    ) -> None:
        self._run = run
        self._ts = ts

    def __repr__(self) -> str:
        return f"Snapshot({self._ts!r})"

    async def query(self, path: str, args: Mapping[str, object] | None = None) -> Any:
        """Run a query at this moment; see `ConvexClient.query`."""
        return (await self._run(path, args or {}, self._ts)).value()

    async def call(self, kind: FunctionKind, path: str, args: Mapping[str, object]) -> Any:
        """Run a query for bindings.

        Raises:
            ConfigurationError: the function is no query: a past moment cannot be changed.
        """
        if kind != "query":
            raise ConfigurationError(f"{path}: a snapshot runs queries only, and this is a {kind}")
        return (await self._run(path, args, self._ts)).wire
