"""Threads (§4.1), on both kinds of server functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
import pytest

from aioconvex.errors import ArgumentError
from aioconvex.mastra import ConvexAdminClient, MastraError, MemoryConvex, Thread, ThreadList
from mastra.memory import OURS, at, ids, message, stored, thread

pytestmark = pytest.mark.anyio

ODD = {"$schema": "x", "schlüssel": [1, {"$deep": None}], "": True, "n": 1, "half": 0.5}


async def listed(memory: MemoryConvex, **options: Any) -> list[str]:
    return ids((await memory.list_threads(**options)).threads)


async def three(memory: MemoryConvex) -> None:
    for n, id_ in enumerate("abc"):
        await memory.save_thread(thread=thread(id_, n, updated_at=at(10 - n)))
    await memory.save_thread(thread=thread("x", 1, resource_id="bob"))


async def test_4_1_get_thread_by_id_finds_it_or_none(memory: MemoryConvex) -> None:
    saved = await memory.save_thread(thread=thread("t", title="Garden", metadata={"a": [1, None]}))
    assert await memory.get_thread_by_id(thread_id="t") == saved
    assert await memory.get_thread_by_id(thread_id="?") is None


async def test_4_1_get_thread_by_id_does_not_find_another_resources(memory: MemoryConvex) -> None:
    saved = await memory.save_thread(thread=thread("t"))
    assert await memory.get_thread_by_id(thread_id="t", resource_id="ada") == saved
    assert await memory.get_thread_by_id(thread_id="t", resource_id="bob") is None


async def test_4_1_save_thread_returns_what_was_given_and_keeps_its_times(
    memory: MemoryConvex,
) -> None:
    given = thread("t", 1.0005, updated_at=at(2))
    assert await memory.save_thread(thread=given) is given
    found = await memory.get_thread_by_id(thread_id="t")
    assert found is not None
    assert found == given
    assert (found.created_at, found.updated_at, found.metadata) == (at(1), at(2), {})


async def test_4_1_save_thread_again_overwrites_every_field(memory: MemoryConvex) -> None:
    await memory.save_thread(thread=thread("t", title="Old", metadata={"a": 1}))
    again = thread("t", 5, resource_id="bob", title="New", metadata={"b": 2})
    await memory.save_thread(thread=again)
    assert await memory.get_thread_by_id(thread_id="t") == again


async def test_5_13_a_thread_without_title_can_be_saved(memory: MemoryConvex) -> None:
    await memory.save_thread(thread=Thread(id="t", resource_id="ada"))
    found = await memory.get_thread_by_id(thread_id="t")
    assert found is not None
    assert found.title == ""


async def test_5_14_metadata_may_have_any_keys(memory: MemoryConvex) -> None:
    saved = await memory.save_thread(thread=thread("t", metadata=ODD))
    assert await memory.get_thread_by_id(thread_id="t") == saved
    updated = await memory.update_thread(id="t", metadata={"$more": 2, "n": 3})
    assert updated.metadata == {**ODD, "$more": 2, "n": 3}
    assert await memory.get_thread_by_id(thread_id="t") == updated
    assert await listed(memory, metadata={"n": 3}) == ["t"]


async def test_metadata_whose_digits_convex_drops_is_refused(memory: MemoryConvex) -> None:
    await memory.save_thread(thread=thread("t", metadata={"large": 1e300, "$": 2**60}))
    found = await memory.get_thread_by_id(thread_id="t")
    assert found is not None
    assert {name: float(value) for name, value in found.metadata.items()} == {
        "large": 1e300,
        "$": 2.0**60,
    }
    kept = await memory.update_thread(id="t", metadata=found.metadata)
    assert kept.metadata == found.metadata
    for use in (
        memory.save_thread(thread=thread("t", metadata={"$": 2**60 + 1})),
        memory.update_thread(id="t", metadata={"$": 2**60 + 1}),
    ):
        with pytest.raises(ArgumentError, match=r"metadata\.\$: .* loses digits"):
            await use
    assert await memory.get_thread_by_id(thread_id="t") == kept


async def test_5_21_what_is_read_compares_equal_to_what_was_saved(
    memory: MemoryConvex, client: ConvexAdminClient
) -> None:
    """No system field leaks, and numbers are what they were."""
    saved = thread("t", metadata={"n": 1, "x": 1.5, "deep": {"m": [2]}})
    await memory.save_thread(thread=saved)
    found = await memory.get_thread_by_id(thread_id="t")
    assert found is not None
    assert found == saved
    assert type(found.metadata["n"]) is int
    row = await client.call_storage(
        {"op": "load", "tableName": "mastra_threads", "keys": {"id": "t"}}
    )
    assert row["createdAt"] == "2024-01-01T00:00:00.000Z"


async def test_3_8_metadata_stored_as_json_text_is_read(
    memory: MemoryConvex, client: ConvexAdminClient
) -> None:
    row = {"id": "t", "resourceId": "ada", "title": "", "metadata": '{"a":1}'}
    times = {"createdAt": "2024-01-01T00:00:00.000Z", "updatedAt": "2024-01-01T00:00:00.000Z"}
    for number, metadata in enumerate(['{"a":1}', "no json", "[1]"]):
        record = {**row, **times, "id": f"{number}", "metadata": metadata}
        await client.call_storage({"op": "insert", "tableName": "mastra_threads", "record": record})
    threads = (await memory.list_threads(order="asc")).threads
    assert [t.metadata for t in threads] == [{"a": 1}, {}, {}]
    assert await listed(memory, metadata={"a": 1}) == ["0"]
    assert (await memory.update_thread(id="0", metadata={"b": 2})).metadata == {"a": 1, "b": 2}


async def test_4_1_update_thread_merges_metadata_one_level_deep(memory: MemoryConvex) -> None:
    await memory.save_thread(thread=thread("t", title="T", metadata={"a": {"x": 1}, "b": 1}))
    updated = await memory.update_thread(id="t", title="U", metadata={"a": {"y": 2}, "c": 3})
    assert updated.metadata == {"a": {"y": 2}, "b": 1, "c": 3}
    assert updated.title == "U"
    assert updated.updated_at > at(0)
    assert await memory.get_thread_by_id(thread_id="t") == updated


async def test_5_13_update_thread_leaves_what_is_not_given(memory: MemoryConvex) -> None:
    """A title update must not clobber metadata, nor the other way round (upstream 21041)."""
    await memory.save_thread(thread=thread("t", title="T", metadata={"a": 1}))
    titled = await memory.update_thread(id="t", title="U")
    assert (titled.title, titled.metadata) == ("U", {"a": 1})
    tagged = await memory.update_thread(id="t", metadata={"b": 2})
    assert (tagged.title, tagged.metadata) == ("U", {"a": 1, "b": 2})
    assert tagged.updated_at > titled.updated_at


async def test_4_1_update_thread_of_a_missing_thread_has_the_references_id(
    memory: MemoryConvex,
) -> None:
    with pytest.raises(MastraError, match="Thread t not found") as caught:
        await memory.update_thread(id="t", title="U")
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_UPDATE_THREAD_THREAD_NOT_FOUND"
    assert (caught.value.domain, caught.value.category) == ("STORAGE", "USER")


async def test_4_1_patch_thread_is_update_thread_that_tolerates_a_missing_one(
    memory: MemoryConvex,
) -> None:
    assert await memory.patch_thread(id="t", title="U") is None
    await memory.save_thread(thread=thread("t"))
    patched = await memory.patch_thread(id="t", title="U", metadata={"a": 1})
    assert patched is not None
    assert (patched.title, patched.metadata) == ("U", {"a": 1})


async def test_4_1_update_thread_metadata_is_made_of_the_thread(memory: MemoryConvex) -> None:
    await memory.save_thread(thread=thread("t", metadata={"n": 1, "kept": True}))

    async def later(seen: Thread) -> Mapping[str, Any]:
        return {"n": seen.metadata["n"] + 1}

    updated = await memory.update_thread_metadata(id="t", update=later)
    assert updated is not None
    assert updated.metadata == {"n": 2, "kept": True}
    assert await memory.get_thread_by_id(thread_id="t") == updated


async def test_4_1_update_thread_metadata_writes_nothing_for_none(memory: MemoryConvex) -> None:
    saved = await memory.save_thread(thread=thread("t"))
    assert await memory.update_thread_metadata(id="t", update=lambda _: None) == saved
    assert await memory.get_thread_by_id(thread_id="t") == saved


async def test_4_1_update_thread_metadata_of_no_thread_or_anothers_is_none(
    memory: MemoryConvex,
) -> None:
    assert await memory.update_thread_metadata(id="t", update=lambda _: {"a": 1}) is None
    saved = await memory.save_thread(thread=thread("t"))
    updated = await memory.update_thread_metadata(
        id="t", resource_id="bob", update=lambda _: {"a": 1}
    )
    assert updated is None
    assert await memory.get_thread_by_id(thread_id="t") == saved


def increment(seen: Thread) -> Mapping[str, Any]:
    return {"n": seen.metadata.get("n", 0) + 1}


async def test_4_1_update_thread_metadata_loses_no_update_of_its_process(
    memory: MemoryConvex,
) -> None:
    await memory.save_thread(thread=thread("t"))

    async def update() -> None:
        await memory.update_thread_metadata(id="t", update=increment)

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(update)
    found = await memory.get_thread_by_id(thread_id="t")
    assert found is not None
    assert found.metadata == {"n": 20}


@OURS
async def test_4_1_update_thread_metadata_loses_no_update_of_another_process(
    memory: MemoryConvex, client: ConvexAdminClient
) -> None:
    """Objects of their own share no lock, as those of two processes do not."""
    await memory.save_thread(thread=thread("t"))

    async def update(other: MemoryConvex) -> None:
        for _ in range(5):
            await other.update_thread_metadata(id="t", update=increment)

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(update, MemoryConvex(client=client))
    found = await memory.get_thread_by_id(thread_id="t")
    assert found is not None
    assert found.metadata == {"n": 25}


async def test_4_1_delete_thread_deletes_its_messages_too(memory: MemoryConvex) -> None:
    await stored(memory, *(message(f"{n}", n) for n in range(3)))
    await memory.save_messages(messages=[message("other", thread_id="u")])
    await memory.delete_thread(thread_id="t")
    await memory.delete_thread(thread_id="t")
    assert await memory.get_thread_by_id(thread_id="t") is None
    assert await memory.list_messages_by_id(message_ids=["0", "1", "2", "other"]) == [
        message("other", thread_id="u")
    ]


@OURS
async def test_5_2_delete_thread_of_any_length_goes_in_bounded_parts(memory: MemoryConvex) -> None:
    await stored(memory, *(message(f"{n}", n) for n in range(1100)))
    await memory.delete_thread(thread_id="t")
    assert await memory.get_thread_by_id(thread_id="t") is None
    assert (await memory.list_messages(thread_id="t")).total == 0


async def test_4_1_list_threads_is_newest_first_unless_told(memory: MemoryConvex) -> None:
    await three(memory)
    assert await listed(memory, resource_id="ada") == ["c", "b", "a"]
    assert await listed(memory, resource_id="ada", order="asc") == ["a", "b", "c"]
    assert await listed(memory, resource_id="ada", order_by="updated_at") == ["a", "b", "c"]
    by = {"order_by": "updated_at", "order": "asc"}
    assert await listed(memory, resource_id="ada", **by) == ["c", "b", "a"]
    assert await listed(memory) == ["c", "b", "x", "a"]
    assert await listed(memory, order_by="updated_at") == ["a", "b", "c", "x"]
    assert await listed(memory, resource_id="?") == []


async def test_4_1_list_threads_pages_with_the_real_total(memory: MemoryConvex) -> None:
    await three(memory)
    pages = [await memory.list_threads(resource_id="ada", page=n, per_page=2) for n in range(3)]
    assert [ids(page.threads) for page in pages] == [["c", "b"], ["a"], []]
    assert [page.total for page in pages] == [3, 3, 3]
    assert [page.has_more for page in pages] == [True, False, False]
    assert [(page.page, page.per_page) for page in pages] == [(0, 2), (1, 2), (2, 2)]
    first = await memory.list_threads(resource_id="ada")
    assert (first.per_page, first.has_more) == (100, False)


@pytest.mark.parametrize("everything", [False, "all"])
async def test_4_1_list_threads_of_everything(memory: MemoryConvex, everything: Any) -> None:
    await three(memory)
    page = await memory.list_threads(resource_id="ada", per_page=everything)
    threads = page.threads
    assert ids(threads) == ["c", "b", "a"]
    assert page == ThreadList(threads=threads, total=3, page=0, per_page=False, has_more=False)
    with pytest.raises(MastraError, match="page must be 0 when perPage is false") as caught:
        await memory.list_threads(per_page=everything, page=1)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_LIST_THREADS_INVALID_PAGE"


async def test_4_1_list_threads_with_no_threads_a_page_tells_the_total(
    memory: MemoryConvex,
) -> None:
    empty = ThreadList(threads=[], total=0, page=0, per_page=0, has_more=False)
    assert await memory.list_threads(per_page=0) == empty
    await three(memory)
    page = await memory.list_threads(resource_id="ada", per_page=0)
    assert (page.threads, page.total, page.has_more) == ([], 3, True)


async def test_4_1_list_threads_filters_by_metadata_deeply(memory: MemoryConvex) -> None:
    """The published adapter compares objects by identity, so that they never match."""
    for n, metadata in enumerate([{"a": {"x": [1, 2]}, "b": 1}, {"a": {"x": [1]}, "b": True}, {}]):
        await memory.save_thread(thread=thread(f"{n}", n, metadata=metadata))
    assert await listed(memory, metadata={"a": {"x": [1, 2]}}) == ["0"]
    assert await listed(memory, metadata={"a": {"x": [1]}, "b": True}) == ["1"]
    assert await listed(memory, metadata={"a": {"x": [1]}, "b": 1}) == []
    assert await listed(memory, metadata={"b": 1}) == ["0"]
    assert await listed(memory, metadata={"c": None}) == []
    assert await listed(memory, metadata={}) == ["2", "1", "0"]
    page = await memory.list_threads(metadata={"b": 1}, per_page=1)
    assert (page.total, page.has_more) == (1, False)


@pytest.mark.parametrize("key", ["", "a b", "$a", "1a", "a.b", "a" * 129, "__proto__"])
async def test_4_1_list_threads_refuses_a_metadata_key_before_any_call(key: str) -> None:
    memory = MemoryConvex(deployment_url="https://nowhere.convex.cloud", secret="s")
    with pytest.raises(MastraError) as caught:
        await memory.list_threads(metadata={key: 1})
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_LIST_THREADS_INVALID_METADATA_KEY"


async def test_4_1_list_threads_keeps_ties_in_the_order_of_insertion(memory: MemoryConvex) -> None:
    for id_ in "dacb":
        await memory.save_thread(thread=thread(id_))
    assert await listed(memory) == list("dacb")
    assert await listed(memory, order="asc") == list("dacb")
    pages = [await listed(memory, page=n, per_page=3) for n in range(2)]
    assert pages == [["d", "a", "c"], ["b"]]


async def test_list_threads_without_total_reads_no_further_than_the_page(
    memory: MemoryConvex,
) -> None:
    await three(memory)
    pages = [await memory.list_threads(page=n, per_page=2, include_total=False) for n in range(3)]
    assert [ids(page.threads) for page in pages] == [["c", "b"], ["x", "a"], []]
    assert [(page.total, page.has_more) for page in pages] == [
        (None, True),
        (None, False),
        (None, False),
    ]


async def test_r51_count_threads(memory: MemoryConvex) -> None:
    await three(memory)
    count = await memory.count_threads(resource_id="ada")
    assert (count.count, count.is_estimate) == (3, False)
    assert type(count.count) is int
    assert (await memory.count_threads()).count == 4
    assert (await memory.count_threads(resource_id="?")).count == 0


async def test_4_1_update_thread_resource_id_moves_the_messages(memory: MemoryConvex) -> None:
    await stored(memory, message("a", 1), message("b", 2, resource_id="eve"))
    moved = await memory.update_thread_resource_id(thread_id="t", resource_id="bob")
    assert moved.resource_id == "bob"
    assert moved.updated_at > at(0)
    assert await memory.get_thread_by_id(thread_id="t") == moved
    messages = (await memory.list_messages(thread_id="t")).messages
    assert [m.resource_id for m in messages] == ["bob", "bob"]


async def test_4_1_update_thread_resource_id_to_the_same_changes_nothing(
    memory: MemoryConvex,
) -> None:
    saved = await memory.save_thread(thread=thread("t"))
    assert await memory.update_thread_resource_id(thread_id="t", resource_id="ada") == saved
    assert await memory.get_thread_by_id(thread_id="t") == saved


async def test_4_1_update_thread_resource_id_of_no_thread_fails(memory: MemoryConvex) -> None:
    with pytest.raises(MastraError, match="Thread t not found"):
        await memory.update_thread_resource_id(thread_id="t", resource_id="ada")


@OURS
async def test_4_1_update_thread_resource_id_of_a_long_thread(memory: MemoryConvex) -> None:
    await stored(memory, *(message(f"{n}", n) for n in range(1100)))
    await memory.update_thread_resource_id(thread_id="t", resource_id="bob")
    owned = await memory.list_messages(thread_id="t", resource_id="bob", per_page=0)
    assert owned.total == 0
    everything = await memory.list_messages(thread_id="t", resource_id="bob", per_page=1)
    assert everything.total == 1100


@pytest.mark.parametrize(
    "given",
    [
        {"id": ""},
        {"id": " "},
        {"id": None},
        {"resource_id": ""},
        {"title": None},
        {"metadata": {"a": float("nan")}},
        {"metadata": {"a": at(0)}},
        {"metadata": {1: "a"}},
        {"metadata": "text"},
    ],
    ids=str,
)
async def test_a_thread_that_cannot_be_stored_is_refused_before_any_call(
    given: dict[str, Any],
) -> None:
    memory = MemoryConvex(deployment_url="https://nowhere.convex.cloud", secret="s")
    with pytest.raises(ArgumentError):
        await memory.save_thread(thread=thread(**{"id_": "t", **_renamed(given)}))


def _renamed(given: dict[str, Any]) -> dict[str, Any]:
    return {("id_" if name == "id" else name): value for name, value in given.items()}


@pytest.mark.parametrize(
    "options",
    [
        {"page": -1},
        {"page": 1.0},
        {"page": True},
        {"per_page": -1},
        {"per_page": 0.5},
        {"per_page": True},
        {"per_page": 2**53, "page": 2},
        {"order": "up"},
        {"order": "DESC"},
        {"order_by": "id"},
        {"resource_id": ""},
        {"metadata": {"a": float("inf")}},
    ],
    ids=str,
)
async def test_wrong_options_of_list_threads_are_refused_before_any_call(
    options: dict[str, Any],
) -> None:
    memory = MemoryConvex(deployment_url="https://nowhere.convex.cloud", secret="s")
    with pytest.raises((ArgumentError, MastraError)):
        await memory.list_threads(**options)
