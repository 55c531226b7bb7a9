"""Live queries and requests over the WebSocket."""

from __future__ import annotations

from typing import Final

from conformance.form import (
    ANY,
    Open,
    Request,
    Saved,
    Scenario,
    Shows,
    Step,
    Unwatch,
    Updates,
    Watch,
    change,
    insert,
    query,
    sent,
    shows,
    watch,
)

__all__ = ["SCENARIOS"]

WORKER: Final = "convex-backend crates/sync/src/worker.rs"
STATE: Final = "convex-backend crates/sync/src/state.rs"
SOCKET: Final = "convex-backend crates/local_backend/src/subs/mod.rs"
REALTIME: Final = "docs.convex.dev/realtime"
ADA: Final = {"issuer": "https://x.dev", "subject": "ada"}


def live(name: str, source: str, *steps: Step) -> Scenario:
    return Scenario(f"live: {name}", source, steps)


THINGS: Final = query("things", only="a")
ONES: Final = query("things", index="by_a", range=[["eq", "a", 1.0]], only="b")

TABLE_DATA: Final = {
    "table": "things",
    "order": "asc",
    "paginationOpts": {"cursor": None, "numItems": 9.0},
}
SPLIT: Final = {"splitCursor": ANY, "pageStatus": ANY}

SCENARIOS: Final = [
    live(
        "a subscription gets its result",
        REALTIME,
        change(insert("things", {"a": 1.0})),
        Open(),
        watch(0, THINGS),
        shows(0, [1.0]),
    ),
    live(
        "a write over HTTP brings the new result",
        REALTIME,
        Open(),
        watch(0, THINGS),
        shows(0, []),
        change(insert("things", {"a": 1.0})),
        shows(0, [1.0]),
    ),
    live(
        "a write over the socket brings the new result, no later than its answer's time",
        WORKER,
        Open(),
        watch(0, THINGS),
        shows(0, []),
        sent(0, insert("things", {"a": 1.0})),
        shows(0, [1.0]),
    ),
    live(
        "patches, replacements and deletions bring results too",
        REALTIME,
        change(insert("things", {"a": 1.0}), save="made"),
        Open(),
        watch(0, THINGS),
        shows(0, [1.0]),
        change({"op": "patch", "id": Saved("made.0"), "value": {"a": 2.0}}),
        shows(0, [2.0]),
        change({"op": "replace", "id": Saved("made.0"), "value": {"a": 3.0}}),
        shows(0, [3.0]),
        change({"op": "delete", "id": Saved("made.0")}),
        shows(0, []),
    ),
    live(
        "get is live: a document may come into being and go",
        REALTIME,
        change(insert("things", {"a": 1.0}), save="made"),
        Open(),
        watch(0, {"op": "get", "id": Saved("made.0"), "only": "a"}),
        shows(0, 1.0),
        change({"op": "delete", "id": Saved("made.0")}),
        shows(0, None),
    ),
    live(
        "first is live: a document before it takes its place",
        REALTIME,
        change(insert("things", {"a": 5.0})),
        Open(),
        watch(0, query("things", index="by_a", end="first", only="a")),
        shows(0, 5.0),
        change(insert("things", {"a": 9.0})),
        change(insert("things", {"a": 1.0})),
        shows(0, 1.0),
    ),
    live(
        "a result that stays equal is not sent again",
        STATE,
        Open(),
        watch(0, ONES),
        watch(1, THINGS),
        shows(0, []),
        shows(1, []),
        change(insert("things", {"a": 2.0})),
        shows(1, [2.0]),
        Updates(query=0, count=1),
        Updates(query=1, count=2),
    ),
    live(
        "a write that leaves the result as it was is not shown",
        STATE,
        change(insert("things", {"a": 1.0, "b": "x"}), save="made"),
        Open(),
        watch(0, ONES),
        watch(1, query("things", only="c")),
        shows(0, ["x"]),
        shows(1, [None]),
        change({"op": "patch", "id": Saved("made.0"), "value": {"c": 1.0}}),
        shows(1, [1.0]),
        Updates(query=0, count=1),
    ),
    live(
        "a phantom in a watched range appears",
        REALTIME,
        Open(),
        watch(0, ONES),
        shows(0, []),
        change(insert("things", {"a": 1.0, "b": "new"})),
        shows(0, ["new"]),
    ),
    live(
        "a document that moves into a watched range appears, and out of it goes",
        REALTIME,
        change(insert("things", {"a": 2.0, "b": "x"}), save="made"),
        Open(),
        watch(0, ONES),
        shows(0, []),
        change({"op": "patch", "id": Saved("made.0"), "value": {"a": 1.0}}),
        shows(0, ["x"]),
        change({"op": "patch", "id": Saved("made.0"), "value": {"a": 3.0}}),
        shows(0, []),
    ),
    live(
        "two queries of one transition belong to one time",
        WORKER,
        Open(),
        watch(0, THINGS),
        watch(1, query("things", order="desc", only="a")),
        shows(0, []),
        shows(1, []),
        sent(0, insert("things", {"a": 1.0}), insert("things", {"a": 2.0})),
        shows(0, [1.0, 2.0]),
        shows(1, [2.0, 1.0]),
    ),
    live(
        "a failed mutation changes nothing and is answered with its error",
        WORKER,
        Open(),
        watch(0, THINGS),
        shows(0, []),
        Request(
            kind="Mutation",
            path="database:changeThenThrow",
            args={"steps": [insert("things", {"a": 1.0})]},
            number=0,
            fails="changed my mind",
        ),
        sent(1, insert("things", {"a": 2.0})),
        shows(0, [2.0]),
    ),
    live(
        "a ConvexError has its data, of queries, mutations and actions",
        SOCKET,
        Open(),
        Watch(query=0, path="calls:refuseQuery", args={"data": {"x": 1.0}}),
        Shows(query=0, fails="ConvexError", data={"x": 1.0}),
        Request(
            kind="Mutation",
            path="calls:refuseMutation",
            args={"data": None},
            number=0,
            fails="ConvexError",
            data=None,
        ),
        Request(
            kind="Action",
            path="calls:refuseAction",
            args={"data": [1.0]},
            number=1,
            fails="ConvexError",
            data=[1.0],
        ),
    ),
    live(
        "a query's error is its result, and others go on",
        WORKER,
        Open(),
        Watch(query=0, path="calls:throwError", args={"message": "bad"}),
        watch(1, THINGS),
        Shows(query=0, fails="Uncaught Error: bad"),
        shows(1, []),
        change(insert("things", {"a": 1.0})),
        shows(1, [1.0]),
    ),
    live(
        "a query recovers from its error when data changes",
        WORKER,
        change(insert("things", {"a": 1.0}), insert("things", {"a": 1.0}), save="made"),
        Open(),
        watch(0, query("things", end="unique", only="a")),
        Shows(query=0, fails="unique"),
        change({"op": "delete", "id": Saved("made.1")}),
        shows(0, 1.0),
    ),
    live(
        "an unknown function is the query's failure",
        WORKER,
        Open(),
        Watch(query=0, path="calls:missing", args={}),
        Shows(query=0, fails="Could not find public function"),
    ),
    live(
        "an internal function is not found by the public",
        WORKER,
        Open(),
        Watch(query=0, path="calls:hiddenQuery", args={}),
        Shows(query=0, fails="Could not find public function"),
    ),
    live(
        "an admin may watch an internal function",
        WORKER,
        Open(admin=True),
        Watch(query=0, path="calls:hiddenQuery", args={"value": 1.0}),
        Shows(query=0, value=1.0),
    ),
    live(
        "an admin acting as a user has that identity",
        STATE,
        Open(acting_as=ADA),
        Watch(query=0, path="calls:identity", args={}),
        Shows(query=0, value={**ADA, "tokenIdentifier": "https://x.dev|ada"}),
    ),
    live(
        "actions are answered with their results",
        WORKER,
        Open(),
        Request(
            kind="Action", path="calls:echoAction", args={"value": [1.0]}, number=0, returns=[1.0]
        ),
    ),
    live(
        "an action's mutations reach subscriptions",
        WORKER,
        Open(),
        watch(0, THINGS),
        shows(0, []),
        Request(
            kind="Action",
            path="calls:asMutation",
            args={"steps": [insert("things", {"a": 1.0})]},
            number=0,
        ),
        shows(0, [1.0]),
    ),
    live(
        "an unsubscribed query is updated no more",
        STATE,
        Open(),
        watch(0, THINGS),
        watch(1, ONES),
        shows(0, []),
        Unwatch(0),
        change(insert("things", {"a": 1.0, "b": "x"})),
        shows(1, ["x"]),
        Updates(query=0, count=1),
    ),
    live(
        "an admin may watch the system's queries",
        "npm convex src/cli/lib/run.ts",
        Open(admin=True),
        Watch(query=0, path="_system/cli/tableData", args=TABLE_DATA),
        Shows(query=0, value={"page": [], "isDone": True, "continueCursor": ANY, **SPLIT}),
        change(insert("things", {"a": 1.0})),
        Shows(
            query=0,
            value={
                "page": [{"_id": ANY, "_creationTime": ANY, "a": 1.0}],
                "isDone": True,
                "continueCursor": ANY,
                **SPLIT,
            },
        ),
    ),
    live(
        "nobody else may watch the system's queries",
        "npm convex src/cli/lib/run.ts",
        Open(),
        Watch(query=0, path="_system/cli/tableData", args=TABLE_DATA),
        Shows(query=0, fails="tableData"),
    ),
]
