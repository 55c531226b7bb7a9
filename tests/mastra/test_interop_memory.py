"""Threads, messages and resources: the npm package reads what we wrote, and we what it wrote.

Once with our functions deployed, and once with only those of the npm package.
"""

from __future__ import annotations

import pytest

from aioconvex.mastra import MessageUpdate, Resource
from mastra.pair import (
    START,
    Json,
    Pair,
    any_keys,
    ids,
    iso,
    message,
    plain,
    refused,
    seen,
    sent,
    text,
    their_message,
    their_thread,
    thread,
)

pytestmark = pytest.mark.anyio

# Threads


@plain
async def test_a_thread_of_theirs_is_ours(pair: Pair, value: Json) -> None:
    ours = thread(metadata=value)
    await pair.npm.memory("saveThread", {"thread": their_thread(ours)})
    assert await pair.memory.get_thread_by_id(thread_id="t") == ours
    assert (await pair.memory.list_threads(resource_id="ada")).threads == [ours]


@plain
async def test_a_thread_of_ours_is_theirs(pair: Pair, value: Json) -> None:
    ours = thread(metadata=value)
    await pair.memory.save_thread(thread=ours)
    assert seen(await pair.npm.memory("getThreadById", {"threadId": "t"})) == sent(
        their_thread(ours)
    )
    listed = await pair.npm.memory("listThreads", {"filter": {"resourceId": "ada"}})
    assert [seen(row) for row in listed["threads"]] == [sent(their_thread(ours))]


@refused
async def test_metadata_that_theirs_cannot_store_is_theirs_to_read(pair: Pair, value: Json) -> None:
    await pair.memory.save_thread(thread=thread(metadata=value))
    theirs = await pair.npm.memory("getThreadById", {"threadId": "t"})
    assert theirs["metadata"] == value


async def test_each_merges_into_the_others_thread(pair: Pair) -> None:
    await pair.npm.memory("saveThread", {"thread": their_thread(thread(metadata={"a": 1}))})
    ours = await pair.memory.update_thread(id="t", metadata={"b": {"ü": 2}, "c": None})
    assert (ours.title, dict(ours.metadata)) == (
        "Tea ☕",
        {"a": 1, "b": {"ü": 2}, "c": None},
    )
    change = {"id": "t", "title": "Coffee", "metadata": {"b": 3}}
    theirs = await pair.npm.memory("updateThread", change)
    ours_again = await pair.memory.get_thread_by_id(thread_id="t")
    assert ours_again is not None
    assert seen(theirs) == sent(their_thread(ours_again))
    assert dict(ours_again.metadata) == {"a": 1, "b": 3, "c": None}
    assert ours_again.updated_at >= ours.updated_at > ours.created_at


async def test_threads_of_one_time_are_listed_alike(pair: Pair) -> None:
    for n in range(6):
        ours = thread(f"t{n}", n // 3)
        if n % 2:
            await pair.memory.save_thread(thread=ours)
        else:
            await pair.npm.memory("saveThread", {"thread": their_thread(ours)})
    for direction in ("ASC", "DESC"):
        order = {"field": "createdAt", "direction": direction}
        listed = await pair.npm.memory(
            "listThreads", {"filter": {"resourceId": "ada"}, "orderBy": order}
        )
        ours_listed = await pair.memory.list_threads(
            resource_id="ada", order="asc" if direction == "ASC" else "desc"
        )
        assert sorted(ids(listed["threads"])) == sorted(t.id for t in ours_listed.threads)
        assert [t["createdAt"] for t in listed["threads"]] == [
            iso(t.created_at) for t in ours_listed.threads
        ]
        assert listed["total"] == ours_listed.total == 6


async def test_what_one_deletes_is_gone_for_the_other(pair: Pair) -> None:
    for id_ in ("t", "u"):
        await pair.memory.save_thread(thread=thread(id_))
        await pair.memory.save_messages(messages=[message(f"m-{id_}", text("x"), thread_id=id_)])
    await pair.npm.memory("deleteThread", {"threadId": "t"})
    assert await pair.memory.get_thread_by_id(thread_id="t") is None
    assert (await pair.memory.list_messages(thread_id="t")).messages == []
    await pair.memory.delete_thread(thread_id="u")
    assert await pair.npm.memory("getThreadById", {"threadId": "u"}) is None
    assert (await pair.npm.memory("listMessages", {"threadId": "u"}))["messages"] == []


# Messages


@any_keys
async def test_a_message_of_theirs_is_ours(pair: Pair, value: Json) -> None:
    await pair.memory.save_thread(thread=thread())
    ours = message("m", {**text("Grüße 👋"), "extra": value}, role="assistant")
    await pair.npm.memory("saveMessages", {"messages": [their_message(ours)]})
    assert (await pair.memory.list_messages(thread_id="t")).messages == [ours]
    assert await pair.memory.list_messages_by_id(message_ids=["m"]) == [ours]


@any_keys
async def test_a_message_of_ours_is_theirs(pair: Pair, value: Json) -> None:
    await pair.memory.save_thread(thread=thread())
    ours = message("m", text("Grüße 👋", **value), type="v2")
    await pair.memory.save_messages(messages=[ours])
    [theirs] = (await pair.npm.memory("listMessages", {"threadId": "t"}))["messages"]
    assert theirs["content"]["parts"] == ours.content["parts"]
    assert theirs["content"].get("metadata", {}) == value
    assert (theirs["role"], theirs["createdAt"]) == ("user", iso(START))


@pytest.mark.parametrize("content", ["", "plain", '{"a": 1}', "Zoë \U0001f30d"])
async def test_content_that_is_a_text_is_ours(pair: Pair, content: str) -> None:
    await pair.memory.save_thread(thread=thread())
    ours = message("m", content, type="text")
    await pair.npm.memory("saveMessages", {"messages": [their_message(ours)]})
    [read] = (await pair.memory.list_messages(thread_id="t")).messages
    assert read.content == content


async def test_messages_of_one_time_are_paged_alike(pair: Pair) -> None:
    await pair.memory.save_thread(thread=thread())
    for n in range(9):
        ours = message(f"m{n}", text(f"{n}"), n // 3, role="user" if n % 2 else "assistant")
        if n % 2:
            await pair.memory.save_messages(messages=[ours])
        else:
            await pair.npm.memory("saveMessages", {"messages": [their_message(ours)]})
    for page in range(3):
        theirs = await pair.npm.memory(
            "listMessages", {"threadId": "t", "perPage": 4, "page": page}
        )
        listed = await pair.memory.list_messages(thread_id="t", per_page=4, page=page)
        assert ids(theirs["messages"]) == [m.id for m in listed.messages]
        assert (theirs["total"], theirs["hasMore"]) == (listed.total, listed.has_more)
        assert listed.total == 9


async def test_each_changes_the_others_message(pair: Pair) -> None:
    await pair.memory.save_thread(thread=thread())
    await pair.memory.save_messages(messages=[message("a", text("ours", kept=1))])
    await pair.npm.memory("saveMessages", {"messages": [their_message(message("b", text("x"), 1))]})
    change = {"id": "a", "content": {"metadata": {"added": "ü"}}}
    await pair.npm.memory("updateMessages", {"messages": [change]})
    await pair.memory.update_messages(
        messages=[MessageUpdate(id="b", content={"metadata": {"$by": "us"}}, role="assistant")]
    )
    first, second = (await pair.memory.list_messages(thread_id="t")).messages
    assert first.content == text("ours", kept=1, added="ü")
    assert (second.content, second.role) == (text("x", **{"$by": "us"}), "assistant")
    theirs = (await pair.npm.memory("listMessages", {"threadId": "t"}))["messages"]
    assert [row["content"]["metadata"] for row in theirs] == [
        {"kept": 1, "added": "ü"},
        {"$by": "us"},
    ]


async def test_each_deletes_the_others_message(pair: Pair) -> None:
    await pair.memory.save_thread(thread=thread())
    await pair.memory.save_messages(messages=[message("a", text("a")), message("b", text("b"), 1)])
    await pair.npm.memory("deleteMessages", ["a"])
    [left] = (await pair.memory.list_messages(thread_id="t")).messages
    assert left.id == "b"
    await pair.memory.delete_messages(message_ids=["b"])
    assert (await pair.npm.memory("listMessages", {"threadId": "t"}))["total"] == 0


async def test_messages_of_many_threads_of_a_resource_are_found_by_both(pair: Pair) -> None:
    for n in range(2):
        await pair.memory.save_thread(thread=thread(f"t{n}"))
        ours = message(f"m{n}", text("hi"), n, thread_id=f"t{n}")
        await pair.npm.memory("saveMessages", {"messages": [their_message(ours)]})
    theirs = await pair.npm.memory("listMessagesByResourceId", {"resourceId": "ada"})
    listed = await pair.memory.list_messages_by_resource_id(resource_id="ada")
    assert ids(theirs["messages"]) == [m.id for m in listed.messages] == ["m0", "m1"]
    both = await pair.npm.memory("listMessages", {"threadId": ["t0", "t1"]})
    assert ids(both["messages"]) == [
        m.id for m in (await pair.memory.list_messages(thread_id=["t0", "t1"])).messages
    ]


async def test_a_message_moved_by_one_is_there_for_the_other(pair: Pair) -> None:
    for id_ in ("t", "u"):
        await pair.memory.save_thread(thread=thread(id_))
    await pair.memory.save_messages(messages=[message("a", text("a"))])
    await pair.npm.memory("updateMessages", {"messages": [{"id": "a", "threadId": "u"}]})
    assert (await pair.memory.list_messages(thread_id="t")).messages == []
    await pair.memory.update_messages(messages=[MessageUpdate(id="a", thread_id="t")])
    assert ids((await pair.npm.memory("listMessages", {"threadId": "t"}))["messages"]) == ["a"]


# Resources


@plain
async def test_a_resource_of_theirs_is_ours(pair: Pair, value: Json) -> None:
    ours = Resource(id="ada", working_memory="# Ada\n☕", metadata=value, created_at=START)
    theirs = {
        "id": "ada",
        "workingMemory": ours.working_memory,
        "metadata": value,
        "createdAt": START,
        "updatedAt": START,
    }
    await pair.npm.memory("saveResource", {"resource": theirs})
    assert await pair.memory.get_resource_by_id(resource_id="ada") == ours


@plain
async def test_a_resource_of_ours_is_theirs(pair: Pair, value: Json) -> None:
    ours = Resource(id="ada", working_memory="", metadata=value, created_at=START)
    await pair.memory.save_resource(resource=ours)
    theirs = seen(await pair.npm.memory("getResourceById", {"resourceId": "ada"}))
    assert theirs["workingMemory"] == ""
    assert theirs["metadata"] == value
    assert theirs["createdAt"] == iso(START)


async def test_each_updates_the_others_resource(pair: Pair) -> None:
    theirs = {"resourceId": "ada", "workingMemory": "one", "metadata": {"a": 1}}
    await pair.npm.memory("updateResource", theirs)
    ours = await pair.memory.update_resource(resource_id="ada", metadata={"b": "ß"})
    assert (ours.working_memory, dict(ours.metadata)) == ("one", {"a": 1, "b": "ß"})
    await pair.npm.memory("updateResource", {"resourceId": "ada", "workingMemory": "two"})
    read = await pair.memory.get_resource_by_id(resource_id="ada")
    assert read is not None
    assert (read.working_memory, dict(read.metadata)) == ("two", {"a": 1, "b": "ß"})
    assert read.created_at == ours.created_at


# Rows of early releases (§3.8)


async def test_metadata_stored_as_text_is_an_object_for_both(pair: Pair) -> None:
    row = {"id": "t", "resourceId": "ada", "title": "", "metadata": '{"$a": [1]}'}
    times = {"createdAt": iso(START), "updatedAt": iso(START)}
    await pair.writer.insert("mastra_threads", {**row, **times})
    ours = await pair.memory.get_thread_by_id(thread_id="t")
    assert ours is not None
    assert ours.metadata == {"$a": [1]}
    theirs = await pair.npm.memory("getThreadById", {"threadId": "t"})
    assert theirs["metadata"] == ours.metadata


async def test_content_that_is_no_json_is_text(pair: Pair) -> None:
    await pair.memory.save_thread(thread=thread())
    row = {"id": "m", "thread_id": "t", "content": "Grüße, kein JSON {", "role": "user"}
    await pair.writer.insert(
        "mastra_messages", {**row, "type": "v2", "createdAt": iso(START), "resourceId": "ada"}
    )
    [ours] = (await pair.memory.list_messages(thread_id="t")).messages
    assert ours.content == "Grüße, kein JSON {"
