"""Copies of threads (§4.1, §5.16), on both kinds of server functions."""

from __future__ import annotations

from typing import Any

import pytest

from aioconvex.errors import ArgumentError, ConvexError
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, CopyOptions, MastraError, MemoryConvex, Message
from mastra.losing import Losing, losing_client
from mastra.memory import OURS, at, ids, message, stored, thread

pytestmark = pytest.mark.anyio


async def letters(memory: MemoryConvex) -> list[Message]:
    messages = [message(name, n, role="tool", type="text") for n, name in enumerate("abcde")]
    await memory.save_thread(thread=thread("t", title="Garden", metadata={"a": 1}))
    await memory.save_messages(messages=messages[::-1])
    return messages


async def everything(memory: MemoryConvex, thread_id: str) -> list[Message]:
    return (await memory.list_messages(thread_id=thread_id, per_page=False)).messages


async def test_4_1_clone_thread_copies_messages_under_new_ids(memory: MemoryConvex) -> None:
    messages = await letters(memory)
    clone = await memory.clone_thread(source_thread_id="t")
    assert clone.thread.id != "t"
    assert clone.thread.resource_id == "ada"
    assert clone.thread.title == "Clone of Garden"
    assert clone.thread.metadata == {
        "clone": {
            "sourceThreadId": "t",
            "clonedAt": clone.thread.created_at.isoformat(timespec="milliseconds").replace(
                "+00:00", "Z"
            ),
            "lastMessageId": "e",
        }
    }
    assert clone.thread.created_at == clone.thread.updated_at > at(0)
    assert await memory.get_thread_by_id(thread_id=clone.thread.id) == clone.thread
    assert list(clone.message_ids) == ids(messages)
    assert not set(clone.message_ids.values()) & set(ids(messages))
    copied = await everything(memory, clone.thread.id)
    assert copied == clone.messages
    assert [(m.role, m.type, m.content, m.created_at) for m in copied] == [
        (m.role, m.type, m.content, m.created_at) for m in messages
    ]
    assert ids(copied) == list(clone.message_ids.values())
    assert await everything(memory, "t") == messages


async def test_4_1_copy_thread_as_told(memory: MemoryConvex) -> None:
    await letters(memory)
    copy = await memory.copy_thread(
        source_thread_id="t",
        new_thread_id="u",
        resource_id="bob",
        title="Mine",
        metadata={"b": 2},
    )
    assert (copy.thread.id, copy.thread.resource_id, copy.thread.title) == ("u", "bob", "Mine")
    assert copy.thread.metadata["b"] == 2
    assert copy.thread.metadata["clone"]["sourceThreadId"] == "t"
    assert await memory.get_thread_by_id(thread_id="u") == copy.thread
    copied = await everything(memory, "u")
    assert {m.resource_id for m in copied} == {"bob"}
    assert len(copy.message_ids) == len(copied) == 5


async def test_4_1_a_clone_of_a_thread_without_title_and_messages_has_none(
    memory: MemoryConvex,
) -> None:
    await memory.save_thread(thread=thread("t"))
    clone = await memory.clone_thread(source_thread_id="t")
    assert clone.thread.title == ""
    assert "lastMessageId" not in clone.thread.metadata["clone"]
    assert (clone.messages, clone.message_ids) == ([], {})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (CopyOptions(), "abcde"),
        (CopyOptions(message_ids=["d", "a", "?"]), "ad"),
        (CopyOptions(message_ids=[]), ""),
        (CopyOptions(start_date=at(1), end_date=at(3)), "bcd"),
        (CopyOptions(message_limit=2), "de"),
        (CopyOptions(message_limit=9), "abcde"),
        (CopyOptions(message_limit=0), "abcde"),
        (CopyOptions(end_date=at(3), message_limit=2), "cd"),
        (CopyOptions(start_date=at(3), message_limit=4), "de"),
        (CopyOptions(message_ids=["a", "b", "c"], message_limit=1), "c"),
    ],
    ids=str,
)
async def test_4_1_options_of_a_clone_choose_messages(
    memory: MemoryConvex, options: CopyOptions, expected: str
) -> None:
    await letters(memory)
    clone = await memory.clone_thread(source_thread_id="t", options=options)
    assert "".join(clone.message_ids) == expected
    last = clone.thread.metadata["clone"].get("lastMessageId")
    assert last == (expected[-1] if expected else None)


async def test_a_limit_among_messages_of_one_time_keeps_the_last_stored(
    memory: MemoryConvex,
) -> None:
    await stored(memory, *(message(name) for name in "dacb"))
    clone = await memory.clone_thread(source_thread_id="t", options=CopyOptions(message_limit=2))
    assert "".join(clone.message_ids) == "cb"


async def test_4_1_a_clone_of_no_thread_fails(memory: MemoryConvex) -> None:
    with pytest.raises(MastraError, match="Source thread with id t not found"):
        await memory.clone_thread(source_thread_id="t")


async def test_4_1_a_clone_into_an_existing_thread_fails(memory: MemoryConvex) -> None:
    await letters(memory)
    await memory.save_thread(thread=thread("u"))
    with pytest.raises(MastraError, match="Thread with id u already exists"):
        await memory.clone_thread(source_thread_id="t", new_thread_id="u")
    assert await everything(memory, "u") == []


async def test_a_clone_of_many_messages_has_all_of_them_in_order(memory: MemoryConvex) -> None:
    messages = [message(f"{n:03}", n // 3) for n in range(450)]
    await stored(memory, *messages)
    clone = await memory.clone_thread(source_thread_id="t")
    assert list(clone.message_ids) == ids(messages)
    assert await everything(memory, clone.thread.id) == clone.messages


@pytest.mark.parametrize("functions", ["ours"])
async def test_a_clone_of_large_messages_goes_in_parts(memory: MemoryConvex) -> None:
    messages = [message(f"{n:02}", n, content="x" * 900_000) for n in range(30)]
    await stored(memory, *messages)
    clone = await memory.clone_thread(source_thread_id="t")
    assert [m.content for m in clone.messages] == [m.content for m in messages]
    assert await everything(memory, clone.thread.id) == clone.messages


async def test_a_clone_that_fails_leaves_nothing(
    memory: MemoryConvex, client: ConvexAdminClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [message(f"{n:03}", n) for n in range(450)]
    await stored(memory, *messages)
    backend = await memory._backend()  # noqa: SLF001  # where the failure is put in
    copy, calls = backend.copy_messages, 0

    async def fail_at_last(*args: Any, last: bool) -> list[str]:
        nonlocal calls
        calls += 1
        made = await copy(*args, last=last)
        if last:
            raise ConvexError("the connection broke after the last part")
        return made

    monkeypatch.setattr(backend, "copy_messages", fail_at_last)
    with pytest.raises(ConvexError, match="the connection broke"):
        await memory.clone_thread(source_thread_id="t", new_thread_id="u", resource_id="bob")
    assert calls == 3
    other = MemoryConvex(client=client)
    assert await other.get_thread_by_id(thread_id="u") is None
    assert await everything(other, "u") == []
    owned = await other.list_messages_by_resource_id(resource_id="bob")
    assert owned.total == 0
    assert len(await everything(other, "t")) == 450


@pytest.mark.parametrize("functions", ["ours"])
async def test_a_clone_whose_id_is_taken_meanwhile_leaves_the_other_thread_alone(
    memory: MemoryConvex, monkeypatch: pytest.MonkeyPatch
) -> None:
    await letters(memory)
    backend = await memory._backend()  # noqa: SLF001  # where the other writer comes in
    copy = backend.copy_messages

    async def late(*args: Any, last: bool) -> list[str]:
        await memory.save_thread(thread=thread("u", title="Somebody else's"))
        await memory.save_messages(messages=[message("theirs", thread_id="u")])
        return await copy(*args, last=last)

    monkeypatch.setattr(backend, "copy_messages", late)
    with pytest.raises(MastraError, match="Thread with id u already exists"):
        await memory.clone_thread(source_thread_id="t", new_thread_id="u")
    found = await memory.get_thread_by_id(thread_id="u")
    assert found is not None
    assert found.title == "Somebody else's"
    assert ids(await everything(memory, "u")) == ["theirs"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"source_thread_id": ""},
        {"new_thread_id": ""},
        {"resource_id": " "},
        {"title": 1},
        {"metadata": [1]},
        {"metadata": {"a": float("nan")}},
        {"options": CopyOptions(message_ids=[""])},
        {"options": CopyOptions(message_ids="abc")},
        {"options": CopyOptions(message_limit=True)},
    ],
    ids=str,
)
async def test_wrong_arguments_of_a_clone_are_refused_before_any_call(
    wrong: dict[str, Any],
) -> None:
    memory = MemoryConvex(deployment_url="https://nowhere.convex.cloud", secret="s")
    arguments: dict[str, Any] = {"source_thread_id": "t", **wrong}
    with pytest.raises(ArgumentError):
        await memory.clone_thread(**arguments)


@OURS
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_copy_that_is_asked_for_again_reads_what_it_made(
    memory: MemoryConvex, deployment: LocalDeployment
) -> None:
    """Both the messages and their copies, which one call may not read together."""
    messages = [message(f"{n:02}", n, content="x" * 900_000) for n in range(10)]
    await stored(memory, *messages)
    losing = Losing()
    losing.replies = 1
    async with losing_client(deployment, losing) as lossy:
        clone = await MemoryConvex(client=lossy).clone_thread(source_thread_id="t")
    assert losing.replies == 0
    copies = await everything(memory, clone.thread.id)
    assert [copy.content for copy in copies] == [each.content for each in messages]
