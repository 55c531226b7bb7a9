"""Live queries of Mastra's tables, whose items are a domain's own objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from attrs import frozen

from ._generated import Api
from .errors import live_not_supported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aioconvex._protocol.http import FunctionKind
    from aioconvex.live import LiveQuery

    from ._client import ConvexAdminClient

__all__ = ["watched"]

R = TypeVar("R")
T = TypeVar("T")


def watched(
    client: ConvexAdminClient,
    watch: Callable[[Api], LiveQuery[R]],
    change: Callable[[R], T],
) -> LiveQuery[T]:
    """Make a live query whose items are what `change` makes of the bindings' values.

        watched(client, lambda api: api.mastra.queries.watch_thread.watch(thread_id="t"), thread_of)

    Args:
        client: the deployment.
        watch: which query to watch, with its arguments.
        change: makes a domain's object of a query's result, in the reader's task.

    Raises:
        MastraError: the deployment is known to have only the published functions.
        ArgumentError: the arguments cannot be sent.
    """
    known = client.capabilities
    if known is not None and not known.typed:
        raise live_not_supported()
    live = watch(Api(_Changing(client, change)))
    # `change` comes after what the bindings read, which they do not know.
    return cast("LiveQuery[T]", live)


@frozen
class _Changing(Generic[R, T]):
    """A caller for bindings that changes what they read of live results."""

    client: ConvexAdminClient
    change: Callable[[R], T]

    async def call(self, kind: FunctionKind, path: str, args: Mapping[str, object]) -> Any:
        return await self.client.call(kind, path, args)

    def watch_as(
        self, path: str, args: Mapping[str, object], read: Callable[[Any], R]
    ) -> LiveQuery[T]:
        change = self.change
        return self.client.watch_as(path, args, lambda wire: change(read(wire)))
