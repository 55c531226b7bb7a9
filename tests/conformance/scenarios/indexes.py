"""Reading through indexes: ranges, order, uniqueness, and what is refused."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import (
    Call,
    Pattern,
    Saved,
    Scenario,
    Step,
    change,
    insert,
    int64,
    query,
    read,
)

__all__ = ["SCENARIOS"]

INDEXES: Final = "docs.convex.dev/database/reading-data/indexes"
READING: Final = "docs.convex.dev/database/reading-data"
ROWS: Final = [insert("things", {"a": a, "b": b}) for a in (1.0, 2.0) for b in (1.0, 2.0, 3.0)]


def ranged(name: str, bounds: list[list[Any]], expected: list[Any], **options: Any) -> Scenario:
    """On rows a = 1, 2 and b = 1, 2, 3, through the index by_a_b, as [a, b] x 10."""
    step = query("things", index="by_a_b", range=bounds, only="user", **options)
    rows = [{"a": float(row // 10), "b": float(row % 10)} for row in expected]
    return Scenario(f"indexes: {name}", INDEXES, [change(*reversed(ROWS)), read(step, rows)])


def refused(name: str, step: dict[str, Any], fails: str) -> Scenario:
    return Scenario(f"indexes: {name}", INDEXES, [change(*ROWS), read(step, fails=fails)])


def through(name: str, steps: list[Step], source: str = INDEXES) -> Scenario:
    return Scenario(f"indexes: {name}", source, steps)


SCENARIOS: Final = [
    ranged("without a range all documents, field by field", [], [11, 12, 13, 21, 22, 23]),
    ranged("equality on the first field", [["eq", "a", 2.0]], [21, 22, 23]),
    ranged("equality on all fields", [["eq", "a", 2.0], ["eq", "b", 2.0]], [22]),
    ranged("greater than excludes the bound", [["eq", "a", 1.0], ["gt", "b", 1.0]], [12, 13]),
    ranged("at least includes the bound", [["eq", "a", 1.0], ["gte", "b", 2.0]], [12, 13]),
    ranged("less than excludes the bound", [["eq", "a", 1.0], ["lt", "b", 2.0]], [11]),
    ranged("at most includes the bound", [["eq", "a", 1.0], ["lte", "b", 2.0]], [11, 12]),
    ranged("two bounds", [["gt", "a", 1.0], ["lte", "a", 2.0]], [21, 22, 23]),
    ranged("bounds that exclude each other", [["gt", "a", 2.0], ["lt", "a", 1.0]], []),
    ranged(
        "a bound of another type cuts by the order of types",
        [["gt", "a", int64(5)]],
        [11, 12, 13, 21, 22, 23],
    ),
    ranged("descending", [["eq", "a", 1.0]], [13, 12, 11], order="desc"),
    ranged("first of a range", [["eq", "a", 2.0]], [21, 22], end=["take", 2]),
    through(
        "equal keys come by time of creation, in both directions",
        [
            change(*(insert("things", {"a": 1.0, "b": b}) for b in ("x", "z", "y"))),
            read(query("things", index="by_a", only="b"), ["x", "z", "y"]),
            read(query("things", index="by_a", order="desc", only="b"), ["y", "z", "x"]),
        ],
    ),
    through(
        "an index ends with _creationTime, which a range may name after its fields",
        [
            change(insert("things", {"a": 1.0}), save="one"),
            change(insert("things", {"a": 1.0}), save="two"),
            read({"op": "get", "id": Saved("one.0"), "only": "_creationTime"}, save="time"),
            read(
                query(
                    "things",
                    index="by_a",
                    range=[["eq", "a", 1.0], ["gt", "_creationTime", Saved("time.0")]],
                    only="_id",
                ),
                [Saved("two.0")],
            ),
        ],
    ),
    through(
        "by_creation_time is there without being declared",
        [
            change(insert("things", {"a": 1.0}), insert("things", {"a": 2.0})),
            read(query("things", index="by_creation_time", order="desc", only="a"), [2.0, 1.0]),
        ],
    ),
    through(
        "by_id finds a document by its id",
        [
            change(insert("things", {"a": 1.0}), insert("things", {"a": 2.0}), save="made"),
            read(
                query("things", index="by_id", range=[["eq", "_id", Saved("made.1")]], only="a"),
                [2.0],
            ),
        ],
    ),
    through(
        "a field inside an object",
        [
            change(
                insert("things", {"o": {"x": 2.0}}),
                insert("things", {"o": {"x": 1.0}}),
                insert("things", {"o": "no object"}),
            ),
            read(
                query("things", index="by_inner", range=[["gte", "o.x", 0.0]], only="o"),
                [{"x": 1.0}, {"x": 2.0}],
            ),
            read(
                query("things", index="by_inner", range=[["eq", "o.x", "@undefined"]], only="o"),
                ["no object"],
            ),
        ],
    ),
    through(
        "a missing field is found as undefined, and not as null",
        [
            change(insert("things", {"b": "missing"}), insert("things", {"a": None, "b": "null"})),
            read(
                query("things", index="by_a", range=[["eq", "a", "@undefined"]], only="b"),
                ["missing"],
            ),
            read(query("things", index="by_a", range=[["eq", "a", None]], only="b"), ["null"]),
            read(
                query("things", index="by_a", range=[["gt", "a", "@undefined"]], only="b"), ["null"]
            ),
        ],
    ),
    through(
        "whole arrays and objects are keys",
        [
            change(insert("things", {"a": [1.0, 2.0]}), insert("things", {"a": {"x": [None]}})),
            read(
                query("things", index="by_a", range=[["eq", "a", [1.0, 2.0]]], only="a"),
                [[1.0, 2.0]],
            ),
            read(
                query("things", index="by_a", range=[["eq", "a", {"x": [None]}]], only="a"),
                [{"x": [None]}],
            ),
        ],
    ),
    through(
        "an index follows patches, replacements and deletions",
        [
            change(*(insert("things", {"a": a}) for a in (1.0, 2.0, 3.0)), save="made"),
            change(
                {"op": "patch", "id": Saved("made.0"), "value": {"a": 9.0}},
                {"op": "replace", "id": Saved("made.1"), "value": {"b": "without"}},
                {"op": "delete", "id": Saved("made.2")},
            ),
            read(query("things", index="by_a", only="user"), [{"b": "without"}, {"a": 9.0}]),
        ],
    ),
    through(
        "a mutation finds its own writes",
        [
            change(
                insert("things", {"a": 5.0}),
                query("things", index="by_a", range=[["eq", "a", 5.0]], only="a"),
                {"op": "patch", "id": "@0", "value": {"a": 6.0}},
                query("things", index="by_a", only="a"),
                {"op": "delete", "id": "@0"},
                query("things", index="by_a", only="a"),
                returns=[Pattern("."), [5.0], None, [6.0], None, []],
            )
        ],
    ),
    refused(
        "fields must be used in the index's order",
        query("things", index="by_a_b", range=[["eq", "b", 1.0]]),
        "by_a_b",
    ),
    refused(
        "only the last field used may have bounds",
        query("things", index="by_a_b", range=[["gt", "a", 1.0], ["gt", "b", 1.0]]),
        "",
    ),
    refused(
        "a lower bound comes once",
        query("things", index="by_a", range=[["gt", "a", 1.0], ["gte", "a", 2.0]]),
        "",
    ),
    refused("an unknown index is named", query("things", index="by_nothing"), "by_nothing"),
    through(
        "unique gives the document, or null",
        [
            change(insert("things", {"a": 1.0})),
            read(
                query("things", index="by_a", range=[["eq", "a", 1.0]], end="unique", only="a"), 1.0
            ),
            read(query("things", index="by_a", range=[["eq", "a", 2.0]], end="unique"), None),
        ],
        READING,
    ),
    through(
        "unique fails on two documents",
        [
            change(insert("things", {"a": 1.0}), insert("things", {"a": 1.0})),
            read(
                query("things", index="by_a", end="unique"),
                fails="unique\\(\\) query returned more than one result",
            ),
        ],
        READING,
    ),
    through(
        "first gives the first document, or null",
        [
            read(query("things", end="first"), None),
            change(insert("things", {"a": 1.0}), insert("things", {"a": 2.0})),
            read(query("things", end="first", only="a"), 1.0),
            read(query("things", order="desc", end="first", only="a"), 2.0),
        ],
        READING,
    ),
    through(
        "without an index documents come by time of creation",
        [
            change(*(insert("things", {"a": a}) for a in (3.0, 1.0, 2.0))),
            read(query("things", only="a"), [3.0, 1.0, 2.0]),
            read(query("things", order="desc", only="a"), [2.0, 1.0, 3.0]),
        ],
        READING,
    ),
    through(
        "take gives at most as many as there are",
        [
            change(insert("things", {"a": 1.0})),
            read(query("things", end=["take", 5], only="a"), [1.0]),
            read(query("things", end=["take", 0], only="a"), []),
        ],
        READING,
    ),
    through(
        "iterating may stop early",
        [
            change(*(insert("things", {"a": a}) for a in (1.0, 2.0, 3.0))),
            read(query("things", end=["iterate", 2], only="a"), [1.0, 2.0]),
        ],
        READING,
    ),
    through(
        "a table that nobody has written to is empty",
        [read(query("people"), []), read(query("people", end="first"), None)],
        READING,
    ),
    through(
        "many documents come in order, whatever batches they are read in",
        [
            Call(kind="mutation", path="database:fill", args={"count": 3000}),
            read(query("things", index="by_a", only="a"), [float(n) for n in range(3000)]),
        ],
        READING,
    ),
]
