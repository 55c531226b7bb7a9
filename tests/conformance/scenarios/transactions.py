"""Atomicity, isolation and nested calls."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import ANY, Call, Parallel, Pattern, Scenario, change, insert, query, read

__all__ = ["SCENARIOS"]

OCC: Final = "docs.convex.dev/database/advanced/occ"
MUTATIONS: Final = "docs.convex.dev/functions/mutation-functions"
NESTED: Final = "docs.convex.dev/functions/mutation-functions#calling-other-functions"
ACTIONS: Final = "docs.convex.dev/functions/actions"


def around(inner: list[Any], *, caught: bool, **expected: Any) -> Call:
    before = [insert("things", {"a": "before"})]
    args = {"before": before, "inner": inner, "caught": caught}
    return Call(kind="mutation", path="calls:around", args=args, **expected)


def below(kind: Any, path: str, name: str, args: Any, **expected: Any) -> Call:
    return Call(kind=kind, path=path, args={"name": name, "args": args}, **expected)


SCENARIOS: Final = [
    Scenario(
        "transactions: the steps of a mutation are seen together or not at all",
        MUTATIONS,
        [
            change(insert("things", {"a": 1.0}), {"op": "none"}, fails="No step"),
            read(query("things"), []),
            change(insert("things", {"a": 1.0}), insert("things", {"a": 2.0})),
            read(query("things", only="a"), [1.0, 2.0]),
        ],
    ),
    Scenario(
        "transactions: concurrent counters lose no step",
        OCC,
        [
            Parallel(
                [Call(kind="mutation", path="database:count", args={"by": 1.0}) for _ in range(16)]
            ),
            read(query("things", only="a"), [16.0]),
        ],
    ),
    Scenario(
        "transactions: concurrent writers of different documents all succeed",
        OCC,
        [
            Parallel([change(insert("things", {"a": float(n)})) for n in range(16)]),
            read(query("things", index="by_a", only="a"), [float(n) for n in range(16)]),
        ],
    ),
    Scenario(
        "transactions: a query after a mutation's answer sees it",
        "convex-backend crates/local_backend/src/public_api.rs",
        [
            step
            for n in range(5)
            for step in (
                change(insert("things", {"a": float(n)})),
                read(query("things", order="desc", end="first", only="a"), float(n)),
            )
        ],
    ),
    Scenario(
        "transactions: creation times ascend within a mutation and from one to the next",
        "docs.convex.dev/database/types#system-fields",
        [
            change(*(insert("things", {"a": float(n)}) for n in range(20))),
            change(*(insert("things", {"a": float(n)}) for n in range(20, 25))),
            read(
                query("things", index="by_creation_time", only="a"), [float(n) for n in range(25)]
            ),
        ],
    ),
    Scenario(
        "transactions: what a patch of a deleted document's neighbour reads is current",
        MUTATIONS,
        [
            change(
                insert("things", {"a": 1.0}),
                insert("things", {"a": 2.0}),
                {"op": "delete", "id": "@0"},
                query("things", end="first", only="a"),
                returns=[Pattern("."), Pattern("."), None, 2.0],
            )
        ],
    ),
    Scenario(
        "nested calls: a failure that is caught undoes its own writes only",
        NESTED,
        [
            around([insert("things", {"a": "inner"})], caught=True, returns=[["before"]]),
            read(query("things", only="a"), ["before"]),
        ],
    ),
    Scenario(
        "nested calls: a query below sees the caller's pending writes",
        NESTED,
        [around([], caught=True, returns=[["before"]])],
    ),
    Scenario(
        "nested calls: a mutation below writes in its caller's transaction",
        NESTED,
        [
            below(
                "mutation",
                "calls:below",
                "database:change",
                {"steps": [insert("things", {"a": 1.0})]},
                returns=ANY,
            ),
            read(query("things", only="a"), [1.0]),
        ],
    ),
    Scenario(
        "nested calls: internal functions may be called from functions",
        "docs.convex.dev/functions/internal-functions",
        [
            below("query", "calls:askBelow", "calls:hiddenQuery", {"value": 1.0}, returns=1.0),
            below("mutation", "calls:below", "calls:hiddenMutation", {"value": 1.0}, returns=1.0),
        ],
    ),
    Scenario(
        "nested calls: a query may call queries only",
        NESTED,
        [below("query", "calls:askBelow", "calls:echoMutation", {}, fails="echoMutation")],
    ),
    Scenario(
        "nested calls: an unknown function is named",
        NESTED,
        [below("query", "calls:askBelow", "calls:missing", {}, fails="calls:missing")],
    ),
    Scenario(
        "nested calls: a ConvexError is one for the caller, with its data",
        "docs.convex.dev/functions/error-handling/application-errors",
        [
            Call(
                kind="mutation",
                path="calls:catchBelow",
                args={"data": {"x": None}},
                returns={"data": {"x": None}},
            )
        ],
    ),
    Scenario(
        "nested calls: a ConvexError that nobody catches keeps its data",
        "npm convex src/server/impl/syscall.ts",
        [
            below(
                "query",
                "calls:askBelow",
                "calls:refuseQuery",
                {"data": [1.0]},
                fails="ConvexError",
                data=[1.0],
            ),
            below(
                "mutation",
                "calls:below",
                "calls:refuseMutation",
                {"data": [1.0]},
                fails="ConvexError",
                data=[1.0],
            ),
        ],
    ),
    Scenario(
        "nested calls: values of all kinds pass",
        NESTED,
        [
            below(
                "query",
                "calls:askBelow",
                "calls:echoQuery",
                {"value": [{"$integer": "AQAAAAAAAAA="}, None]},
                returns=[{"$integer": "AQAAAAAAAAA="}, None],
            ),
        ],
    ),
    Scenario(
        "actions: each mutation is a transaction of its own, and queries see them",
        ACTIONS,
        [
            Call(
                kind="action",
                path="calls:asMutation",
                args={"steps": [insert("things", {"a": 1.0})]},
            ),
            Call(
                kind="action",
                path="calls:asQuery",
                args={"steps": [query("things", only="a")]},
                returns=[[1.0]],
            ),
        ],
    ),
    Scenario(
        "functions: time stands still in a query",
        "docs.convex.dev/functions/runtimes",
        [
            Call(kind="query", path="calls:now", args={}, save="times"),
            Call(kind="query", path="calls:now", args={}, returns=ANY),
        ],
    ),
]
