"""The server cache (§4.10, §3.6), on both kinds of server functions."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from aioconvex.errors import MutationOutcomeUnknown
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, ConvexServerCache, MastraError
from aioconvex.mastra._epoch import now_ms
from mastra.early_rows import Writer
from mastra.losing import Losing, losing_client

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

OURS = pytest.mark.parametrize("functions", ["ours"])
PUBLISHED = pytest.mark.parametrize("functions", ["published"])

ENTRIES = "mastra_cache"
ITEMS = "mastra_cache_list_items"


@pytest.fixture
async def cache(client: ConvexAdminClient) -> ConvexServerCache:
    return ConvexServerCache(client=client)


async def filled(cache: ConvexServerCache, key: str, count: int) -> None:
    for number in range(count):
        await cache.list_push(key, number)


async def test_4_10_a_value_is_read_as_it_was_stored(cache: ConvexServerCache) -> None:
    assert await cache.get("k") is None
    await cache.set("k", {"a": [1, None, 2.5], "b": "é🎈"})
    assert await cache.get("k") == {"a": [1, None, 2.5], "b": "é🎈"}
    await cache.set("k", "other")
    assert await cache.get("k") == "other"
    await cache.set("none", None)
    assert await cache.get("none") is None


@pytest.mark.parametrize(
    "value",
    [
        {"$schema": "https://json-schema.org"},
        {"schlüssel": {"": 1}},
        {"$integer": "AAAAAAAAAAA="},
        '{"$schema": 1}',
        "\n\t\n42",
        [[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]],
        1_700_000_000_123_456_789,
        0,
        False,
        "",
    ],
    ids=lambda value: repr(value)[:20],
)
async def test_4_10_and_5_14_any_json_comes_back(cache: ConvexServerCache, value: Any) -> None:
    """On the wire values are Convex's, which refuses `$`-keys and keys that are not ASCII."""
    await cache.set("k", value)
    await cache.list_push("l", value)
    await cache.list_push_indexed("i", "n", {"v": value})
    assert await cache.get("k") == value
    assert await cache.list_from_to("l", 0) == [value]
    assert await cache.list_from_to("i", 0) == [{"v": value, "index": 0}]


async def test_4_10_keys_have_the_prefix(writer: Writer) -> None:
    cache = ConvexServerCache(client=writer.client)
    assert (cache.key_prefix, cache.ttl_ms) == ("mastra:cache:", 300_000)
    assert cache.cache_function == "mastra/cache:handle"
    await cache.set("k", 1)
    await ConvexServerCache(client=writer.client, key_prefix="mine/").list_push("k", 2)
    entries = await writer.rows(ENTRIES)
    assert {(row["key"], row["keyPrefix"], row["kind"]) for row in entries} == {
        ("mastra:cache:k", "mastra:cache:", "value"),
        ("mine/k", "mine/", "list"),
    }
    assert await cache.get("k") == 1


async def test_4_10_keys_live_for_the_ttl_and_0_is_for_ever(writer: Writer) -> None:
    cache = ConvexServerCache(client=writer.client)
    before = now_ms()
    await cache.set("default", 1)
    await cache.set("long", 1, ttl_ms=3_600_000)
    await cache.set("ever", 1, ttl_ms=0)
    await cache.increment("counter")
    after = now_ms()
    rows = {row["key"].rpartition(":")[2]: row for row in await writer.rows(ENTRIES)}
    for key, ttl in (("default", 300_000), ("long", 3_600_000), ("counter", 300_000)):
        assert before + ttl <= rows[key]["expiresAt"] <= after + ttl
    assert rows["ever"]["expiresAt"] is None
    lasting = ConvexServerCache(client=writer.client, ttl_ms=0)
    await lasting.set("default", 1)
    [row] = [row for row in await writer.rows(ENTRIES) if row["key"].endswith(":default")]
    assert row["expiresAt"] is None


async def test_3_6_what_has_expired_is_gone(
    client: ConvexAdminClient, deployment: LocalDeployment
) -> None:
    cache = ConvexServerCache(client=client)
    await cache.set("value", 1)
    await cache.set("kept", 2, ttl_ms=0)
    await filled(cache, "list", 30)
    await cache.increment("counter")
    await deployment.advance(299)
    assert await cache.get("value") == 1
    await deployment.advance(2)
    assert [await cache.get(key) for key in ("value", "list", "counter", "kept")] == [
        *(None, None, None),
        2,
    ]
    assert await cache.list_length("list") == 0
    assert await cache.list_from_to("list", 0) == []
    # What takes its place begins anew, whatever it was.
    lasting = ConvexServerCache(client=client, ttl_ms=0)
    assert await lasting.increment("list") == 1
    await lasting.list_push("counter", "x")
    assert await lasting.list_from_to("counter", 0) == ["x"]


async def test_4_10_list_push_refreshes_the_ttl(
    client: ConvexAdminClient, deployment: LocalDeployment
) -> None:
    cache = ConvexServerCache(client=client)
    lasting = ConvexServerCache(client=client, ttl_ms=600_000)
    await cache.list_push("l", 1)
    await lasting.list_push("l", 2)
    await deployment.advance(400)
    assert await cache.list_from_to("l", 0) == [1, 2]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (0, -1, [0, 1, 2, 3, 4]),
        (0, 0, [0]),
        (1, 3, [1, 2, 3]),
        (-2, -1, [3, 4]),
        (-99, 1, [0, 1]),
        (-99, -99, []),
        (3, 99, [3, 4]),
        (3, 2, []),
        (5, 9, []),
        (2, -3, [2]),
        (2, -4, []),
    ],
)
async def test_3_6_ranges_include_their_end_and_negatives_count_from_it(
    cache: ConvexServerCache, start: int, end: int, found: list[int]
) -> None:
    await filled(cache, "l", 5)
    assert await cache.list_from_to("l", start, end) == found


async def test_4_10_list_from_to_reads_to_the_end_by_default(cache: ConvexServerCache) -> None:
    await filled(cache, "l", 3)
    assert await cache.list_from_to("l", 1) == [1, 2]
    assert await cache.list_from_to("unknown", 0) == []


async def test_ranges_may_go_as_far_as_they_like(cache: ConvexServerCache) -> None:
    await filled(cache, "l", 3)
    assert await cache.list_from_to("l", -(10**400), 2**53 + 1) == [0, 1, 2]
    assert await cache.list_from_to("l", 10**400) == []
    assert await cache.list_from_to("l", 0, -(2**60)) == []


async def test_4_10_list_length_of_a_miss_is_0(cache: ConvexServerCache) -> None:
    assert await cache.list_length("l") == 0
    await filled(cache, "l", 3)
    assert await cache.list_length("l") == 3


async def test_4_10_increment_begins_at_1(cache: ConvexServerCache) -> None:
    assert [await cache.increment("n") for _ in range(3)] == [1, 2, 3]


@OURS
async def test_4_10_and_5_23_get_reads_lists_and_counters(cache: ConvexServerCache) -> None:
    await filled(cache, "l", 3)
    await cache.increment("n")
    assert (await cache.get("l"), await cache.get("n")) == ([0, 1, 2], 1)


@PUBLISHED
async def test_3_6_get_of_a_list_or_counter_is_none_on_the_published_functions(
    cache: ConvexServerCache,
) -> None:
    await filled(cache, "l", 3)
    await cache.increment("n")
    assert (await cache.get("l"), await cache.get("n")) == (None, None)


async def test_3_6_set_replaces_a_list_or_counter(cache: ConvexServerCache) -> None:
    await filled(cache, "l", 60)
    await cache.increment("n")
    await cache.set("l", "value")
    await cache.set("n", "value")
    assert (await cache.get("l"), await cache.get("n")) == ("value", "value")
    assert await cache.list_from_to("l", 0) == []
    await cache.delete("l")
    await cache.list_push("l", "new")
    assert await cache.list_from_to("l", 0) == ["new"]


async def test_3_6_a_key_of_another_kind_is_an_error(cache: ConvexServerCache) -> None:
    await cache.set("v", {"a": 1})
    await filled(cache, "l", 1)
    for use, text in (
        (cache.list_push("v", 1), "mastra:cache:v exists but is not an array"),
        (cache.list_length("v"), "mastra:cache:v exists but is not an array"),
        (cache.increment("v"), "mastra:cache:v exists but is not a number"),
        (cache.increment("l"), "mastra:cache:l exists but is not a number"),
        (cache.list_push_indexed("v", "n", {}), "mastra:cache:v exists but is not an array"),
    ):
        with pytest.raises(MastraError) as caught:
            await use
        assert str(caught.value) == text
        assert caught.value.id.endswith("_WRONG_KIND")
        assert caught.value.category == "USER"
    assert await cache.list_from_to("v", 0) == []
    assert await cache.get("v") == {"a": 1}


async def test_4_10_delete_is_of_one_key(cache: ConvexServerCache) -> None:
    await filled(cache, "l", 60)
    await cache.set("v", 1)
    await cache.delete("l")
    await cache.delete("unknown")
    assert await cache.list_length("l") == 0
    assert await cache.get("v") == 1


async def test_4_10_clear_is_of_exactly_one_prefix(writer: Writer) -> None:
    cache = ConvexServerCache(client=writer.client, key_prefix="a:")
    longer = ConvexServerCache(client=writer.client, key_prefix="a:b:")
    for used in (cache, longer):
        await used.set("v", 1)
        await used.increment("n")
        await filled(used, "l", 30)
        await filled(used, "m", 2)
    await cache.clear()
    rows = await writer.rows(ENTRIES) + await writer.rows(ITEMS)
    assert {row["keyPrefix"] for row in rows} == {"a:b:"}
    assert len(rows) == 4 + 32
    assert await longer.list_length("l") == 30
    await cache.clear()


async def test_4_10_list_push_indexed_gives_indexes_from_0_on(cache: ConvexServerCache) -> None:
    taken = [
        await cache.list_push_indexed("l", "n", {"type": "chunk", "index": "theirs"})
        for _ in range(3)
    ]
    assert taken == [0, 1, 2]
    assert await cache.list_from_to("l", 0) == [{"type": "chunk", "index": n} for n in range(3)]
    assert await cache.increment("n") == 4


@OURS
async def test_5_23_an_indexed_push_is_one_round_trip_and_changes_all_or_nothing(
    cache: ConvexServerCache, deployment: LocalDeployment
) -> None:
    await cache.list_push_indexed("l", "n", {})
    calls = await deployment.recent_calls()
    await cache.list_push_indexed("l", "n", {})
    assert len(await deployment.recent_calls()) == len(calls) + 1
    await cache.set("v", 1)
    with pytest.raises(MastraError, match="not an array"):
        await cache.list_push_indexed("v", "n", {})
    with pytest.raises(MastraError, match="not a number"):
        await cache.list_push_indexed("l", "v", {})
    assert (await cache.list_length("l"), await cache.increment("n")) == (2, 3)


@OURS
async def test_5_1_reads_are_queries_that_read_what_they_are_about(
    cache: ConvexServerCache, deployment: LocalDeployment
) -> None:
    await filled(cache, "l", 20)
    await cache.set("other", "x" * 1000)
    for read, most in (
        (cache.get("other"), 1),
        (cache.list_length("l"), 1),
        (cache.list_from_to("l", 5, 6), 3),
        (cache.get("unknown"), 0),
    ):
        await read
        [*_, call] = await deployment.recent_calls()
        assert (call.kind, call.documents_read) == ("query", most)


@OURS
async def test_5_3_a_list_of_more_than_one_call_may_read_is_read_whole(writer: Writer) -> None:
    cache = ConvexServerCache(client=writer.client, ttl_ms=0)
    item = {"key": "mastra:cache:l", "keyPrefix": "mastra:cache:"}
    big = '"' + "x" * 1_000_000 + '"'
    for number in range(14):
        await writer.insert(ITEMS, {**item, "index": number, "value": big})
    entry = {**item, "kind": "list", "counter": 14, "expiresAt": None}
    await writer.insert(ENTRIES, entry)
    assert [len(text) for text in await cache.get("l")] == [1_000_000] * 14
    assert len(await cache.list_from_to("l", -13, 12)) == 12
    assert await cache.list_length("l") == 14
    await cache.delete("l")
    assert await writer.rows(ITEMS) == []


class Replacing(httpx.AsyncBaseTransport):
    """Puts another list in the place of one when its first part was read."""

    def __init__(self, cache: ConvexServerCache) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self._cache = cache
        self.reads = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._real.handle_async_request(request)
        if request.url.path == "/api/query" and b"mastra/cache:read" in await request.aread():
            self.reads += 1
            if self.reads == 1:
                await self._cache.delete("l")
                await self._cache.list_push("l", "new")
        return response

    async def aclose(self) -> None:
        await self._real.aclose()


@OURS
async def test_a_list_that_is_replaced_while_it_is_read_is_the_one_or_the_other(
    writer: Writer, our_writer: LocalDeployment
) -> None:
    cache = ConvexServerCache(client=writer.client, ttl_ms=0)
    item = {"key": "mastra:cache:l", "keyPrefix": "mastra:cache:"}
    big = '"' + "x" * 1_000_000 + '"'
    for number in range(13):
        await writer.insert(ITEMS, {**item, "index": number, "value": big})
    await writer.insert(ENTRIES, {**item, "kind": "list", "counter": 13, "expiresAt": None})
    replacing = Replacing(cache)
    async with losing_client(our_writer, replacing) as client:
        assert await ConvexServerCache(client=client).get("l") == ["new"]
    assert replacing.reads == 3


@OURS
async def test_5_2_long_lists_are_deleted_in_bounded_calls(writer: Writer) -> None:
    cache = ConvexServerCache(client=writer.client, ttl_ms=0)
    for name, count in (("a", 600), ("b", 3)):
        item = {"key": f"mastra:cache:{name}", "keyPrefix": "mastra:cache:"}
        rows = [{**item, "index": n, "value": str(n)} for n in range(count)]
        await writer.insert(ITEMS, *rows)
        await writer.insert(ENTRIES, {**item, "kind": "list", "counter": count, "expiresAt": None})
    request = {"op": "delete", "key": "mastra:cache:a"}
    first = await writer.client.call_mutation("mastra/cache:handle", request)
    assert first == {"ok": True, "hasMore": True}
    assert await cache.list_length("a") == 0, "gone for readers before all of it is deleted"
    await cache.list_push("a", "new")
    assert await cache.get("a") == ["new"]
    await cache.clear()
    assert await writer.rows(ITEMS) == await writer.rows(ENTRIES) == []


@OURS
async def test_5_2_two_long_lists_in_the_place_of_another_are_cleaned_up(writer: Writer) -> None:
    cache = ConvexServerCache(client=writer.client, ttl_ms=0)
    for name in ("l", "n"):
        item = {"key": f"mastra:cache:{name}", "keyPrefix": "mastra:cache:"}
        rows = [{**item, "index": n, "value": "x" * 900_000} for n in range(7)]
        await writer.insert(ITEMS, *rows)
        await writer.insert(ENTRIES, {**item, "kind": "list", "counter": 7, "expiresAt": 1})
    assert await cache.list_push_indexed("l", "n", {}) == 0
    assert await cache.get("l") == [{"index": 0}]
    assert len(await writer.rows(ITEMS)) == 1


@OURS
async def test_a_value_above_one_mebibyte_is_refused(cache: ConvexServerCache) -> None:
    for use in (cache.set("k", "é" * 600_000), cache.list_push("l", "é" * 600_000)):
        with pytest.raises(MastraError, match="at most 1048576") as caught:
            await use
        assert caught.value.details["code"] == "DocumentTooLarge"
    assert await cache.list_length("l") == 0


@OURS
async def test_another_handler_serves_reads_too(client: ConvexAdminClient) -> None:
    cache = ConvexServerCache(client=client, cache_function="mastra/cache:other")
    with pytest.raises(MastraError, match="mastra/cache:other is not deployed"):
        await cache.get("k")
    with pytest.raises(MastraError, match="mastra/cache:other is not deployed"):
        await cache.list_push_indexed("l", "n", {})


@OURS
async def test_an_unknown_operation_is_answered(client: ConvexAdminClient) -> None:
    reply = await client.call_mutation("mastra/cache:handle", {"op": "fly"})
    assert reply["ok"] is False
    assert reply["error"].startswith("Unsupported operation fly")


@OURS
@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({}, "op must be a string"),
        ({"op": "get"}, "key must be a string"),
        ({"op": "set", "key": "k"}, "keyPrefix must be a string"),
        ({"op": "set", "key": "k", "keyPrefix": "", "expiresAt": "soon"}, "expiresAt must be"),
        ({"op": "listFromTo", "key": "l", "from": 0}, "from must be|to must be|a finite number"),
        ({"op": "listPushIndexed", "key": "l", "keyPrefix": ""}, "counterKey must be a string"),
        (
            {"op": "listPushIndexed", "key": "l", "counterKey": "n", "keyPrefix": "", "value": "x"},
            "value must be an object",
        ),
        ({"op": "clear"}, "keyPrefix must be a string"),
    ],
)
async def test_a_request_that_is_none_is_refused(
    client: ConvexAdminClient, request_: dict[str, Any], text: str
) -> None:
    with pytest.raises(MastraError, match=text) as caught:
        await client.call_handler("mastra/cache:handle", request_, repeatable=False)
    assert caught.value.details["code"] == "InvalidRequest"
    assert await client.call("query", "mastra/cache:read", {"key": "n"}) is None


@OURS
async def test_3_9_pushes_and_increments_are_sent_once(
    deployment: LocalDeployment, client: ConvexAdminClient
) -> None:
    losing = Losing()
    async with losing_client(deployment, losing) as lossy:
        cache = ConvexServerCache(client=lossy)
        for use in (
            cache.list_push("l", 1),
            cache.increment("n"),
            cache.list_push_indexed("i", "m", {}),
        ):
            losing.replies = 1
            with pytest.raises(MutationOutcomeUnknown):
                await use
    assert [sent["op"] for sent in losing.sent] == ["listPush", "increment", "listPushIndexed"]
    stored = ConvexServerCache(client=client)
    assert await stored.get("l") == [1]


@OURS
async def test_3_9_set_delete_and_clear_are_sent_until_their_outcome_is_known(
    deployment: LocalDeployment, client: ConvexAdminClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aioconvex.mastra._client.delay", lambda *_: 0.0)
    stored = ConvexServerCache(client=client)
    losing = Losing()
    async with losing_client(deployment, losing) as lossy:
        cache = ConvexServerCache(client=lossy)
        for use, found in (
            (cache.set("k", 1), 1),
            (cache.delete("k"), None),
            (cache.clear(), None),
        ):
            losing.replies = 2
            await use
            assert await stored.get("k") == found
    assert [sent["op"] for sent in losing.sent] == ["set"] * 3 + ["delete"] * 3 + ["clear"] * 3
