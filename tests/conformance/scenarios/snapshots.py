"""Reading at one time: timestamps, batches."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import ANY, Http, Pattern, Saved, Scenario, change, insert, query

__all__ = ["SCENARIOS"]

API: Final = "convex-backend crates/local_backend/src/public_api.rs"
CLIENT: Final = "npm convex src/browser/http_client.ts"
ALL: Final = {
    "path": "database:read",
    "args": {"steps": [query("things", only="a")]},
    "format": "json",
}
CLOCK: Final = Http(method="POST", path="/api/query_ts", save="clock", reply=ANY)


def at(ts: Any, value: Any) -> Http:
    reply = {"status": "success", "value": value}
    return Http(method="POST", path="/api/query_at_ts", body={**ALL, "ts": ts}, reply=reply)


def batch(*queries: Any, results: Any = ANY, **more: Any) -> Http:
    return Http(
        method="POST",
        path="/api/query_batch",
        body={"queries": list(queries)},
        reply=results,
        **more,
    )


SCENARIOS: Final = [
    Scenario(
        "snapshots: a timestamp shows what was there, whatever is written later",
        CLIENT,
        [
            change(insert("things", {"a": 1.0})),
            CLOCK,
            change(insert("things", {"a": 2.0})),
            at(Saved("clock.ts"), [[1.0]]),
            at(Saved("clock.ts"), [[1.0]]),
        ],
    ),
    Scenario(
        "snapshots: a later timestamp shows what is committed by then",
        CLIENT,
        [change(insert("things", {"a": 1.0})), CLOCK, at(Saved("clock.ts"), [[1.0]])],
    ),
    Scenario(
        "snapshots: patches and deletions do not reach them",
        CLIENT,
        [
            change(insert("things", {"a": 1.0}), insert("things", {"a": 2.0}), save="made"),
            CLOCK,
            change(
                {"op": "patch", "id": Saved("made.0"), "value": {"a": 9.0}},
                {"op": "delete", "id": Saved("made.1")},
            ),
            at(Saved("clock.ts"), [[1.0, 2.0]]),
        ],
    ),
    Scenario(
        "snapshots: eight bytes of base64",
        API,
        [Http(method="POST", path="/api/query_ts", reply={"ts": Pattern("^[A-Za-z0-9+/]{11}=$")})],
    ),
    Scenario(
        "snapshots: a timestamp that is none is a server error",
        API,
        [Http(method="POST", path="/api/query_at_ts", body={**ALL, "ts": "AAAA"}, status=500)],
    ),
    Scenario(
        "snapshots: a timestamp far in the past is out of retention",
        "convex-backend crates/errors/src/lib.rs",
        [
            Http(
                method="POST",
                path="/api/query_at_ts",
                body={**ALL, "ts": "AQAAAAAAAAA="},
                status=503,
            )
        ],
    ),
    Scenario(
        "batches: results in the order of the queries",
        API,
        [
            change(insert("things", {"a": 1.0})),
            batch(
                ALL,
                {"path": "calls:echoQuery", "args": {"value": 2.0}, "format": "json"},
                results={
                    "results": [
                        {"status": "success", "value": [[1.0]]},
                        {"status": "success", "value": 2.0},
                    ]
                },
            ),
        ],
    ),
    Scenario(
        "batches: a function's error is that query's result",
        API,
        [
            batch(
                {"path": "calls:throwError", "args": {"message": "x"}, "format": "json"},
                {"path": "calls:echoQuery", "args": {"value": 2.0}, "format": "json"},
                results={
                    "results": [
                        {"status": "error", "errorMessage": Pattern("Uncaught Error: x")},
                        {"status": "success", "value": 2.0},
                    ]
                },
            )
        ],
    ),
    Scenario("batches: none is none", API, [batch(results={"results": []})]),
    Scenario(
        "batches: a wrong format is refused before anything runs",
        API,
        [
            Http(
                method="POST",
                path="/api/query_batch",
                body={"queries": [{"path": "calls:echoQuery", "args": {}, "format": "yaml"}]},
                status=400,
                reply=Pattern("BadFormat"),
            )
        ],
    ),
]
