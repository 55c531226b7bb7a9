"""Filters: comparisons, logic, arithmetic and missing fields."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import NAN, Scenario, change, insert, int64, query, read

__all__ = ["SCENARIOS"]

FILTERS: Final = "docs.convex.dev/database/reading-data/filters"
API: Final = "docs.convex.dev/api/interfaces/server.FilterBuilder"
A: Final = ["field", "a"]
NUMBERS: Final = (1.0, 2.0, 3.0)


def kept(name: str, filter_: Any, expected: list[Any], values: Any = NUMBERS) -> Scenario:
    """Of documents with these values as `a`, the filter lets through `expected`."""
    rows = [insert("things", {"a": value}) for value in values]
    return Scenario(
        f"filters: {name}",
        FILTERS,
        [change(*rows), read(query("things", filter=filter_, only="a"), expected)],
    )


SCENARIOS: Final = [
    kept("eq", ["eq", A, 2.0], [2.0]),
    kept("neq", ["neq", A, 2.0], [1.0, 3.0]),
    kept("lt", ["lt", A, 2.0], [1.0]),
    kept("lte", ["lte", A, 2.0], [1.0, 2.0]),
    kept("gt", ["gt", A, 2.0], [3.0]),
    kept("gte", ["gte", A, 2.0], [2.0, 3.0]),
    kept("and", ["and", ["gt", A, 1.0], ["lt", A, 3.0]], [2.0]),
    kept("or", ["or", ["eq", A, 1.0], ["eq", A, 3.0]], [1.0, 3.0]),
    kept("not", ["not", ["eq", A, 2.0]], [1.0, 3.0]),
    kept("and of nothing is true", ["and"], list(NUMBERS)),
    kept("or of nothing is false", ["or"], []),
    kept("add", ["eq", ["add", A, 1.0], 3.0], [2.0]),
    kept("sub", ["eq", ["sub", A, 1.0], 2.0], [3.0]),
    kept("mul", ["eq", ["mul", A, 2.0], 2.0], [1.0]),
    kept("div", ["eq", ["div", A, 2.0], 1.5], [3.0]),
    kept("mod", ["eq", ["mod", A, 2.0], 1.0], [1.0, 3.0]),
    kept("neg", ["eq", ["neg", A], -2.0], [2.0]),
    kept(
        "arithmetic of int64 stays int64",
        ["eq", ["add", A, int64(1)], int64(3)],
        [int64(2)],
        [int64(1), int64(2)],
    ),
    kept("a comparison knows int64 from float64", ["eq", A, 1.0], [1.0], [int64(1), 1.0]),
    kept(
        "comparisons follow the order of types",
        ["gt", A, 1e308],
        ["x", True],
        [int64(2), 0.0, "x", True, None],
    ),
    kept("NaN equals NaN, as in the order of values", ["eq", A, NAN], [NAN], [NAN, 0.0]),
    kept(
        "strings, arrays and objects are compared whole",
        ["eq", A, ["value", [1.0, {"x": None}]]],
        [[1.0, {"x": None}]],
        [[1.0, {"x": None}], [1.0]],
    ),
    Scenario(
        "filters: a missing field is undefined, which is less than null",
        API,
        [
            change(insert("things", {"b": "missing"}), insert("things", {"a": None, "b": "null"})),
            read(query("things", filter=["eq", A, "@undefined"], only="b"), ["missing"]),
            read(query("things", filter=["lt", A, None], only="b"), ["missing"]),
            read(query("things", filter=["eq", A, None], only="b"), ["null"]),
        ],
    ),
    Scenario(
        "filters: a field inside objects, missing where there is no object",
        API,
        [
            change(
                insert("things", {"o": {"x": 1.0}, "b": "in"}),
                insert("things", {"o": 1.0, "b": "out"}),
            ),
            read(query("things", filter=["eq", ["field", "o.x"], 1.0], only="b"), ["in"]),
            read(query("things", filter=["eq", ["field", "o.x"], "@undefined"], only="b"), ["out"]),
        ],
    ),
    Scenario(
        "filters: system fields",
        API,
        [
            change(insert("things", {"a": 1.0}), insert("things", {"a": 2.0}), save="made"),
            read(
                query("things", filter=["gt", ["field", "_creationTime"], 0.0], only="a"),
                [1.0, 2.0],
            ),
        ],
    ),
    Scenario(
        "filters: they apply before take and first, and after the range of an index",
        FILTERS,
        [
            change(*(insert("things", {"a": float(a), "b": a % 2 == 0}) for a in range(10))),
            read(
                query("things", filter=["eq", ["field", "b"], True], end=["take", 2], only="a"),
                [0.0, 2.0],
            ),
            read(
                query(
                    "things",
                    index="by_a",
                    range=[["gt", "a", 3.0]],
                    filter=["eq", ["field", "b"], True],
                    end="first",
                    only="a",
                ),
                4.0,
            ),
            read(query("things", filter=["eq", A, 7.0], end="unique", only="a"), 7.0),
        ],
    ),
    Scenario(
        "filters: two fields of one document compare",
        FILTERS,
        [
            change(insert("things", {"a": 1.0, "b": 1.0}), insert("things", {"a": 1.0, "b": 2.0})),
            read(query("things", filter=["eq", A, ["field", "b"]], only="b"), [1.0]),
        ],
    ),
    Scenario(
        "filters: arithmetic on what is no number fails",
        API,
        [
            change(insert("things", {"a": "x"})),
            read(query("things", filter=["eq", ["add", A, 1.0], 2.0]), fails="(?i)add"),
        ],
    ),
]
