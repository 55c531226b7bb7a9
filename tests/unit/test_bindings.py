"""Declared endpoints, and pages, against a caller that records."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioconvex import Int64, Page
from aioconvex._protocol.http import FunctionKind
from aioconvex.bindings import (
    CONVEX,
    ITEMS,
    BigInt,
    Namespace,
    action,
    mutation,
    paginated,
    query,
)
from aioconvex.errors import ArgumentError, DecodeError, ProtocolError

pytestmark = pytest.mark.anyio


class Recorder:
    """Answers calls from a list and keeps what was asked."""

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)
        self.calls: list[tuple[str, str, dict[str, object]]] = []

    async def call(self, kind: FunctionKind, path: str, args: Mapping[str, object]) -> Any:
        self.calls.append((kind, path, dict(args)))
        return self.replies.pop(0)


class Api(Namespace):
    @query("tasks:get", wire={"from_": "from", "thread_id": "thread_id"})
    def get(self, *, from_: str, thread_id: str | None = None, n: BigInt | None = None) -> str:
        """Get one."""
        ...

    @mutation("tasks:add")
    def add(self, *, task_title: str) -> None: ...

    @action("tasks:run")
    def run(self, args: Mapping[str, Any] | None = None, /) -> Any: ...

    @paginated("tasks:page", dialect=CONVEX)
    def page(self, *, done: bool = False) -> Page[float]: ...

    @paginated("tasks:items", dialect=ITEMS)
    def items(self, *, done: bool) -> Page[float]: ...


async def test_arguments_travel_under_their_wire_names() -> None:
    """The camelCase rule, its exceptions, int64 by declaration, defaults left out."""
    caller = Recorder("x", None, 1.0, 2.0)
    api = Api(caller)

    assert await api.get(from_="a", thread_id="t", n=5) == "x"
    await api.add(task_title="t")
    await api.run({"anyKey": 1})
    await api.run()

    assert caller.calls == [
        ("query", "tasks:get", {"from": "a", "thread_id": "t", "n": Int64(5)}),
        ("mutation", "tasks:add", {"taskTitle": "t"}),
        ("action", "tasks:run", {"anyKey": 1}),
        ("action", "tasks:run", {}),
    ]


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, "tasks:get: missing a required argument: 'from_'"),
        ((), {"from_": "a", "x": 1}, "tasks:get: got an unexpected keyword argument 'x'"),
        (("a",), {}, "tasks:get: too many positional arguments"),
        ((), {"from_": 3}, "tasks:get: from_: expected str, got int 3"),
        ((), {"from_": "a", "n": 1.5}, "tasks:get: n: expected int, got float 1.5"),
    ],
)
async def test_wrong_arguments_raise_before_anything_is_sent(
    args: Any, kwargs: Any, message: str
) -> None:
    """Missing, unknown, positional and ill-typed arguments never leave."""
    caller = Recorder()

    with pytest.raises(TypeError) as caught:
        await Api(caller).get(*args, **kwargs)

    assert str(caught.value) == message
    assert caller.calls == []


async def test_an_ill_typed_argument_is_an_argument_error() -> None:
    """The typed error is a `TypeError` too, so either can be caught."""
    with pytest.raises(ArgumentError):
        await Api(Recorder()).get(from_=b"x")  # type: ignore[arg-type]


async def test_a_result_of_another_type_is_a_decode_error() -> None:
    """The declared return type is checked."""
    with pytest.raises(DecodeError, match="tasks:get"):
        await Api(Recorder(5.0)).get(from_="a")


def test_a_declaration_is_itself_on_the_class_and_cached_on_an_instance() -> None:
    """The bound endpoint is made once, and shows the declaration's docstring."""
    api = Api(Recorder())

    assert Api.get.path == "tasks:get"
    assert api.get is api.get
    assert api.get.__doc__ == "Get one."
    assert repr(api.get) == "<query tasks:get>"


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
async def test_every_item_comes_once_whatever_the_pages(sizes: list[int]) -> None:
    """Empty pages in the middle do not end the walk; nothing is asked after the last page."""
    numbers = iter(map(float, range(100)))
    pages = [[next(numbers) for _ in range(size)] for size in sizes]
    expected = [item for page in pages for item in page]
    last = len(pages) - 1

    convex = Recorder(
        *(
            {"page": page, "isDone": index == last, "continueCursor": f"c{index}"}
            for index, page in enumerate(pages)
        )
    )
    assert [item async for item in Api(convex).page()] == expected
    assert [call[2]["paginationOpts"] for call in convex.calls] == [
        {"cursor": f"c{index - 1}" if index else None, "numItems": 100}
        for index in range(len(pages))
    ]

    items = Recorder(
        *(
            {"items": page, "hasMore": index < last, "nextCursor": f"c{index}"}
            for index, page in enumerate(pages)
        )
    )
    assert [item async for item in Api(items).items(done=True)] == expected
    assert len(items.calls) == len(pages)


async def test_a_mapped_walk_changes_items_and_not_the_way() -> None:
    """What makes other items of them comes after the bindings, on every page."""
    caller = Recorder(
        {"items": [1.0, 2.0], "hasMore": True, "nextCursor": "c"},
        {"items": [3.0], "hasMore": False},
    )
    walk = Api(caller).items(done=True).mapped(int).mapped(str)
    assert [item async for item in walk] == ["1", "2", "3"]
    assert [call[2].get("cursor") for call in caller.calls] == [None, "c"]


async def test_await_gives_the_first_page_and_pages_can_be_resumed() -> None:
    """`sized` and `after` shape the request; a page tells where the next one starts."""
    caller = Recorder(
        {"items": [1.0], "hasMore": True, "nextCursor": "c"}, {"items": [2.0], "hasMore": False}
    )
    walk = Api(caller).items(done=True).sized(1)

    first = await walk
    rest = [page async for page in walk.after(first.next_cursor).pages()]

    assert first == Page(items=[1.0], next_cursor="c", has_more=True)
    assert rest == [Page(items=[2.0], next_cursor=None, has_more=False)]
    assert [call[2] for call in caller.calls] == [
        {"done": True, "limit": 1},
        {"done": True, "limit": 1, "cursor": "c"},
    ]


@pytest.mark.parametrize(
    "reply",
    [
        None,
        [],
        {},
        {"items": [], "hasMore": True},
        {"items": [], "hasMore": True, "nextCursor": None},
        {"items": [], "hasMore": True, "nextCursor": 5.0},
        {"items": [], "hasMore": True, "nextCursor": "start"},
    ],
    ids=str,
)
async def test_a_reply_that_is_no_page_is_a_protocol_error(reply: Any) -> None:
    """Nonsense, and a cursor that would loop for ever, end the walk with an error."""
    with pytest.raises(ProtocolError, match="tasks:items"):
        await Api(Recorder(reply)).items(done=True).after("start")


def test_a_page_has_at_least_one_item() -> None:
    """A size below 1 is refused at once."""
    with pytest.raises(ValueError, match="at least one"):
        Api(Recorder()).page().sized(0)


def test_wrong_arguments_of_a_paginated_query_raise_at_once() -> None:
    """Before the first page is asked for, not at the first `await`."""
    with pytest.raises(TypeError, match="missing a required argument: 'done'"):
        Api(Recorder()).items()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
