"""Saving and changing messages (§4.1), on both kinds of server functions."""

from __future__ import annotations

from typing import Any

import pytest

from aioconvex.errors import ArgumentError
from aioconvex.mastra import ConvexAdminClient, MastraError, MemoryConvex, Message, MessageUpdate
from mastra.memory import OURS, at, ids, message, stored, thread

pytestmark = pytest.mark.anyio

MESSAGES = "mastra_messages"


async def everything(memory: MemoryConvex, thread_id: str = "t") -> list[Message]:
    return (await memory.list_messages(thread_id=thread_id, per_page=False)).messages


async def updated_at(memory: MemoryConvex, thread_id: str = "t") -> Any:
    found = await memory.get_thread_by_id(thread_id=thread_id)
    assert found is not None
    return found.updated_at


async def test_4_1_save_messages_of_none_makes_no_call() -> None:
    memory = MemoryConvex(deployment_url="https://nowhere.convex.cloud", secret="s")
    assert await memory.save_messages(messages=[]) == []
    assert await memory.update_messages(messages=[]) == []
    assert await memory.list_messages_by_id(message_ids=[]) == []
    await memory.delete_messages(message_ids=[])


@pytest.mark.parametrize(
    "content",
    [
        {"text": "Hello!"},
        {"$schema": "x", "schlüssel": {"": [1, 2.5, None, True]}, "_id": 1, "😀": "é"},
        {"format": 2, "parts": [{"type": "text", "text": "hi"}], "metadata": {"a": 1}},
        "plain text",
        '{"looks": "like JSON"}',
        "",
        [1, {"a": []}],
        None,
        12,
        2**60,
        {},
        {"lone surrogate": "\ud800"},
    ],
    ids=repr,
)
async def test_r71_content_comes_back_unchanged(memory: MemoryConvex, content: Any) -> None:
    await stored(memory, message("a", content=content))
    [found] = await everything(memory)
    assert found == message("a", content=content)
    [by_id] = await memory.list_messages_by_id(message_ids=["a"])
    assert by_id == found


@pytest.mark.parametrize("role", ["system", "tool", "user", "assistant"])
async def test_5_15_every_role_and_content_is_found_by_every_read(
    memory: MemoryConvex, role: str
) -> None:
    saved = message("a", role=role)
    await stored(memory, saved)
    assert await everything(memory) == [saved]
    assert await memory.list_messages_by_id(message_ids=["a"]) == [saved]
    by_resource = await memory.list_messages_by_resource_id(resource_id="ada")
    assert by_resource.messages == [saved]


async def test_4_1_save_messages_returns_what_was_stored(memory: MemoryConvex) -> None:
    await memory.save_thread(thread=thread("t"))
    given = [message("b", 2), message("a", 1), message("b", 3, content="last wins")]
    saved = await memory.save_messages(messages=given)
    assert saved == [given[1], given[2]]
    assert await everything(memory) == saved


async def test_4_1_the_type_is_v2_unless_told(memory: MemoryConvex) -> None:
    given = Message(thread_id="t", resource_id="ada", role="user", content={})
    await stored(memory, given, message("b", 1, type="text"))
    assert {m.type for m in await everything(memory)} == {"v2", "text"}


async def test_r71_a_message_is_stored_as_typescript_reads_it(
    memory: MemoryConvex, client: ConvexAdminClient
) -> None:
    await stored(memory, message("a", 1.5, content={"text": "hi"}, type="text"))
    keys = {"op": "load", "tableName": MESSAGES, "keys": {"id": "a"}}
    row = await client.call_storage(keys)
    assert {name: value for name, value in row.items() if not name.startswith("_")} == {
        "id": "a",
        "thread_id": "t",
        "content": '{"text":"hi"}',
        "role": "user",
        "type": "text",
        "createdAt": "2024-01-01T00:00:01.500Z",
        "resourceId": "ada",
    }


async def test_3_8_early_rows_are_read(memory: MemoryConvex, client: ConvexAdminClient) -> None:
    row = {"thread_id": "t", "role": "user", "type": "text"}
    for number, content in enumerate(["plain text", '"quoted"', '{"a":1}', "{broken", ""]):
        time = f"2024-01-01T00:00:0{number}.000Z"
        record = {**row, "id": f"{number}", "content": content, "createdAt": time}
        await client.call_storage({"op": "insert", "tableName": MESSAGES, "record": record})
    found = await everything(memory)
    assert [m.content for m in found] == ["plain text", "quoted", {"a": 1}, "{broken", ""]
    assert {m.resource_id for m in found} == {None}


async def test_4_1_a_repeated_id_replaces_the_message_and_may_move_it(
    memory: MemoryConvex,
) -> None:
    await stored(memory, message("a", 1), message("b", 2))
    moved = message("a", 5, thread_id="u", role="assistant", content="new", resource_id="bob")
    await memory.save_messages(messages=[moved])
    assert await everything(memory) == [message("b", 2)]
    assert await everything(memory, "u") == [moved]


async def test_4_1_save_messages_gives_its_threads_a_later_updated_at(
    memory: MemoryConvex,
) -> None:
    for id_ in "tuv":
        await memory.save_thread(thread=thread(id_, title="kept", metadata={"a": 1}))
    await memory.save_messages(
        messages=[message("a"), message("b", thread_id="u"), message("c", thread_id="missing")]
    )
    assert await updated_at(memory, "t") > at(0)
    assert await updated_at(memory, "u") > at(0)
    assert await updated_at(memory, "v") == at(0)
    assert await memory.get_thread_by_id(thread_id="missing") is None
    touched = await memory.get_thread_by_id(thread_id="t")
    assert touched is not None
    assert (touched.title, touched.metadata, touched.created_at) == ("kept", {"a": 1}, at(0))


async def test_4_1_updated_at_grows_though_clocks_go_back(memory: MemoryConvex) -> None:
    future = at(10**9)
    await memory.save_thread(thread=thread("t", updated_at=future))
    await memory.save_messages(messages=[message("a")])
    first = await updated_at(memory)
    await memory.delete_messages(message_ids=["a"])
    assert future < first < await updated_at(memory)


async def test_5_22_saves_of_many_are_cut_by_count_and_bytes(memory: MemoryConvex) -> None:
    small = [message(f"s{n:04}", n) for n in range(1100)]
    large = [message(f"l{n}", 2000 + n, content="x" * 900_000) for n in range(6)]
    await stored(memory, *small, *large)
    everyone = await memory.list_messages_by_id(message_ids=ids([*small, *large]))
    assert everyone == [*small, *large]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"thread_id": ""}, "Thread ID is required"),
        ({"thread_id": None}, "Thread ID is required"),
        ({"resource_id": ""}, "Resource ID is required"),
        ({"resource_id": None}, "Resource ID is required"),
    ],
    ids=str,
)
async def test_4_1_every_message_needs_a_thread_and_a_resource_before_any_is_written(
    memory: MemoryConvex, given: dict[str, Any], text: str
) -> None:
    await memory.save_thread(thread=thread("t"))
    with pytest.raises(MastraError, match=text) as caught:
        await memory.save_messages(messages=[message("a"), message("b", **given)])
    assert caught.value.details["index"] == 1
    assert await everything(memory) == []
    assert await updated_at(memory) == at(0)


@pytest.mark.parametrize(
    "given",
    [
        {"id_": ""},
        {"role": None},
        {"type": 1},
        {"content": float("nan")},
        {"content": {"a": [float("-inf")]}},
        {"content": {"when": at(0)}},
        {"content": {1: "a"}},
        {"content": {"set": {1}}},
        {"content": b"bytes"},
    ],
    ids=str,
)
async def test_a_message_that_cannot_be_stored_is_refused_before_any_call(
    given: dict[str, Any],
) -> None:
    memory = MemoryConvex(deployment_url="https://nowhere.convex.cloud", secret="s")
    bad = message(**{"id_": "bad", **given})
    with pytest.raises(ArgumentError):
        await memory.save_messages(messages=[message("a"), bad])


async def test_6_a_message_of_more_than_1_mib_says_what_to_do(memory: MemoryConvex) -> None:
    """Base64 attachments are the usual reason (upstream 12341)."""
    await memory.save_thread(thread=thread("t"))
    large = message("large", content={"image": "x" * 1_200_000})
    with pytest.raises(MastraError, match="keep attachments elsewhere") as caught:
        await memory.save_messages(messages=[message("a"), large])
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_SAVE_MESSAGES_MESSAGE_TOO_LARGE"
    assert caught.value.details["messageId"] == "large"
    assert await everything(memory) == []
    largest = message("largest", content="x" * 1_047_000)
    await memory.save_messages(messages=[largest])
    assert await everything(memory) == [largest]


async def test_4_1_update_messages_merges_content_and_its_metadata(memory: MemoryConvex) -> None:
    content = {"text": "old", "kept": 1, "metadata": {"a": {"x": 1}, "b": 1}}
    await stored(memory, message("a", content=content))
    [updated] = await memory.update_messages(
        messages=[MessageUpdate(id="a", content={"text": "new", "metadata": {"a": {"y": 2}}})]
    )
    merged = {"text": "new", "kept": 1, "metadata": {"a": {"y": 2}, "b": 1}}
    assert updated == message("a", content=merged)
    assert await everything(memory) == [updated]


@pytest.mark.parametrize(
    ("old", "new"),
    [({"a": 1}, "text"), ("text", {"a": 1}), ([1], [2]), ({"a": 1}, None), ("a", '{"b": 1}')],
    ids=str,
)
async def test_4_1_content_that_is_no_object_replaces(
    memory: MemoryConvex, old: Any, new: Any
) -> None:
    await stored(memory, message("a", content=old))
    [updated] = await memory.update_messages(messages=[MessageUpdate(id="a", content=new)])
    assert updated.content == new
    assert await everything(memory) == [updated]


async def test_5_17_update_messages_changes_every_field(memory: MemoryConvex) -> None:
    """The published adapter ignores `createdAt`."""
    await stored(memory, message("a", 1))
    await memory.save_thread(thread=thread("u"))
    update = MessageUpdate(
        id="a", thread_id="u", resource_id="bob", role="assistant", type="text", created_at=at(9)
    )
    [updated] = await memory.update_messages(messages=[update])
    expected = {"thread_id": "u", "resource_id": "bob", "role": "assistant", "type": "text"}
    assert updated == message("a", 9, **expected)
    assert await everything(memory) == []
    assert await everything(memory, "u") == [updated]


async def test_4_1_update_messages_touches_the_old_and_the_new_thread(
    memory: MemoryConvex,
) -> None:
    await stored(memory, message("a"))
    await memory.save_thread(thread=thread("u"))
    before = await updated_at(memory)
    await memory.update_messages(messages=[MessageUpdate(id="a", thread_id="u")])
    assert await updated_at(memory) > before
    assert await updated_at(memory, "u") > at(0)


async def test_4_1_update_messages_keeps_the_order_and_skips_unknown_ids(
    memory: MemoryConvex,
) -> None:
    await stored(memory, message("a", 1), message("b", 2))
    updates = [
        MessageUpdate(id="b", role="x"),
        MessageUpdate(id="?", role="x"),
        MessageUpdate(id="a", role="y"),
        MessageUpdate(id="b", type="z"),
    ]
    updated = await memory.update_messages(messages=updates)
    assert [(m.id, m.role, m.type) for m in updated] == [
        ("b", "x", "v2"),
        ("a", "y", "v2"),
        ("b", "x", "z"),
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"id": ""},
        {"thread_id": ""},
        {"resource_id": " "},
        {"role": 1},
        {"content": float("nan")},
    ],
    ids=str,
)
async def test_an_update_that_cannot_be_stored_is_refused_before_any_call(
    given: dict[str, Any],
) -> None:
    memory = MemoryConvex(deployment_url="https://nowhere.convex.cloud", secret="s")
    bad = MessageUpdate(**{"id": "a", **given})
    with pytest.raises(ArgumentError):
        await memory.update_messages(messages=[MessageUpdate(id="b", role="user"), bad])


@OURS
async def test_an_update_that_makes_a_message_too_large_changes_nothing(
    memory: MemoryConvex,
) -> None:
    saved = message("a", content={"x": "x" * 600_000})
    await stored(memory, saved)
    with pytest.raises(MastraError, match="1048576") as caught:
        await memory.update_messages(
            messages=[
                MessageUpdate(id="a", role="tool"),
                MessageUpdate(id="a", content={"y": "y" * 600_000}),
            ]
        )
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_UPDATE_DOCUMENT_TOO_LARGE"
    assert await everything(memory) == [saved]


@OURS
async def test_messages_larger_than_one_call_may_change_go_in_halves(memory: MemoryConvex) -> None:
    large = [message(f"{n:02}", n, content={"x": "x" * 900_000}) for n in range(20)]
    await stored(memory, *large)
    updated = await memory.update_messages(
        messages=[MessageUpdate(id=m.id, role="tool") for m in large]
    )
    assert ids(updated) == ids(large)
    await memory.save_messages(messages=[message(m.id, content="small") for m in large])
    found = await memory.list_messages_by_id(message_ids=ids(large))
    assert {(m.role, m.content) for m in found} == {("user", "small")}


async def test_4_1_delete_messages_ignores_unknown_ids(memory: MemoryConvex) -> None:
    await stored(memory, message("a", 1), message("b", 2), message("c", 3))
    await memory.delete_messages(message_ids=["a", "?", "c", "a"])
    assert await everything(memory) == [message("b", 2)]


async def test_5_17_delete_messages_touches_the_threads(memory: MemoryConvex) -> None:
    """The published adapter leaves `updatedAt`."""
    await stored(memory, message("a"))
    await memory.save_thread(thread=thread("u"))
    before = await updated_at(memory)
    await memory.delete_messages(message_ids=["a", "?"])
    assert await updated_at(memory) > before
    assert await updated_at(memory, "u") == at(0)


@OURS
async def test_5_22_delete_messages_of_many_goes_in_bounded_parts(memory: MemoryConvex) -> None:
    large = [message(f"l{n}", n, content="x" * 900_000) for n in range(20)]
    small = [message(f"s{n}", n) for n in range(1200)]
    await stored(memory, *large, *small)
    await memory.delete_messages(message_ids=ids([*large, *small]))
    assert await everything(memory) == []


@pytest.mark.parametrize("wrong", ["abc", [""], [None], [1]], ids=str)
async def test_wrong_message_ids_are_refused_before_any_call(wrong: Any) -> None:
    memory = MemoryConvex(deployment_url="https://nowhere.convex.cloud", secret="s")
    with pytest.raises(ArgumentError):
        await memory.delete_messages(message_ids=wrong)
    with pytest.raises(ArgumentError):
        await memory.list_messages_by_id(message_ids=wrong)


async def test_a_naive_time_is_refused_where_it_is_given() -> None:
    naive = at(0).replace(tzinfo=None)
    for make in (
        lambda: message("a").__class__(thread_id="t", role="user", content={}, created_at=naive),
        lambda: thread("t", updated_at=naive),
        lambda: MessageUpdate(id="a", created_at=naive),
    ):
        with pytest.raises(ArgumentError, match="is naive: give it a timezone"):
            make()
