"""Sessions over the WebSocket: reconnecting, pages with their journals, and what ends them."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import (
    Close,
    Ends,
    Frame,
    Open,
    Pattern,
    Saved,
    Scenario,
    Step,
    change,
    insert,
    query,
    read,
    sent,
    shows,
    watch,
)

__all__ = ["SCENARIOS"]

WORKER: Final = "convex-backend crates/sync/src/worker.rs"
STATE: Final = "convex-backend crates/sync/src/state.rs"
SOCKET: Final = "convex-backend crates/local_backend/src/subs/mod.rs"
PAGES: Final = "docs.convex.dev/database/pagination"
SESSIONS: Final = "convex-backend crates/model/src/session_requests/mod.rs"


def paged(cursor: Any, items: int, **options: Any) -> dict[str, Any]:
    asked = {"numItems": items, "cursor": cursor, **options}
    return query("things", index="by_a", end=["paginate", asked], only="a")


def page(documents: Any, *, done: Any) -> dict[str, Any]:
    return {
        "page": documents,
        "isDone": done,
        "continueCursor": Pattern("."),
        "splitCursor": None if len(documents) <= 2 else Pattern("."),
        "pageStatus": None,
    }


def session(name: str, source: str, *steps: Step) -> Scenario:
    return Scenario(f"sessions: {name}", source, steps)


THINGS: Final = query("things", only="a")

EMPTY_SET: Final = {
    "type": "ModifyQuerySet",
    "baseVersion": 1,
    "newVersion": 2,
    "modifications": [],
}

SCENARIOS: Final = [
    session(
        "a mutation repeated by its session is answered again and not run again",
        SESSIONS,
        Open(),
        sent(0, insert("things", {"a": 1.0})),
        Close(),
        Open(),
        sent(0, insert("things", {"a": 1.0})),
        read(THINGS, [1.0]),
    ),
    session(
        "a failed mutation that is repeated runs again",
        SESSIONS,
        Open(),
        sent(0, {"op": "get", "id": "nobody"}, fails="nobody"),
        Close(),
        Open(),
        sent(0, insert("things", {"a": 1.0})),
        read(THINGS, [1.0]),
    ),
    session(
        "after a reconnect all queries have current results",
        WORKER,
        Open(),
        watch(0, THINGS),
        shows(0, []),
        Close(),
        change(insert("things", {"a": 1.0})),
        Open(),
        shows(0, [1.0]),
    ),
    session(
        "a page keeps its end while documents come between",
        PAGES,
        change(*(insert("things", {"a": a}) for a in (1.0, 3.0, 5.0))),
        Open(),
        watch(0, paged(None, 2)),
        shows(0, page([1.0, 3.0], done=False)),
        change(insert("things", {"a": 2.0})),
        shows(0, page([1.0, 2.0, 3.0], done=False)),
        change(insert("things", {"a": 4.0})),
        change(insert("things", {"a": 0.0})),
        shows(0, page([0.0, 1.0, 2.0, 3.0], done=False)),
    ),
    session(
        "pages neither overlap nor leave gaps while they change",
        PAGES,
        change(*(insert("things", {"a": a}) for a in (1.0, 3.0, 5.0))),
        Open(),
        watch(0, paged(None, 2)),
        shows(0, page([1.0, 3.0], done=False), save="one"),
        watch(1, paged(Saved("one.0.continueCursor"), 2)),
        shows(1, page([5.0], done=True)),
        change(insert("things", {"a": 4.0})),
        shows(1, page([4.0, 5.0], done=True)),
        shows(0, page([1.0, 3.0], done=False)),
        change(insert("things", {"a": 2.0})),
        shows(0, page([1.0, 2.0, 3.0], done=False)),
        shows(1, page([4.0, 5.0], done=True)),
    ),
    session(
        "a page keeps its end over a reconnect, by its journal",
        "convex-backend crates/keybroker/src/broker.rs",
        change(*(insert("things", {"a": a}) for a in (1.0, 3.0, 5.0))),
        Open(),
        watch(0, paged(None, 2)),
        shows(0, page([1.0, 3.0], done=False)),
        Close(),
        change(insert("things", {"a": 2.0})),
        Open(),
        shows(0, page([1.0, 2.0, 3.0], done=False)),
    ),
    session(
        "the last page grows with what is appended",
        PAGES,
        change(insert("things", {"a": 1.0})),
        Open(),
        watch(0, paged(None, 9)),
        shows(0, page([1.0], done=True)),
        change(insert("things", {"a": 2.0})),
        shows(0, page([1.0, 2.0], done=True)),
    ),
    session(
        "text that is no message ends the connection",
        SOCKET,
        Open(),
        Frame("nonsense"),
        Ends(type="FatalError"),
    ),
    session(
        "a function path that cannot be one ends the connection",
        SOCKET,
        Open(),
        Frame({"type": "Mutation", "requestId": 0, "udfPath": "a-b:c", "args": [{}]}),
        Ends(type="FatalError"),
    ),
    session(
        "arguments that are no list end the connection",
        SOCKET,
        Open(),
        Frame({"type": "Mutation", "requestId": 0, "udfPath": "calls:echoMutation", "args": {}}),
        Ends(type="FatalError"),
    ),
    session(
        "a wrong admin key is an AuthError",
        STATE,
        Open(),
        Frame(
            {"type": "Authenticate", "baseVersion": 0, "tokenType": "Admin", "value": "local|00"}
        ),
        Ends(type="AuthError"),
    ),
    session(
        "a token that is none is an AuthError",
        STATE,
        Open(),
        Frame({"type": "Authenticate", "baseVersion": 0, "tokenType": "User", "value": "nonsense"}),
        Ends(type="AuthError"),
    ),
    session(
        "a query set version that does not follow ends the connection",
        STATE,
        Open(),
        Frame({**EMPTY_SET, "baseVersion": 7, "newVersion": 8}),
        Ends(),
    ),
]
