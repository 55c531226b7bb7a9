"""The cache through its handler, as `@mastra/convex` publishes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aioconvex.mastra._columns import value_of
from aioconvex.mastra.errors import MastraError, storage_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aioconvex.mastra._client import ConvexAdminClient

__all__ = ["CacheHandler", "wrong_kind"]

_WRONG_KIND = "exists but is not a"


class CacheHandler:
    """Runs operations on a deployment's cache, and reads by them."""

    def __init__(self, client: ConvexAdminClient, path: str) -> None:
        self._client = client
        self._path = path

    async def run(self, op: str, fields: Mapping[str, object], *, repeatable: bool = True) -> Any:
        """Run an operation, however many calls it takes to clean up before.

        Raises:
            MastraError: the key holds something else (`WRONG_KIND`), or as for any call.
            ConvexError: as for `ConvexClient.mutation`.
        """
        request = {"op": op, **fields}
        while True:
            try:
                reply = await self._client.call_handler(self._path, request, repeatable=repeatable)
            except MastraError as error:
                # It is answered, not raised, so production shows it; published, it has no code.
                if _WRONG_KIND in error.text:
                    raise wrong_kind(op, error.text) from error
                raise
            if not reply.has_more:
                return reply.result

    async def get(self, key: str) -> Any:
        """Read a value; what is a list or counter is None."""
        return value_of(await self.run("get", {"key": key}))

    async def list_length(self, key: str) -> int:
        """Read the length of a list."""
        return int(await self.run("listLength", {"key": key}))

    async def list_from_to(self, key: str, start: int, end: int) -> list[Any]:
        """Read a range of a list, at once."""
        wanted = {"key": key, "from": start, "to": end}
        items: list[object] = await self.run("listFromTo", wanted)
        return [value_of(item) for item in items]


def wrong_kind(op: str, text: str) -> MastraError:
    """Make the error for a key that holds something else."""
    return storage_error(op, "WRONG_KIND", text)
