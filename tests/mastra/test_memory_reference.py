"""Lists of messages and threads are those of Mastra's own in-memory storage."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioconvex.mastra import ConvexAdminClient, DateRange, Include, MemoryConvex, Message, Thread
from aioconvex.mastra._rows import instant
from mastra.memory import at
from mastra.npm import Driver, Npm

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("functions", ["ours"])]

Json = dict[str, Any]

references = count()
threads = st.sampled_from("tuv")
owners = st.sampled_from(["ada", "bob"])
seconds = st.integers(0, 5)
tags = st.sampled_from([None, {"n": 1}, {"n": True}, {"n": "1"}, {"n": 1, "s": None}])
orders = st.sampled_from(["asc", "desc"])
sizes = st.sampled_from([1, 2, 3, 40, False, None])


def message_of(number: int, drawn: tuple[str, str, int, Any]) -> Message:
    thread_id, owner, second, tag = drawn
    text = f"message {number}"
    content = {"format": 2, "parts": [{"type": "text", "text": text}], "content": text}
    return Message(
        id=f"m{number:02}",
        thread_id=thread_id,
        resource_id=owner,
        role="user",
        content=content if tag is None else {**content, "metadata": tag},
        created_at=at(second),
    )


histories = st.lists(st.tuples(threads, owners, seconds, tags), max_size=14).map(
    lambda drawn: [message_of(number, item) for number, item in enumerate(drawn)]
)
dates = st.builds(
    DateRange,
    start=st.none() | seconds.map(at),
    end=st.none() | seconds.map(at),
    start_exclusive=st.booleans(),
    end_exclusive=st.booleans(),
)
included = st.builds(
    Include,
    id=st.integers(0, 15).map(lambda number: f"m{number:02}"),
    with_previous_messages=st.integers(0, 2),
    with_next_messages=st.integers(0, 2),
)
requests = st.fixed_dictionaries(
    {"order": orders},
    optional={
        "resource_id": owners,
        "date_range": dates,
        "metadata": st.sampled_from([{"n": 1}, {"n": True}, {"s": None}, {"n": 1, "s": None}]),
        "include": st.lists(included, max_size=2),
        "page": st.integers(0, 2),
        "per_page": sizes,
    },
)


def in_typescript(request: Mapping[str, Any]) -> Json:
    """A request as Mastra spells it."""
    theirs: Json = {"orderBy": {"field": "createdAt", "direction": request["order"].upper()}}
    names = {"resource_id": "resourceId", "page": "page", "thread_id": "threadId"}
    theirs |= {names[name]: request[name] for name in names if name in request}
    if request.get("per_page") is not None:
        theirs["perPage"] = request["per_page"]
    criteria: Json = {}
    if "metadata" in request:
        criteria["metadata"] = request["metadata"]
    if "date_range" in request:
        bounds = request["date_range"]
        criteria["dateRange"] = {
            "startExclusive": bounds.start_exclusive,
            "endExclusive": bounds.end_exclusive,
            **({} if bounds.start is None else {"start": bounds.start}),
            **({} if bounds.end is None else {"end": bounds.end}),
        }
    theirs["filter"] = criteria
    if "include" in request:
        theirs["include"] = [
            {
                "id": item.id,
                "withPreviousMessages": item.with_previous_messages,
                "withNextMessages": item.with_next_messages,
            }
            for item in request["include"]
        ]
    return theirs


def their_message(ours: Message) -> Json:
    return {
        "id": ours.id,
        "threadId": ours.thread_id,
        "resourceId": ours.resource_id,
        "role": ours.role,
        "type": ours.type,
        "content": ours.content,
        "createdAt": ours.created_at,
    }


async def stored(
    client: ConvexAdminClient, driver: Driver, messages: list[Message]
) -> tuple[MemoryConvex, Npm]:
    """Both memories with the same threads and messages."""
    memory = MemoryConvex(client=client)
    await memory.dangerously_clear_all()
    reference = Npm(driver, f"memory:{next(references)}", "")
    for number, id_ in enumerate("tuv"):
        thread = Thread(id=id_, resource_id="ada", title=id_, created_at=at(number))
        await memory.save_thread(thread=thread)
        theirs = {"id": id_, "resourceId": "ada", "title": id_, "metadata": {}}
        times = {"createdAt": thread.created_at, "updatedAt": thread.updated_at}
        await reference.memory("saveThread", {"thread": {**theirs, **times}})
    await memory.save_messages(messages=messages)
    for message in messages:
        await reference.memory("saveMessages", {"messages": [their_message(message)]})
    return memory, reference


def whole(request: Json) -> Json:
    """Everything is on page 0."""
    return {**request, "page": 0} if request.get("per_page") is False else request


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    messages=histories,
    drawn=st.lists(
        st.tuples(requests, threads | st.lists(threads, min_size=1, max_size=3)),
        min_size=1,
        max_size=6,
    ),
)
async def test_4_1_list_messages_answers_as_mastras_own_storage(
    client: ConvexAdminClient,
    driver: Driver,
    messages: list[Message],
    drawn: list[tuple[Json, str | list[str]]],
) -> None:
    memory, reference = await stored(client, driver, messages)
    for request, thread_id in drawn:
        options = {**whole(request), "thread_id": thread_id}
        ours = await memory.list_messages(**options)
        theirs = await reference.memory("listMessages", in_typescript(options))
        found = [(m.created_at, m.id) for m in ours.messages]
        expected = [(instant(m["createdAt"]), m["id"]) for m in theirs["messages"]]
        if "include" in options:
            # Theirs has included messages of one time as they were asked for.
            assert [time for time, _ in found] == [time for time, _ in expected], options
            found, expected = sorted(found), sorted(expected)
        assert found == expected, options
        assert ours.total == theirs["total"], options
        if "include" not in options or isinstance(thread_id, str):
            # With several threads and include, both TypeScript versions always say true (§4.1).
            assert ours.has_more == theirs["hasMore"], options


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(messages=histories, drawn=st.lists(requests, min_size=1, max_size=6))
async def test_4_1_list_messages_by_resource_id_answers_as_mastras_own_storage(
    client: ConvexAdminClient, driver: Driver, messages: list[Message], drawn: list[Json]
) -> None:
    memory, reference = await stored(client, driver, messages)
    for request in drawn:
        # The reference ignores `include` here.
        plain = {name: value for name, value in request.items() if name != "include"}
        options = {**whole(plain), "resource_id": request.get("resource_id", "ada")}
        ours = await memory.list_messages_by_resource_id(**options)
        theirs = await reference.memory("listMessagesByResourceId", in_typescript(options))
        assert [m.id for m in ours.messages] == [m["id"] for m in theirs["messages"]], options
        assert (ours.total, ours.has_more) == (theirs["total"], theirs["hasMore"]), options


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    drawn=st.lists(st.tuples(owners, seconds, seconds, tags), max_size=9),
    requests_=st.lists(
        st.fixed_dictionaries(
            {"order": orders, "order_by": st.sampled_from(["created_at", "updated_at"])},
            optional={
                "resource_id": owners,
                "metadata": st.sampled_from([{"n": 1}, {"n": True}, {"s": None}, {}]),
                "page": st.integers(0, 2),
                "per_page": st.sampled_from([0, 1, 2, 3, False, None]),
            },
        ),
        min_size=1,
        max_size=6,
    ),
)
async def test_4_1_list_threads_answers_as_mastras_own_storage(
    client: ConvexAdminClient,
    driver: Driver,
    drawn: list[tuple[str, int, int, Any]],
    requests_: list[Json],
) -> None:
    memory = MemoryConvex(client=client)
    await memory.dangerously_clear_all()
    reference = Npm(driver, f"memory:{next(references)}", "")
    for number, (owner, created, updated, tag) in enumerate(drawn):
        thread = Thread(
            id=f"{number}",
            resource_id=owner,
            metadata=tag or {},
            created_at=at(created),
            updated_at=at(updated),
        )
        await memory.save_thread(thread=thread)
        theirs = {"id": thread.id, "resourceId": owner, "title": "", "metadata": tag or {}}
        their_times = {"createdAt": at(created), "updatedAt": at(updated)}
        await reference.memory("saveThread", {"thread": {**theirs, **their_times}})
    for request in requests_:
        options = whole(request)
        ours = await memory.list_threads(**options)
        asked = in_typescript(options)
        asked["orderBy"]["field"] = {"created_at": "createdAt"}.get(
            options["order_by"], "updatedAt"
        )
        if "resourceId" in asked:
            asked["filter"]["resourceId"] = asked.pop("resourceId")
        theirs = await reference.memory("listThreads", asked)
        assert [t.id for t in ours.threads] == [t["id"] for t in theirs["threads"]], options
        assert (ours.total, ours.has_more) == (theirs["total"], theirs["hasMore"]), options
