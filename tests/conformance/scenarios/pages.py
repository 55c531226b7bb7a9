"""Pagination and cursors."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import ANY, Call, Pattern, Saved, Scenario, Step, change, insert, query, read

__all__ = ["SCENARIOS"]

PAGES: Final = "docs.convex.dev/database/pagination"
SYSCALL: Final = "convex-backend crates/isolate/src/environment/udf/async_syscall.rs"
CURSORS: Final = "convex-backend crates/database/src/query/mod.rs"
FIVE: Final = change(*(insert("things", {"a": float(a)}) for a in range(5)))
INVALID: Final = {"isConvexSystemError": True, "paginationError": "InvalidCursor"}


def page(  # noqa: PLR0913 -- what a page may be asked and what it says
    cursor: Any,
    items: int,
    documents: Any,
    *,
    done: Any = ANY,
    save: str | None = None,
    status: Any = None,
    split: Any = ANY,
    options: dict[str, Any] | None = None,
    **more: Any,
) -> Call:
    """One page of `things`; `documents` are the values of their `a`."""
    asked = {"numItems": items, "cursor": cursor, **(options or {})}
    expected = {
        "page": documents,
        "isDone": done,
        "continueCursor": Pattern("."),
        "splitCursor": split,
        "pageStatus": status,
    }
    return read(query("things", end=["paginate", asked], only="a", **more), expected, save=save)


def refused(name: str, source: str, options: dict[str, Any], fails: str, **more: Any) -> Scenario:
    step = query("things", end=["paginate", {"numItems": 2, "cursor": None, **options}])
    return Scenario(f"pages: {name}", source, [FIVE, read(step, fails=fails, **more)])


def paged(name: str, steps: list[Step], source: str = PAGES) -> Scenario:
    return Scenario(f"pages: {name}", source, [FIVE, *steps])


SCENARIOS: Final = [
    paged(
        "pages follow each other and the last says so",
        [
            page(None, 2, [0.0, 1.0], done=False, save="one"),
            page(Saved("one.0.continueCursor"), 2, [2.0, 3.0], done=False, save="two"),
            page(Saved("two.0.continueCursor"), 2, [4.0], done=True),
        ],
    ),
    paged(
        "a page that is exactly full is not the last; the empty one after it is",
        [
            page(None, 5, [0.0, 1.0, 2.0, 3.0, 4.0], done=False, save="one"),
            page(Saved("one.0.continueCursor"), 5, [], done=True),
        ],
        SYSCALL,
    ),
    paged(
        "the last page's cursor is a string, behind which nothing is",
        [
            page(None, 9, [0.0, 1.0, 2.0, 3.0, 4.0], done=True, save="all"),
            page(Saved("all.0.continueCursor"), 9, [], done=True),
        ],
    ),
    paged(
        "an empty table has one empty last page",
        [
            Call(
                kind="query",
                path="database:read",
                args={
                    "steps": [query("people", end=["paginate", {"numItems": 2, "cursor": None}])]
                },
                returns=[
                    {
                        "page": [],
                        "isDone": True,
                        "continueCursor": Pattern("."),
                        "splitCursor": None,
                        "pageStatus": None,
                    }
                ],
            )
        ],
    ),
    paged(
        "descending through an index",
        [
            page(None, 2, [4.0, 3.0], save="one", index="by_a", order="desc"),
            page(Saved("one.0.continueCursor"), 2, [2.0, 1.0], index="by_a", order="desc"),
        ],
    ),
    paged(
        "a range of an index",
        [
            page(None, 2, [2.0, 3.0], save="one", index="by_a", range=[["gt", "a", 1.0]]),
            page(
                Saved("one.0.continueCursor"),
                2,
                [4.0],
                done=True,
                index="by_a",
                range=[["gt", "a", 1.0]],
            ),
        ],
    ),
    paged(
        "a filter fills the page with what it lets through",
        [
            page(None, 2, [0.0, 2.0], save="one", filter=["eq", ["mod", ["field", "a"], 2.0], 0.0]),
            page(
                Saved("one.0.continueCursor"),
                2,
                [4.0],
                filter=["eq", ["mod", ["field", "a"], 2.0], 0.0],
            ),
        ],
    ),
    paged(
        "a deleted document ends no pagination, and an inserted one behind the cursor appears",
        [
            page(None, 2, [0.0, 1.0], save="one", index="by_a"),
            read(
                query("things", index="by_a", range=[["eq", "a", 1.0]], end="first", only="_id"),
                save="gone",
            ),
            change(
                {"op": "delete", "id": Saved("gone.0")},
                insert("things", {"a": 2.5}),
                insert("things", {"a": 0.5}),
            ),
            page(Saved("one.0.continueCursor"), 3, [2.0, 2.5, 3.0], index="by_a"),
        ],
    ),
    paged(
        "endCursor pins the end of a page, whatever numItems says",
        [
            page(None, 2, [0.0, 1.0], save="one", index="by_a"),
            change(insert("things", {"a": 0.5})),
            page(
                None,
                1,
                [0.0, 0.5, 1.0],
                index="by_a",
                options={"endCursor": Saved("one.0.continueCursor")},
                done=False,
            ),
        ],
    ),
    paged(
        "a split cursor divides a page",
        [
            page(None, 5, [0.0, 1.0, 2.0, 3.0, 4.0], save="all", index="by_a", split=Pattern(".")),
            page(
                None,
                5,
                ANY,
                save="left",
                index="by_a",
                options={"endCursor": Saved("all.0.splitCursor")},
                done=False,
            ),
            page(
                Saved("all.0.splitCursor"),
                5,
                ANY,
                index="by_a",
                options={"endCursor": Saved("all.0.continueCursor")},
            ),
        ],
        SYSCALL,
    ),
    paged("two documents are not split", [page(None, 2, [0.0, 1.0], split=None)], SYSCALL),
    paged(
        "maximumRowsRead ends a page early, which then asks to be split",
        [
            page(
                None,
                5,
                [0.0, 1.0],
                options={"maximumRowsRead": 2},
                status=Pattern("Split"),
                done=False,
                save="one",
            ),
            page(Saved("one.0.continueCursor"), 9, [2.0, 3.0, 4.0]),
        ],
        SYSCALL,
    ),
    paged(
        "id changes nothing",
        [page(None, 2, [0.0, 1.0], options={"id": 17.0})],
    ),
    refused("numItems 0 is refused", SYSCALL, {"numItems": 0}, "at least 1"),
    refused("more than 32000 at once are refused", SYSCALL, {"numItems": 32001}, "32001|too large"),
    refused("maximumRowsRead 0 is refused", SYSCALL, {"maximumRowsRead": 0}, "greater than 0"),
    refused(
        "a text that was never a cursor cannot be parsed, and is no InvalidCursor",
        "convex-backend crates/keybroker/src/broker.rs",
        {"cursor": "made up"},
        "Failed to parse cursor",
    ),
    paged(
        "a cursor of another index is an InvalidCursor with its data",
        [
            page(None, 2, [0.0, 1.0], save="one"),
            read(
                query(
                    "things",
                    index="by_a",
                    end=["paginate", {"numItems": 2, "cursor": Saved("one.0.continueCursor")}],
                ),
                fails="InvalidCursor",
                data=INVALID,
            ),
        ],
        CURSORS,
    ),
    paged(
        "a cursor of the other order is an InvalidCursor",
        [
            page(None, 2, [0.0, 1.0], save="one"),
            read(
                query(
                    "things",
                    order="desc",
                    end=["paginate", {"numItems": 2, "cursor": Saved("one.0.continueCursor")}],
                ),
                fails="InvalidCursor",
                data=INVALID,
            ),
        ],
        CURSORS,
    ),
    paged(
        "a cursor of another filter is an InvalidCursor",
        [
            page(None, 2, [1.0, 2.0], save="one", filter=["gt", ["field", "a"], 0.0]),
            read(
                query(
                    "things",
                    filter=["gt", ["field", "a"], 1.0],
                    end=["paginate", {"numItems": 2, "cursor": Saved("one.0.continueCursor")}],
                ),
                fails="InvalidCursor",
                data=INVALID,
            ),
        ],
        CURSORS,
    ),
    paged(
        "one function may paginate once",
        [
            Call(
                kind="query",
                path="database:read",
                args={
                    "steps": [query("things", end=["paginate", {"numItems": 1, "cursor": None}])]
                    * 2
                },
                fails="paginated quer",
            )
        ],
        SYSCALL,
    ),
    paged(
        "paginationOptsValidator knows all options and refuses others",
        [
            Call(
                kind="query",
                path="checked:page",
                args={
                    "paginationOpts": {
                        "numItems": 9.0,
                        "cursor": None,
                        "endCursor": None,
                        "id": 1.0,
                        "maximumRowsRead": 9.0,
                        "maximumBytesRead": 9e6,
                    }
                },
            ),
            Call(
                kind="query",
                path="checked:page",
                args={"paginationOpts": {"numItems": 9.0, "cursor": None, "extra": 1.0}},
                fails="ArgumentValidationError",
            ),
        ],
        "npm convex src/server/pagination.ts",
    ),
]
