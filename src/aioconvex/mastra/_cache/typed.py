"""Reading the cache by our own query, `convex/mastra/cache.ts:read`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from aioconvex.mastra._columns import value_of

from .handler import wrong_kind

if TYPE_CHECKING:
    from aioconvex.mastra._client import ConvexAdminClient
    from aioconvex.mastra._generated.models import (
        ReadResultCounter,
        ReadResultList,
        ReadResultValue,
    )

    _Entry: TypeAlias = ReadResultValue | ReadResultCounter | ReadResultList | None

__all__ = ["CacheQuery"]


class CacheQuery:
    """Reads of the cache that meet no conflict with what others write."""

    def __init__(self, client: ConvexAdminClient) -> None:
        self._cache = client.api.mastra.cache

    async def get(self, key: str) -> Any:
        """Read a value, a whole list or a counter."""
        entry, items = await self._read(key, 0, -1)
        if entry is None:
            return None
        if entry.kind == "value":
            return _value(entry.value)
        if entry.kind == "counter":
            return int(entry.counter)
        return items

    async def list_length(self, key: str) -> int:
        """Read the length of a list."""
        entry = await self._cache.read(key=key)
        if entry is None:
            return 0
        if entry.kind != "list":
            raise wrong_kind("listLength", f"{key} exists but is not an array")
        return int(entry.length)

    async def list_from_to(self, key: str, start: int, end: int) -> list[Any]:
        """Read a range of a list, in parts if it is long."""
        _, items = await self._read(key, start, end)
        return items

    async def _read(self, key: str, start: int, end: int) -> tuple[_Entry, list[Any]]:
        """Read a key, and a range of its list: anew if another one took its place meanwhile."""
        while True:
            entry = await self._cache.read(key=key, from_=start, to=end)
            if entry is None or entry.kind != "list":
                return entry, []
            items = await self._items(key, entry)
            if items is not None:
                return entry, items

    async def _items(self, key: str, part: ReadResultList) -> list[Any] | None:
        """Read on in a list; None if it was deleted."""
        values = list(part.items)
        while part.rest is not None:
            more = await self._cache.read(
                key=key, from_=part.rest.from_, to=part.rest.to, list_=part.list_
            )
            if more is None or more.kind != "list":
                return None
            values += more.items
            part = more
        return [_value(value) for value in values]


def _value(stored: str) -> Any:
    return value_of(orjson.loads(stored))
