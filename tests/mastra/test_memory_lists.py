"""Listing messages (§4.1), on both kinds of server functions."""

from __future__ import annotations

from typing import Any

import pytest

from aioconvex.errors import ArgumentError
from aioconvex.mastra import DateRange, Include, MastraError, MemoryConvex, MessageList
from mastra.memory import OURS, at, ids, message, stored, thread

pytestmark = pytest.mark.anyio


async def listed(memory: MemoryConvex, **options: Any) -> str:
    return "".join(ids((await memory.list_messages(**{"thread_id": "t", **options})).messages))


async def letters(memory: MemoryConvex, names: str = "abcdef") -> None:
    """Store a message a second, saved in another order than they were created in."""
    messages = [message(name, second) for second, name in enumerate(names)]
    await stored(memory, *messages[::-1])


def elsewhere() -> MemoryConvex:
    return MemoryConvex(deployment_url="https://nowhere.convex.cloud", secret="s")


async def test_4_1_list_messages_is_by_created_at_oldest_first(memory: MemoryConvex) -> None:
    await letters(memory)
    await memory.save_messages(messages=[message("x", 1, thread_id="u")])
    assert await listed(memory) == "abcdef"
    assert await listed(memory, order="desc") == "fedcba"


async def test_4_1_list_messages_pages_with_the_exact_total(memory: MemoryConvex) -> None:
    await letters(memory, "abcde")
    pages = [
        await memory.list_messages(thread_id="t", page=n, per_page=2, order="desc")
        for n in range(4)
    ]
    assert ["".join(ids(page.messages)) for page in pages] == ["ed", "cb", "a", ""]
    assert [page.total for page in pages] == [5, 5, 5, 5]
    assert [page.has_more for page in pages] == [True, True, False, False]
    assert [(page.page, page.per_page) for page in pages] == [(0, 2), (1, 2), (2, 2), (3, 2)]


async def test_r74_a_lone_per_page_is_page_0(memory: MemoryConvex) -> None:
    await letters(memory)
    page = await memory.list_messages(thread_id="t", per_page=4)
    assert ("".join(ids(page.messages)), page.total, page.has_more) == ("abcd", 6, True)


async def test_4_1_list_messages_has_40_a_page_unless_told(memory: MemoryConvex) -> None:
    await stored(memory, *(message(f"{n:02}", n) for n in range(41)))
    page = await memory.list_messages(thread_id="t")
    assert (len(page.messages), page.total, page.per_page, page.has_more) == (40, 41, 40, True)
    assert page.messages[0].id == "00"


@pytest.mark.parametrize("everything", [False, "all"])
async def test_4_1_list_messages_of_everything(memory: MemoryConvex, everything: Any) -> None:
    await stored(memory, *(message(f"{n:03}", n) for n in range(120)))
    page = await memory.list_messages(thread_id="t", per_page=everything)
    assert page == MessageList(
        messages=[message(f"{n:03}", n) for n in range(120)],
        total=120,
        page=0,
        per_page=False,
        has_more=False,
    )
    with pytest.raises(MastraError, match="page must be 0 when perPage is false"):
        await memory.list_messages(thread_id="t", per_page=everything, page=1)


async def test_4_1_step_2_every_thread_id_is_checked_before_any_call() -> None:
    wrongs: list[Any] = ["", " ", [], ["a", ""], [None], None, 1, {}]
    for wrong in wrongs:
        with pytest.raises(MastraError, match="threadId must be a non-empty string") as caught:
            await elsewhere().list_messages(thread_id=wrong)
        assert caught.value.id == "MASTRA_STORAGE_CONVEX_LIST_MESSAGES_INVALID_THREAD_ID"
        assert (caught.value.domain, caught.value.category) == ("STORAGE", "USER")


async def test_4_1_step_4_per_page_0_makes_no_call() -> None:
    page = await elsewhere().list_messages(thread_id="t", per_page=0)
    assert page == MessageList(messages=[], total=0, page=0, per_page=0, has_more=False)


async def test_4_1_step_4_per_page_0_with_include_has_only_those(memory: MemoryConvex) -> None:
    await letters(memory)
    include = [Include(id="c", with_previous_messages=1)]
    page = await memory.list_messages(thread_id="t", per_page=0, include=include)
    assert ("".join(ids(page.messages)), page.total, page.has_more) == ("bc", 0, False)


async def test_4_1_step_5_filters_by_resource(memory: MemoryConvex) -> None:
    await stored(memory, message("a", 1), message("b", 2, resource_id="bob"), message("c", 3))
    page = await memory.list_messages(thread_id="t", resource_id="ada", per_page=1)
    assert (ids(page.messages), page.total, page.has_more) == (["a"], 2, True)
    assert await listed(memory, resource_id="ada") == "ac"
    assert await listed(memory, resource_id="?") == ""


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (DateRange(), "abcdef"),
        (DateRange(start=at(2)), "cdef"),
        (DateRange(start=at(2), start_exclusive=True), "def"),
        (DateRange(end=at(3)), "abcd"),
        (DateRange(end=at(3), end_exclusive=True), "abc"),
        (DateRange(start=at(1), end=at(4)), "bcde"),
        (DateRange(start=at(1), end=at(4), start_exclusive=True, end_exclusive=True), "cd"),
        (DateRange(start=at(4), end=at(1)), ""),
        (DateRange(start=at(2), end=at(2)), "c"),
        (DateRange(start=at(2), end=at(2), end_exclusive=True), ""),
        (DateRange(start=at(1.5), end=at(2.5)), "c"),
    ],
    ids=str,
)
async def test_4_1_step_5_filters_by_date(
    memory: MemoryConvex, dates: DateRange, expected: str, order: Any
) -> None:
    await letters(memory)
    ordered = expected if order == "asc" else expected[::-1]
    assert await listed(memory, date_range=dates, order=order) == ordered
    pages = [
        await memory.list_messages(
            thread_id="t",
            date_range=dates,
            order=order,
            page=n,
            per_page=1,
        )
        for n in range(len(expected))
    ]
    assert "".join(page.messages[0].id for page in pages) == ordered
    assert {page.total for page in pages} <= {len(expected)}


async def test_4_1_step_1_filters_by_metadata_of_the_content(memory: MemoryConvex) -> None:
    contents: dict[str, Any] = {
        "a": {"metadata": {"n": 1, "s": "x", "none": None}},
        "b": {"metadata": {"n": True}},
        "c": {"metadata": {"n": 1.0, "s": "x"}},
        "d": {"metadata": "n"},
        "e": {"n": 1},
        "f": "n",
        "g": {"metadata": {"n": "1"}},
    }
    await stored(
        memory, *(message(id_, n, content=contents[id_]) for n, id_ in enumerate(contents))
    )
    assert await listed(memory, metadata={"n": 1}) == "ac"
    assert await listed(memory, metadata={"n": True}) == "b"
    assert await listed(memory, metadata={"n": 1, "s": "x"}) == "ac"
    assert await listed(memory, metadata={"none": None}) == "a"
    assert await listed(memory, metadata={"missing": None}) == ""
    assert await listed(memory, metadata={}) == "abcdefg"
    page = await memory.list_messages(thread_id="t", metadata={"n": 1}, per_page=1)
    assert (ids(page.messages), page.total, page.has_more) == (["a"], 2, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"": 1},
        {"$a": 1},
        {"a.b": 1},
        {"constructor": 1},
        {"a": [1]},
        {"a": {}},
        {"a": float("nan")},
        {"a": at(0)},
    ],
    ids=str,
)
async def test_4_1_step_1_a_wrong_metadata_filter_is_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError):
        await elsewhere().list_messages(thread_id="t", metadata=wrong)


async def test_5_12_of_several_threads_each_counts_once(memory: MemoryConvex) -> None:
    """The published adapter returns the messages of a repeated thread twice."""
    await letters(memory, "ace")
    others = [message("b", 0.5), message("d", 1.5), message("f", 2.5)]
    await memory.save_messages(
        messages=[message(m.id, n + 0.5, thread_id="u") for n, m in enumerate(others)]
    )
    assert await listed(memory, thread_id=["t", "u", "t"]) == "abcdef"
    assert await listed(memory, thread_id=["u", "t"], order="desc") == "fedcba"
    page = await memory.list_messages(thread_id=["t", "u", "t"], page=1, per_page=4)
    assert ("".join(ids(page.messages)), page.total, page.has_more) == ("ef", 6, False)
    walked = [m.id async for m in memory.iter_messages(thread_id=["t", "u", "?"], order="desc")]
    assert "".join(walked) == "fedcba"


@OURS
async def test_a_list_of_too_many_threads_is_refused(memory: MemoryConvex) -> None:
    await letters(memory)
    names = [f"{n}" for n in range(99)]
    assert await listed(memory, thread_id=[*names, "t"]) == "abcdef"
    with pytest.raises(MastraError, match="one call lists 100"):
        await memory.list_messages(thread_id=[*names, "t", "u"])


async def test_4_1_step_6_include_brings_neighbours_of_its_own_thread(
    memory: MemoryConvex,
) -> None:
    await letters(memory, "abcdefgh")
    await memory.save_messages(
        messages=[message(name, n, thread_id="u") for n, name in enumerate("uvwxyz")]
    )
    include = [Include(id="x", with_previous_messages=2, with_next_messages=1)]
    assert await listed(memory, per_page=0, include=include) == "vwxy"
    assert (
        await listed(memory, per_page=0, include=[Include(id="a", with_previous_messages=3)]) == "a"
    )
    both = [
        Include(id="c", with_next_messages=2),
        Include(id="d", with_previous_messages=1, with_next_messages=9),
        Include(id="?"),
    ]
    assert await listed(memory, per_page=0, include=both) == "cdefgh"
    assert await listed(memory, per_page=0, include=both, order="desc") == "hgfedc"


async def test_4_1_step_6_neighbours_ignore_filters_and_paging(memory: MemoryConvex) -> None:
    await letters(memory)
    include = [Include(id="e", with_previous_messages=1)]
    dates = DateRange(end=at(1))
    page = await memory.list_messages(thread_id="t", date_range=dates, include=include)
    assert ("".join(ids(page.messages)), page.total) == ("abde", 2)
    assert await listed(memory, per_page=1, include=include) == "ade"
    assert await listed(memory, per_page=5, include=include) == "abcde"


async def test_5_11_include_leaks_no_message_of_another_resource(memory: MemoryConvex) -> None:
    """The published adapter leaks them (upstream 20604)."""
    await stored(
        memory,
        message("a", 1),
        message("b", 2, resource_id="eve"),
        message("c", 3),
        message("d", 4, resource_id="eve"),
        message("e", 5),
    )
    wide = {"with_previous_messages": 5, "with_next_messages": 5}
    mine = {"per_page": 0, "resource_id": "ada"}
    assert await listed(memory, **mine, include=[Include(id="c", **wide)]) == "ace"
    near = Include(id="c", with_previous_messages=1, with_next_messages=1)
    assert await listed(memory, **mine, include=[near]) == "ace"
    assert await listed(memory, **mine, include=[Include(id="b", **wide)]) == ""
    assert await listed(memory, per_page=0, include=[Include(id="c", **wide)]) == "abcde"


async def test_4_1_step_8_has_more_with_include_counts_the_threads_messages(
    memory: MemoryConvex,
) -> None:
    await letters(memory, "abcd")
    await memory.save_messages(messages=[message("x", 9, thread_id="u")])

    async def more(**options: Any) -> bool:
        return (await memory.list_messages(**{"thread_id": "t", **options})).has_more

    last = Include(id="d", with_previous_messages=1)
    assert await more(per_page=2, include=[last]) is False
    assert await more(per_page=1, include=[last]) is True
    assert await more(per_page=3, include=[Include(id="x")]) is True
    assert await more(per_page=False, include=[Include(id="x")]) is False


async def test_5_12_has_more_of_several_threads_with_include(memory: MemoryConvex) -> None:
    """Both TypeScript versions always say true, as they compare an id with a list."""
    await letters(memory, "ab")
    await memory.save_messages(messages=[message("x", 9, thread_id="u")])
    page = await memory.list_messages(thread_id=["t", "u"], include=[Include(id="x")])
    assert (page.total, page.has_more) == (3, False)
    page = await memory.list_messages(thread_id=["t", "u"], per_page=1, include=[Include(id="x")])
    assert (page.total, page.has_more) == (3, True)


async def test_4_1_step_8_with_a_metadata_filter_has_more_is_the_plain_rule(
    memory: MemoryConvex,
) -> None:
    tagged = {"metadata": {"tag": 1}}
    await stored(
        memory, message("a", 1, content=tagged), message("b", 2, content=tagged), message("c", 3)
    )
    include = [Include(id="b"), Include(id="c")]
    page = await memory.list_messages(
        thread_id="t", metadata={"tag": 1}, per_page=1, include=include
    )
    assert ("".join(ids(page.messages)), page.total, page.has_more) == ("abc", 2, True)


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_4_1_ties_keep_the_order_of_insertion_in_both_directions(
    memory: MemoryConvex, order: Any
) -> None:
    await stored(memory, message("z", -1), *(message(id_) for id_ in "dacb"))
    await memory.save_messages(messages=[message("y", 1)])
    expected = "zdacby" if order == "asc" else "ydacbz"
    assert await listed(memory, order=order) == expected
    for size in (1, 2, 3, 4):
        pages = [await listed(memory, order=order, page=n, per_page=size) for n in range(6)]
        assert "".join(pages) == expected
        walk = memory.iter_messages(thread_id="t", order=order).sized(size)
        assert "".join([m.id async for m in walk]) == expected


@OURS
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_many_ties_are_walked_once(memory: MemoryConvex, order: Any) -> None:
    """More messages of one time than the functions hold to turn them around."""
    tied = [message(f"{n:03}") for n in range(250)]
    await stored(memory, message("old", -1), *tied, message("new", 1))
    names = ids(tied)
    expected = ["old", *names, "new"] if order == "asc" else ["new", *names, "old"]
    for size in (7, 100, 101, 300):
        walk = memory.iter_messages(thread_id="t", order=order).sized(size)
        assert [m.id async for m in walk] == expected
    everything = await memory.list_messages(thread_id="t", order=order, per_page=False)
    assert ids(everything.messages) == expected


@OURS
async def test_large_ties_are_walked_once_newest_first(memory: MemoryConvex) -> None:
    tied = [message(f"{n:02}", content="x" * 900_000) for n in range(20)]
    await stored(memory, message("old", -1), *tied)
    walk = memory.iter_messages(thread_id="t", order="desc")
    assert [m.id async for m in walk] == [*ids(tied), "old"]
    everything = await memory.list_messages(thread_id="t", order="desc", per_page=5, page=1)
    assert (ids(everything.messages), everything.total) == (["05", "06", "07", "08", "09"], 21)


@OURS
async def test_5_3_a_thread_larger_than_a_transaction_may_read_is_listed(
    memory: MemoryConvex,
) -> None:
    """Long threads with tool output hit the 16 MiB limit (upstream 12792 and others)."""
    large = [message(f"{n:02}", n, content="x" * 900_000) for n in range(30)]
    await stored(memory, *large)
    page = await memory.list_messages(thread_id="t", per_page=False)
    assert (ids(page.messages), page.total) == (ids(large), 30)
    around = Include(id="15", with_previous_messages=15, with_next_messages=15)
    page = await memory.list_messages(thread_id="t", per_page=0, include=[around])
    assert ids(page.messages) == ids(large)
    assert ids(await memory.list_messages_by_id(message_ids=ids(large))) == ids(large)


@OURS
async def test_threads_whose_first_messages_are_too_large_together_are_refused(
    memory: MemoryConvex,
) -> None:
    large = [message(f"{n}", n, content="x" * 900_000, thread_id=f"{n}") for n in range(15)]
    await memory.save_messages(messages=large)
    assert await listed(memory, thread_id=[f"{n}" for n in range(5)]) == "01234"
    with pytest.raises(MastraError, match="Ask for fewer lists at once"):
        await memory.list_messages(thread_id=[f"{n}" for n in range(15)])


async def test_list_messages_without_total(memory: MemoryConvex) -> None:
    await letters(memory, "abcde")
    pages = [
        await memory.list_messages(thread_id="t", page=n, per_page=2, include_total=False)
        for n in range(4)
    ]
    assert ["".join(ids(page.messages)) for page in pages] == ["ab", "cd", "e", ""]
    assert [(page.total, page.has_more) for page in pages] == [
        (None, True),
        (None, True),
        (None, False),
        (None, False),
    ]
    include = [Include(id="e")]
    page = await memory.list_messages(
        thread_id="t", per_page=2, include=include, include_total=False
    )
    assert ("".join(ids(page.messages)), page.total, page.has_more) == ("abe", None, True)


async def test_4_1_list_messages_by_resource_id_is_over_all_threads(memory: MemoryConvex) -> None:
    await letters(memory, "ace")
    await memory.save_messages(
        messages=[
            message("b", 0.5, thread_id="u"),
            message("d", 1.5, thread_id="u"),
            message("x", 1, thread_id="u", resource_id="bob"),
        ]
    )

    async def found(**options: Any) -> str:
        page = await memory.list_messages_by_resource_id(resource_id="ada", **options)
        return "".join(ids(page.messages))

    assert await found() == "abcde"
    assert await found(date_range=DateRange(start=at(0.5), end=at(1.5))) == "bcd"
    assert await found(metadata={"a": 1}) == ""
    page = await memory.list_messages_by_resource_id(resource_id="ada", page=1, per_page=2)
    assert ("".join(ids(page.messages)), page.total, page.has_more) == ("cd", 5, True)
    page = await memory.list_messages_by_resource_id(resource_id="ada", page=2, per_page=2)
    assert ("".join(ids(page.messages)), page.total, page.has_more) == ("e", 5, False)


async def test_5_12_list_messages_by_resource_id_keeps_the_order_asked_for(
    memory: MemoryConvex,
) -> None:
    """The published adapter returns a DESC page in ASC order, and ignores `include`."""
    await letters(memory, "abcde")
    page = await memory.list_messages_by_resource_id(
        resource_id="ada", order="desc", per_page=2, include=[Include(id="a")]
    )
    assert ids(page.messages) == ["e", "d", "a"]
    assert page.has_more is True


@pytest.mark.parametrize("options", [{"page": -1}, {"page": 2, "per_page": 2**52}], ids=str)
async def test_4_1_list_messages_by_resource_id_of_a_wrong_page(options: dict[str, int]) -> None:
    with pytest.raises(MastraError) as caught:
        await elsewhere().list_messages_by_resource_id(resource_id="ada", **options)  # type: ignore[arg-type]
    expected = "MASTRA_STORAGE_CONVEX_LIST_MESSAGES_BY_RESOURCE_ID_INVALID_PAGE"
    assert caught.value.id == expected


async def test_4_1_list_messages_by_id_is_unique_and_by_created_at(memory: MemoryConvex) -> None:
    await stored(memory, message("c", 2), message("a", 1), message("z", 1), message("b", 3))
    found = await memory.list_messages_by_id(message_ids=["b", "z", "?", "a", "c", "z"])
    assert ids(found) == ["z", "a", "c", "b"]


@pytest.mark.parametrize(
    "options",
    [
        {"page": -1},
        {"page": 0.0},
        {"page": True},
        {"per_page": -1},
        {"per_page": 1.5},
        {"per_page": True},
        {"per_page": "some"},
        {"per_page": 2**52, "page": 2},
        {"order": "ASC"},
        {"order": None},
        {"resource_id": ""},
        {"include": [Include(id="")]},
        {"include": [Include(id="a", with_previous_messages=-1)]},
        {"include": [Include(id="a", with_next_messages=True)]},
        {"include": [{"id": "a"}]},
    ],
    ids=str,
)
async def test_wrong_options_of_list_messages_are_refused_before_any_call(
    options: dict[str, Any],
) -> None:
    with pytest.raises((ArgumentError, MastraError)):
        await elsewhere().list_messages(**{"thread_id": "t", **options})


async def test_iter_messages_walks_page_by_page(memory: MemoryConvex) -> None:
    await letters(memory)
    walk = memory.iter_messages(thread_id="t", date_range=DateRange(start=at(1))).sized(2)
    assert ["".join(ids(page.items)) async for page in walk.pages()] == ["bc", "de", "f"]
    page = await memory.iter_messages(thread_id="t", order="desc").sized(4)
    assert ("".join(ids(page.items)), page.has_more) == ("fedc", True)
    rest = await memory.iter_messages(thread_id="t", order="desc").sized(4).after(page.next_cursor)
    assert ("".join(ids(rest.items)), rest.has_more) == ("ba", False)
    assert [m.id async for m in memory.iter_messages(thread_id="?")] == []


@OURS
async def test_iter_messages_is_stable_while_messages_come_and_go(memory: MemoryConvex) -> None:
    await stored(memory, *(message(f"{n:02}", n) for n in range(40)))
    seen: list[str] = []
    async for found in memory.iter_messages(thread_id="t", order="desc").sized(5):
        seen.append(found.id)
        if len(seen) % 10 == 0:
            await memory.save_messages(messages=[message(f"new{len(seen)}", 100 + len(seen))])
            await memory.delete_messages(message_ids=[found.id])
    assert seen == [f"{n:02}" for n in reversed(range(40))]


async def test_r50_count_messages(memory: MemoryConvex) -> None:
    await letters(memory)
    count = await memory.count_messages(thread_id="t")
    assert (count.count, count.is_estimate) == (6, False)
    assert (await memory.count_messages(thread_id="?")).count == 0
    await memory.save_messages(messages=[message(f"{n}") for n in range(995)])
    count = await memory.count_messages(thread_id="t")
    assert (count.count, count.is_estimate) == (1000, True)
    await memory.delete_messages(message_ids=["0"])
    count = await memory.count_messages(thread_id="t")
    assert (count.count, count.is_estimate) == (1000, False)


async def test_dangerously_clear_all(memory: MemoryConvex) -> None:
    await letters(memory)
    await memory.update_resource(resource_id="ada", working_memory="x")
    await memory.dangerously_clear_all()
    assert (await memory.list_threads()).total == 0
    assert await listed(memory) == ""
    assert await memory.get_resource_by_id(resource_id="ada") is None
    await memory.save_thread(thread=thread("t"))


@OURS
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_more_may_be_included_than_one_call_looks_up(memory: MemoryConvex) -> None:
    await stored(memory, message("a"), message("z", 1, thread_id="other"))
    include = [*(Include(id=f"gone-{n}") for n in range(4_100)), Include(id="z")]
    listed = await memory.list_messages(thread_id="t", include=include)
    assert ids(listed.messages) == ["a", "z"]
