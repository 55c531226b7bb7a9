"""Any order of inserts, deletions and deployments: the window is always a beginning of the list."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from attrs import define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from aioconvex._protocol.sync.messages import QueryId
from aioconvex._protocol.sync.outcomes import Failure, Result, Success
from aioconvex._protocol.sync.pages import PinnedPages

END = 10_000
INVALID = {"errorData": {"isConvexSystemError": True, "paginationError": "InvalidCursor"}}


@define
class Server:
    """A sorted list of numbers, watched by pages whose ends are pinned when they are first read."""

    path: str = "a:list"
    numbers: list[int] = field(factory=list)
    edition: int = 0
    pages: dict[int, dict[str, Any]] = field(factory=dict)
    results: dict[int, Result] = field(factory=dict)
    next_id: int = 0

    def subscribe(self, paging: Mapping[str, object]) -> QueryId:
        options: Any = paging["paginationOpts"]
        query = QueryId(self.next_id)
        self.next_id += 1
        self.pages[query] = dict(options)
        return query

    def unsubscribe(self, query: QueryId) -> None:
        del self.pages[query]
        self.results.pop(query, None)

    def result(self, query: QueryId) -> Result | None:
        return self.results.get(query)

    def transit(self, *, late: set[int]) -> None:
        """Send all results as they are now; those of new pages may be late."""
        for query, options in self.pages.items():
            if query in self.results or query not in late:
                self.results[query] = self.read(options)

    def read(self, options: dict[str, Any]) -> Result:
        cursors = [options.get(name) for name in ("cursor", "endCursor", "journal")]
        if any(cursor and int(cursor.split(":")[0]) != self.edition for cursor in cursors):
            return Failure(self.path, "no", {"errorMessage": "no", **INVALID})
        start, pinned, journal = [cursor and int(cursor.split(":")[1]) for cursor in cursors]
        found = [number for number in self.numbers if start is None or number > start]
        end = pinned or journal
        if end is None:
            page = found[: int(options["numItems"])]
            end = page[-1] if len(found) > len(page) else END
        page = [number for number in found if number <= end]
        options["journal"] = self.cursor(end)
        middle = self.cursor(page[len(page) // 2]) if len(page) > 2 else None
        return Success(
            {
                "page": page,
                "isDone": end == END,
                "continueCursor": self.cursor(end),
                "splitCursor": middle,
            },
            [],
        )

    def cursor(self, number: int) -> str:
        return f"{self.edition}:{number}"


class AnyChange(RuleBasedStateMachine):
    @initialize(numbers=st.sets(st.integers(0, 99), max_size=12), size=st.integers(1, 4))
    def start(self, numbers: set[int], size: int) -> None:
        self.server = Server(numbers=sorted(numbers))
        self.pages = PinnedPages(self.server, size, count(1))
        self.seen: list[int] = []

    @rule(number=st.integers(0, 99))
    def insert(self, number: int) -> None:
        self.server.numbers = sorted({*self.server.numbers, number})

    @precondition(lambda self: self.server.numbers)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.server.numbers.remove(data.draw(st.sampled_from(self.server.numbers)))

    @rule()
    def append(self) -> None:
        self.server.numbers.append(max(self.server.numbers, default=0) + 1)

    @rule()
    def deploy(self) -> None:
        """Cursors of before are invalid from now on."""
        self.server.edition += 1

    @rule(size=st.integers(1, 5))
    def more(self, size: int) -> None:
        self.pages.more(size)

    @rule(late=st.sets(st.integers(0, 5)))
    def transit(self, late: set[int]) -> None:
        self.server.transit(late={self.server.next_id - each for each in late})
        self.pages.follow()
        self.look()

    more_transit = transit
    yet_more_transit = transit

    def look(self) -> None:
        window = self.pages.window()
        if window.results is None:
            return
        (*results,) = window.results
        assert all(isinstance(result, Success) for result in results)
        items = [item for result in results for item in result.wire["page"]]  # type: ignore[union-attr]
        assert items == self.server.numbers[: len(items)]
        if window.status == "exhausted":
            assert items == self.server.numbers

    @invariant()
    def no_page_is_forgotten(self) -> None:
        if hasattr(self, "pages"):
            wanted = [page.query for page in self.pages._all()]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            assert sorted(wanted) == sorted(self.server.pages)

    def teardown(self) -> None:
        if not hasattr(self, "pages"):
            return
        for _ in range(40):
            self.transit(set())
            self.pages.more(5)
        assert self.pages.window().status == "exhausted"


def test_the_window_is_always_a_beginning_of_the_list() -> None:
    """Without gaps and repetitions, and in the end it is the whole list."""
    run_state_machine_as_test(
        AnyChange, settings=settings(max_examples=100, stateful_step_count=50, deadline=None)
    )
