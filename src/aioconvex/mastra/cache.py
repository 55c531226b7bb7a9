"""The server cache of a Mastra app: values, lists and counters that expire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, Self, Unpack

from aioconvex.errors import ArgumentError

from ._cache.handler import CacheHandler
from ._columns import column_of
from ._connection import from_environment
from ._domain import Domain
from ._epoch import now_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aioconvex.client import ConvexClient

    from ._client import ConvexAdminClient
    from ._connection import Connection

__all__ = ["ConvexServerCache"]

_PREFIX: Final = "mastra:cache:"
_TTL_MS: Final = 300_000
_HANDLER: Final = "mastra/cache:handle"

# Beyond these no time is one of JavaScript's, and no list has an item.
_LONGEST_TTL: Final = 10**15
_LAST_INDEX: Final = 2**53


class ConvexServerCache(Domain):
    """Mastra's server cache on one deployment, shared with TypeScript's `ConvexServerCache`.

        async with ConvexServerCache(deployment_url=url, auth_token=token) as cache:
            await cache.set("session", {"user": "ada"}, ttl_ms=60_000)
            index = await cache.list_push_indexed("events", "events:count", {"type": "start"})

    A key holds a value, a list or a counter. Values and items are any JSON; what Convex itself
    refuses, such as an object with a key that begins with `$`, TypeScript sees as JSON text.

    Args:
        key_prefix: what stored keys begin with. Caches of one prefix share their keys.
        ttl_ms: how many milliseconds keys live after they were written; 0 for ever.
        cache_function: the path of another cache handler, which then serves reads too.
        client: a client to share, which is left open.
        **connection: instead of a client, what `ConvexAdminClient` takes.

    Raises:
        ArgumentError: `ttl_ms` is negative, too large or no integer, or the prefix no string.
        ConfigurationError: as for `ConvexAdminClient`.
    """

    def __init__(
        self,
        *,
        key_prefix: str = _PREFIX,
        ttl_ms: int = _TTL_MS,
        cache_function: str = _HANDLER,
        client: ConvexAdminClient | ConvexClient | None = None,
        **connection: Unpack[Connection],
    ) -> None:
        super().__init__(client=client, **connection)
        self.key_prefix = _text(key_prefix, "key_prefix")
        self.ttl_ms = _milliseconds(ttl_ms)
        self.cache_function = cache_function
        self._handler = CacheHandler(self._client, cache_function)

    @classmethod
    def from_env(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        *,
        key_prefix: str = _PREFIX,
        ttl_ms: int = _TTL_MS,
        cache_function: str = _HANDLER,
        **given: Unpack[Connection],
    ) -> Self:
        """Connect as the environment says; see `ConvexAdminClient.from_env`, and the class.

        Raises:
            ConfigurationError: there is no URL, or no credential.
        """
        return cls(
            key_prefix=key_prefix,
            ttl_ms=ttl_ms,
            cache_function=cache_function,
            **from_environment(given),
        )

    async def get(self, key: str) -> Any:
        """Read what a key holds: a value, all items of a list, or a counter; None if nothing.

        Where only the published functions are deployed, lists and counters are None as well.

        Raises:
            ArgumentError: the key is no string.
            ConvexError: as for any call.
        """
        stored = self._key(key)
        return await (await self._reader()).get(stored)

    async def set(self, key: str, value: object, *, ttl_ms: int | None = None) -> None:
        """Store a value, in place of whatever the key held.

        Args:
            key: the key.
            value: any JSON value.
            ttl_ms: how many milliseconds it lives, 0 for ever; as the cache says unless told.

        Raises:
            ArgumentError: the value is no JSON, or `ttl_ms` negative or too large.
            MastraError: the value is larger than a document may be.
            ConvexError: as for any call.
        """
        place = self._place(key, ttl_ms)
        await self._handler.run("set", {**place, "value": column_of(value, "value")})

    async def list_push(self, key: str, value: object) -> None:
        """Append an item to a list, which is created if there is none, and lives on from now.

        It is sent once: after a lost connection nobody knows whether it was appended.

        Raises:
            ArgumentError: the value is no JSON.
            MastraError: the key holds a value or a counter; the id ends with `WRONG_KIND`.
            ConvexError: as for any call, `MutationOutcomeUnknown` too.
        """
        item = {**self._place(key), "value": column_of(value, "value")}
        await self._handler.run("listPush", item, repeatable=False)

    async def list_push_indexed(
        self, list_key: str, counter_key: str, value: Mapping[str, object]
    ) -> int:
        """Take the next index from a counter, and append an object that has it as `index`.

        One transaction, in one request. Where only the published functions are deployed, it is an
        `increment` and a `list_push`: tasks that do it at once may then append out of order.

        Args:
            list_key: the list.
            counter_key: the counter; another key than the list's.
            value: a JSON object.

        Returns:
            The index, from 0 on.

        Raises:
            ArgumentError: the value is no JSON object, or both keys are the same.
            MastraError: a key holds something else; the id ends with `WRONG_KIND`.
            ConvexError: as for `list_push`.
        """
        if not isinstance(value, dict):
            raise ArgumentError("value", f"{type(value).__name__} is no dict")
        if _text(list_key, "list_key") == _text(counter_key, "counter_key"):
            raise ArgumentError("counter_key", "must be another key than the list's")
        column = column_of({k: v for k, v in value.items() if k != "index"}, "value")
        if not await self._is_ours():
            index = await self.increment(counter_key) - 1
            await self.list_push(list_key, {**value, "index": index})
            return index
        item = {**self._place(list_key), "counterKey": self._key(counter_key), "value": column}
        return int(await self._handler.run("listPushIndexed", item, repeatable=False))

    async def list_from_to(self, key: str, start: int, end: int = -1) -> list[Any]:
        """Read items of a list; an empty list if there is none.

        Args:
            key: the key.
            start: the index of the first item; a negative one counts from the end.
            end: the index of the last item, which is included; likewise.

        Raises:
            ArgumentError: an index is no integer.
            ConvexError: as for any call.
        """
        stored, first, last = self._key(key), _index(start, "start"), _index(end, "end")
        return await (await self._reader()).list_from_to(stored, first, last)

    async def list_length(self, key: str) -> int:
        """Read how many items a list has; 0 if there is none.

        Raises:
            MastraError: the key holds a value or a counter; the id ends with `WRONG_KIND`.
            ConvexError: as for any call.
        """
        stored = self._key(key)
        return await (await self._reader()).list_length(stored)

    async def delete(self, key: str) -> None:
        """Delete what a key holds, if anything.

        Raises:
            ConvexError: as for any call.
        """
        await self._handler.run("delete", {"key": self._key(key)})

    async def clear(self) -> None:
        """Delete everything that was stored with this cache's prefix.

        Raises:
            ConvexError: as for any call; what was deleted before stays so.
        """
        await self._handler.run("clear", {"keyPrefix": self.key_prefix})

    async def increment(self, key: str) -> int:
        """Add 1 to a counter, which begins at 0 and lives on from now, and return it.

        It is sent once: after a lost connection nobody knows whether it was added.

        Raises:
            MastraError: the key holds a value or a list; the id ends with `WRONG_KIND`.
            ConvexError: as for any call, `MutationOutcomeUnknown` too.
        """
        return int(await self._handler.run("increment", self._place(key), repeatable=False))

    def _key(self, key: str) -> str:
        return self.key_prefix + _text(key, "key")

    def _place(self, key: str, ttl_ms: int | None = None) -> dict[str, object]:
        ttl = self.ttl_ms if ttl_ms is None else _milliseconds(ttl_ms)
        expires_at = now_ms() + ttl if ttl else None
        return {"key": self._key(key), "keyPrefix": self.key_prefix, "expiresAt": expires_at}

    async def _is_ours(self) -> bool:
        # Another handler may store elsewhere than our functions do.
        if self.cache_function != _HANDLER:
            return False
        return (await self._client.find_capabilities()).typed

    async def _reader(self) -> _Reader:
        if not await self._is_ours():
            return self._handler
        # With hundreds of generated classes, which the package's import does without.
        from ._cache.typed import CacheQuery  # noqa: PLC0415

        return CacheQuery(self._client)


class _Reader(Protocol):
    async def get(self, key: str) -> Any: ...
    async def list_length(self, key: str) -> int: ...
    async def list_from_to(self, key: str, start: int, end: int) -> list[Any]: ...


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise ArgumentError(path, f"{type(value).__name__} is no string")
    return value


def _index(value: object, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentError(path, f"{value!r} is no integer")
    return max(-_LAST_INDEX, min(value, _LAST_INDEX))


def _milliseconds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ArgumentError("ttl_ms", f"must be an integer of at least 0, not {value!r}")
    if value > _LONGEST_TTL:
        raise ArgumentError("ttl_ms", f"must be at most {_LONGEST_TTL}; 0 is for ever")
    return value
