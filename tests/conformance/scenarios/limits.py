"""Limits, as far as they can be reached in seconds."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import ANY, Call, Http, Pattern, Scenario, change, insert, query, read

__all__ = ["SCENARIOS"]

LIMITS: Final = "docs.convex.dev/production/state/limits"
TOO_LARGE: Final = 2**24 + 2001


def nested(depth: int) -> Any:
    value: Any = 0.0
    for _ in range(depth):
        value = {"x": value}
    return value


SCENARIOS: Final = [
    Scenario(
        "limits: a document may have 1 MiB, not more",
        LIMITS,
        [
            change(insert("things", {"a": "x" * 1_000_000})),
            change(insert("things", {"a": "x" * 2**20}), fails="too large"),
        ],
    ),
    Scenario(
        "limits: a document nests 16 levels, not more",
        LIMITS,
        [
            change(insert("things", {"a": nested(14)})),
            change(insert("things", {"a": nested(16)}), fails="too nested"),
        ],
    ),
    Scenario(
        "limits: a result nests 64 levels, not more",
        LIMITS,
        [
            Call(kind="query", path="calls:nested", args={"depth": 60}),
            Call(kind="query", path="calls:nested", args={"depth": 65}, fails="too nested"),
        ],
    ),
    Scenario(
        "limits: a result may have 16 MiB, not more",
        LIMITS,
        [
            Call(kind="query", path="calls:text", args={"length": 16_000_000}, returns=ANY),
            Call(kind="query", path="calls:text", args={"length": 2**24 + 1}, fails="too large"),
        ],
    ),
    Scenario(
        "limits: a JSON body above 16 MiB and some is a bad request",
        "convex-backend crates/common/src/http/extract.rs",
        [
            Http(
                method="POST",
                path="/api/query",
                body=" " * TOO_LARGE,
                headers={"Content-Type": "application/json"},
                status=400,
                reply=Pattern("BadJsonBody"),
            )
        ],
    ),
    Scenario(
        "limits: 16000 documents written by one mutation, not more",
        LIMITS,
        [
            Call(
                kind="mutation",
                path="database:fill",
                args={"count": 16001},
                fails="Too many writes.*16000",
            ),
            read(query("things", end="first"), None),
        ],
    ),
    Scenario(
        "limits: bytes read by one query",
        LIMITS,
        [
            *(
                change(*(insert("things", {"a": "x" * 900_000}) for _ in range(6)))
                for _ in range(4)
            ),
            read(query("things", only="b"), fails="Too many bytes read.*16777216"),
            read(query("things", end=["take", 5], only="b"), [None] * 5),
        ],
    ),
    Scenario(
        "limits: 4096 ranges read by one query",
        LIMITS,
        [
            Call(
                kind="query",
                path="database:read",
                args={"steps": [query("things", end="first")] * 4097},
                fails="Too many reads.*4096",
            )
        ],
    ),
    Scenario(
        "nested calls: transactionLimits lower a nested call's limits",
        "npm convex src/server/registration.ts",
        [
            Call(kind="mutation", path="calls:insertLimited", args={"most": 3.0, "count": 2.0}),
            read(query("things", only="a"), [0.0, 1.0]),
            Call(
                kind="mutation",
                path="calls:insertLimited",
                args={"most": 3.0, "count": 9.0},
                fails="Too many writes in a single function execution \\(limit: 3\\)",
            ),
        ],
    ),
    Scenario(
        "limits: 256 log lines, the last of which says that there were more",
        "convex-backend crates/isolate/src/environment/helpers/mod.rs",
        [
            Call(kind="query", path="calls:chatty", args={"lines": 255}, logs=[ANY] * 255),
            Call(
                kind="query",
                path="calls:chatty",
                args={"lines": 300},
                logs=[ANY] * 255 + [Pattern("(?i)omitted")],
            ),
        ],
    ),
]
