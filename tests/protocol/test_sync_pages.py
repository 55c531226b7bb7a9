"""Which pages of a list are asked for, and which are shown."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest
from attrs import define, field

from aioconvex._protocol.sync.growing import GrowingPage
from aioconvex._protocol.sync.messages import QueryId
from aioconvex._protocol.sync.outcomes import Failure, Result, Success
from aioconvex._protocol.sync.pages import Pages, PinnedPages
from aioconvex.errors import ProtocolError

INVALID: dict[str, Any] = {
    "errorData": {"isConvexSystemError": True, "paginationError": "InvalidCursor"}
}


@define
class Queries:
    """The queries that pages ask for, whose results a test makes up."""

    path: str = "a:list"
    asked: dict[int, dict[str, Any]] = field(factory=dict)
    results: dict[int, Result] = field(factory=dict)
    next_id: int = 0

    def subscribe(self, paging: Mapping[str, object]) -> QueryId:
        query = QueryId(self.next_id)
        self.next_id += 1
        options: Any = paging.get("paginationOpts", paging)
        self.asked[query] = dict(options)
        return query

    def unsubscribe(self, query: QueryId) -> None:
        del self.asked[query]

    def result(self, query: QueryId) -> Result | None:
        return self.results.get(query)

    def page(self, query: int, items: str, end: str, **more: Any) -> None:
        """Let a page arrive; each letter is an item."""
        self.results[query] = Success(
            {"page": [*items], "isDone": False, "continueCursor": end, **more}, []
        )

    def fail(self, query: int, message: str = "no", /, **more: Any) -> None:
        self.results[query] = Failure(self.path, message, {"errorMessage": message, **more})


def pinned(size: int = 2) -> tuple[Queries, PinnedPages]:
    queries = Queries()
    return queries, PinnedPages(queries, size, count(7))


def seen(pages: Pages) -> tuple[str | None, str]:
    """The items in the window, and its status."""
    pages.follow()
    window = pages.window()
    if window.results is None:
        return None, window.status
    items = ""
    for result in window.results:
        assert isinstance(result, Success)
        items += "".join(result.wire.get("page") or result.wire.get("items"))
    return items, window.status


def test_pages_follow_each_other() -> None:
    """As the protocol's worked example has it."""
    queries, pages = pinned()
    assert queries.asked == {0: {"cursor": None, "numItems": 2, "id": 7}}
    assert seen(pages) == (None, "loading_first")
    assert not pages.more(2)
    queries.page(0, "ab", "C1", splitCursor=None, pageStatus=None)
    assert seen(pages) == ("ab", "can_load_more")
    assert pages.more(3)
    assert queries.asked[1] == {"cursor": "C1", "numItems": 3, "id": 7}
    assert seen(pages) == ("ab", "loading_more")
    assert not pages.more(3)
    queries.page(1, "c", "C2", isDone=True)
    assert seen(pages) == ("abc", "exhausted")
    assert not pages.more(3)
    queries.page(0, "axb", "C1")
    assert seen(pages) == ("axbc", "exhausted")
    assert len(queries.asked) == 2


def test_nothing_is_shown_behind_a_page_that_is_not_there() -> None:
    """Else there would be a gap."""
    queries, pages = pinned()
    queries.page(0, "ab", "C1")
    seen(pages)
    pages.more(2)
    queries.page(1, "cd", "C2")
    assert seen(pages)[0] == "abcd"
    del queries.results[0]
    assert seen(pages) == (None, "loading_first")


def test_a_page_that_grew_is_split_and_stays_until_both_halves_are_there() -> None:
    """No moment without its items."""
    queries, pages = pinned()
    queries.page(0, "abcde", "C1", splitCursor="S")
    assert seen(pages) == ("abcde", "can_load_more")
    assert queries.asked[1] == {"cursor": None, "numItems": 2, "id": 7, "endCursor": "S"}
    assert queries.asked[2] == {"cursor": "S", "numItems": 2, "id": 7, "endCursor": "C1"}
    queries.page(2, "de", "C1")
    assert seen(pages)[0] == "abcde"
    queries.page(1, "abc", "S")
    assert seen(pages) == ("abcde", "can_load_more")
    assert 0 not in queries.asked
    pages.more(2)
    assert queries.asked[3]["cursor"] == "C1"


def test_the_server_may_recommend_a_split() -> None:
    """However short the page is; also of the last page, which grows without bound."""
    queries, pages = pinned()
    queries.page(0, "ab", "END", isDone=True, splitCursor="S", pageStatus="SplitRecommended")
    assert seen(pages) == ("ab", "exhausted")
    queries.page(1, "a", "S")
    queries.page(2, "b", "END", isDone=True)
    assert seen(pages) == ("ab", "exhausted")
    assert [*queries.asked] == [1, 2]


def test_a_page_that_lacks_documents_is_not_shown() -> None:
    """Nor what follows, until its halves are there."""
    queries, pages = pinned()
    queries.page(0, "ab", "C1")
    seen(pages)
    pages.more(2)
    queries.page(1, "cd", "C2", splitCursor="S", pageStatus="SplitRequired")
    assert seen(pages) == ("ab", "loading_more")
    queries.page(2, "c", "S")
    queries.page(3, "d", "C2")
    assert seen(pages) == ("abcd", "can_load_more")


def test_halves_may_be_split_again() -> None:
    """A page that grows and grows."""
    queries, pages = pinned(1)
    queries.page(0, "abc", "C", splitCursor="S")
    seen(pages)
    queries.page(1, "abx", "S", splitCursor="R")
    queries.page(2, "c", "C")
    assert seen(pages)[0] == "abxc"
    assert queries.asked[3] == {"cursor": None, "numItems": 1, "id": 7, "endCursor": "R"}
    queries.page(3, "a", "R")
    queries.page(4, "bx", "S")
    assert seen(pages)[0] == "abxc"
    assert [*queries.asked] == [2, 3, 4]


@pytest.mark.parametrize("split", [None, "C1"])
def test_a_page_that_must_be_split_but_cannot_is_an_error(split: str | None) -> None:
    """It would hide the rest for ever."""
    queries, pages = pinned()
    queries.page(0, "ab", "C1", splitCursor=split, pageStatus="SplitRequired")
    with pytest.raises(ProtocolError, match="cannot be split"):
        pages.follow()


def test_a_long_page_without_a_middle_stays_whole() -> None:
    """Two large documents cannot be split."""
    queries, pages = pinned(1)
    queries.page(0, "abc", "C1", splitCursor=None)
    assert seen(pages) == ("abc", "can_load_more")
    assert [*queries.asked] == [0]


def split_for_ever(status: str) -> tuple[Queries, PinnedPages, int]:
    """A server that wants every page split; gives up when there is no new page to answer."""
    queries, pages = pinned()
    answered = 0
    while answered < queries.next_id:
        for query in range(answered, queries.next_id):
            middle = f"S{query}"
            queries.page(query, "ab", f"C{query}", splitCursor=middle, pageStatus=status)
        answered = queries.next_id
        pages.follow()
    return queries, pages, answered


def test_splits_that_are_recommended_for_ever_come_to_an_end() -> None:
    """The list is shown all the same, and costs no more than some thousand queries."""
    queries, pages, asked = split_for_ever("SplitRecommended")
    assert pages.window().status == "can_load_more"
    assert len(queries.asked) < 2_000
    assert asked < 4_000


def test_splits_that_are_required_for_ever_are_an_error() -> None:
    """The list never gets whole, so its reader is told."""
    with pytest.raises(ProtocolError, match="pages split without end"):
        split_for_ever("SplitRequired")


def test_a_page_that_must_be_split_is_split_however_many_were_for_their_length() -> None:
    """A list that was watched for long has many halves; it must not fail for that."""
    queries, pages, _ = split_for_ever("SplitRecommended")
    last = queries.next_id - 1
    queries.page(last, "ab", f"C{last}", splitCursor="S", pageStatus="SplitRequired")
    assert seen(pages)[1] == "loading_more"
    queries.page(last + 1, "a", "S")
    queries.page(last + 2, "b", f"C{last}")
    assert seen(pages)[1] == "can_load_more"


def test_a_failed_page_fails_the_list_until_it_recovers() -> None:
    """An error of the function, or a cursor of another deployment."""
    queries, pages = pinned()
    queries.page(0, "ab", "C1")
    seen(pages)
    queries.fail(0)
    pages.follow()
    assert isinstance((pages.window().results or [None])[0], Failure)
    queries.page(0, "abc", "C1")
    assert seen(pages)[0] == "abc"


def test_invalid_cursors_begin_the_list_anew() -> None:
    """With an id of its own, and as wide as it was."""
    queries, pages = pinned()
    queries.page(0, "ab", "C1")
    seen(pages)
    pages.more(3)
    queries.fail(1, **INVALID)
    assert seen(pages) == (None, "loading_first")
    assert queries.asked == {2: {"cursor": None, "numItems": 5, "id": 8}}
    queries.page(2, "abcde", "D1")
    assert seen(pages) == ("abcde", "can_load_more")


def test_cursors_that_the_deployment_cannot_read_any_more_begin_the_list_anew() -> None:
    """It has begun anew itself, without its data: who watches goes on, as with other queries."""
    queries, pages = pinned()
    queries.page(0, "ab", "C1")
    seen(pages)
    pages.more(3)
    queries.fail(1, "Uncaught Error: Failed to parse cursor")
    assert seen(pages) == (None, "loading_first")
    assert queries.asked == {2: {"cursor": None, "numItems": 5, "id": 8}}


def test_a_list_that_begins_with_an_invalid_cursor_fails() -> None:
    """Else it would begin anew for ever."""
    queries, pages = pinned()
    queries.fail(0, **INVALID)
    queries.fail(1, **INVALID)
    pages.follow()
    assert isinstance((pages.window().results or [None])[0], Failure)
    assert [*queries.asked] == [1]


@pytest.mark.parametrize(
    "wire",
    [None, [], {}, {"page": {}}, {"page": []}, {"page": [], "continueCursor": 5},
     {"page": [], "continueCursor": "c", "splitCursor": 5},
     {"page": [], "continueCursor": "c", "pageStatus": []}],
)  # fmt: skip
def test_what_is_no_page_is_a_protocol_error(wire: Any) -> None:
    """The query does not return Convex's pages."""
    queries, pages = pinned()
    queries.results[0] = Success(wire, [])
    with pytest.raises(ProtocolError, match="page"):
        pages.follow()


# --- one query that grows


def growing(size: int | None = 2) -> tuple[Queries, GrowingPage]:
    queries = Queries()

    def read(wire: Any) -> tuple[int, bool]:
        return len(wire["items"]), wire["hasMore"]

    return queries, GrowingPage(queries, size, lambda limit: {"limit": limit}, read)


def arrive(queries: Queries, query: int, items: str, *, has_more: bool = True) -> None:
    queries.results[query] = Success({"items": [*items], "hasMore": has_more}, [])


def test_one_query_grows() -> None:
    """The old one stays until the larger one is there."""
    queries, page = growing()
    assert queries.asked == {0: {"limit": 2}}
    assert not page.more(2)
    arrive(queries, 0, "ab")
    assert seen(page) == ("ab", "can_load_more")
    assert page.more(3)
    assert queries.asked[1] == {"limit": 5}
    assert seen(page) == ("ab", "loading_more")
    arrive(queries, 0, "xa")
    assert seen(page) == ("xa", "loading_more")
    arrive(queries, 1, "xabc", has_more=False)
    assert seen(page) == ("xabc", "exhausted")
    assert not page.window().has_more
    assert [*queries.asked] == [1]


def test_a_size_may_be_left_to_the_deployment() -> None:
    """Then the window grows from what it sent."""
    queries, page = growing(None)
    arrive(queries, 0, "abc")
    assert seen(page) == ("abc", "can_load_more")
    page.more(1)
    assert queries.asked[1] == {"limit": 4}


def test_the_deployments_largest_page_ends_the_growth() -> None:
    """There is more, but not in one page."""
    queries, page = growing()
    arrive(queries, 0, "ab")
    seen(page)
    page.more(2)
    arrive(queries, 1, "ab")
    assert seen(page) == ("ab", "exhausted")
    assert page.window().has_more
    assert not page.more(2)


def test_a_failure_of_the_growing_query_fails_the_list_until_it_recovers() -> None:
    """Of the old or of the larger one."""
    queries, page = growing()
    arrive(queries, 0, "ab")
    seen(page)
    page.more(2)
    queries.fail(1)
    page.follow()
    assert isinstance((page.window().results or [None])[0], Failure)
    arrive(queries, 1, "abcd")
    assert seen(page) == ("abcd", "can_load_more")
