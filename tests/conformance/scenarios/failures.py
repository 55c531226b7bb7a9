"""Errors: which text, which data, and that they undo what they must."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import (
    NAN,
    Call,
    Http,
    Pattern,
    Scenario,
    change,
    insert,
    int64,
    query,
    raw,
    read,
)

__all__ = ["SCENARIOS"]

ERRORS: Final = "docs.convex.dev/functions/error-handling"
APPLICATION: Final = "docs.convex.dev/functions/error-handling/application-errors"
TEXT: Final = "convex-backend crates/common/src/errors.rs"
FINDING: Final = "convex-backend crates/udf/src/validation.rs"

DATA: Final[dict[str, Any]] = {
    "a text": "taken",
    "an object": {"code": "taken", "limit": int64(3), "more": [NAN, raw(b"x")]},
    "null": None,
    "a number": 0.0,
}


def failing(
    name: str, source: str, path: str, fails: str, kind: Any = "query", **more: Any
) -> Scenario:
    args = more.pop("args", {})
    return Scenario(
        f"errors: {name}", source, [Call(kind=kind, path=path, args=args, fails=fails, **more)]
    )


def refusal(name: str, data: Any) -> Scenario:
    calls = [
        Call(
            kind=kind,
            path=f"calls:refuse{kind.capitalize()}",
            args={"data": data},
            fails="Uncaught ConvexError",
            data=data,
        )
        for kind in ("query", "mutation", "action")
    ]
    return Scenario(f"errors: {name} is the data of a ConvexError", APPLICATION, calls)


SCENARIOS: Final = [
    *(refusal(name, data) for name, data in DATA.items()),
    failing(
        "an Error's text, after the request id, with its frames",
        TEXT,
        "calls:throwError",
        r"^\[Request ID: [0-9a-f]{16}\] Server Error\nUncaught Error: it broke\n    at .*\n$",
        args={"message": "it broke"},
    ),
    failing("a thrown value that is no Error", ERRORS, "calls:throwValue", "a string"),
    failing(
        "frames name the user's own file",
        TEXT,
        "calls:throwError",
        r"at .*calls\.ts:\d+:\d+",
        args={"message": "x"},
    ),
    failing(
        "an unknown function",
        FINDING,
        "calls:missing",
        r"Could not find public function for 'calls:missing'",
    ),
    failing(
        "an unknown module",
        FINDING,
        "nowhere:missing",
        "Could not find public function for 'nowhere:missing'",
    ),
    failing(
        "an internal function is not found by the public",
        FINDING,
        "calls:hiddenQuery",
        "Could not find public function",
    ),
    failing(
        "a query called as a mutation",
        FINDING,
        "calls:echoQuery",
        "calls\\.js:echoQuery as Mutation, but it is defined as Query",
        "mutation",
    ),
    failing(
        "a mutation called as a query",
        FINDING,
        "calls:echoMutation",
        "calls\\.js:echoMutation as Query, but it is defined as Mutation",
    ),
    failing(
        "an action called as a mutation",
        FINDING,
        "calls:echoAction",
        "as Mutation, but it is defined as Action",
        "mutation",
    ),
    failing(
        "for the admin, whatever the kind: could not find function",
        FINDING,
        "calls:missing",
        "Could not find function for 'calls:missing'",
        "function",
        admin=True,
    ),
    failing(
        "a query may not write",
        "docs.convex.dev/functions/query-functions",
        "calls:writeInQuery",
        "insert",
    ),
    failing(
        "a query may not fetch",
        "docs.convex.dev/functions/runtimes",
        "calls:fetches",
        "Can't use fetch\\(\\) in queries and mutations",
    ),
    failing(
        "a mutation may not wait",
        "docs.convex.dev/functions/runtimes",
        "calls:waits",
        "Can't use setTimeout in queries and mutations",
        "mutation",
    ),
    failing(
        "a query that does not end is stopped",
        "docs.convex.dev/production/state/limits",
        "calls:loop",
        "timed out",
    ),
    Scenario(
        "errors: a mutation that throws has written nothing",
        ERRORS,
        [
            Call(
                kind="mutation",
                path="database:changeThenThrow",
                args={"steps": [insert("things", {"a": 1.0})]},
                fails="changed my mind",
            ),
            read(query("things"), []),
        ],
    ),
    Scenario(
        "errors: an error in a nested mutation, not caught, undoes the caller too",
        ERRORS,
        [
            Call(
                kind="mutation",
                path="calls:around",
                args={"before": [insert("things", {"a": 1.0})], "inner": [], "caught": False},
                fails="changed my mind",
            ),
            read(query("things"), []),
        ],
    ),
    Scenario(
        "errors: an action keeps what its mutations have committed",
        "docs.convex.dev/functions/actions",
        [
            Call(
                kind="action",
                path="calls:asMutation",
                args={"steps": [insert("things", {"a": 1.0})]},
            ),
            Call(
                kind="action",
                path="calls:asMutation",
                args={"steps": [{"op": "none"}]},
                fails="No step is called none",
            ),
            read(query("things", only="a"), [1.0]),
        ],
    ),
    Scenario(
        "errors: a request id given by the client is the one in the text",
        "convex-backend crates/common/src/execution_context.rs",
        [
            Http(
                method="POST",
                path="/api/query",
                body={"path": "calls:throwError", "args": {"message": "x"}, "format": "json"},
                headers={"Convex-Request-Id": "feed0123feed0123"},
                reply=Pattern(r"\[Request ID: feed0123feed0123\] Server Error"),
            )
        ],
    ),
    Scenario(
        "errors: log lines come with level and quoted text",
        "convex-backend crates/common/src/log_lines.rs",
        [
            Call(
                kind="query",
                path="calls:log",
                args={},
                logs=[
                    Pattern(r"^\[LOG\] 'hello' 1 "),
                    "[WARN] 'careful'",
                    "[ERROR] 'bad'",
                    "[INFO] 'so'",
                    "[DEBUG] 'deep'",
                ],
            )
        ],
    ),
    Scenario(
        "errors: deleting twice, and patching what is gone",
        "docs.convex.dev/database/writing-data",
        [
            change(
                insert("things", {}),
                {"op": "delete", "id": "@0"},
                {"op": "delete", "id": "@0"},
                fails="[Dd]elete on nonexistent document",
            ),
            change(
                insert("things", {}),
                {"op": "delete", "id": "@0"},
                {"op": "patch", "id": "@0", "value": {}},
                fails="nonexistent document",
            ),
            change(
                insert("things", {}),
                {"op": "delete", "id": "@0"},
                {"op": "replace", "id": "@0", "value": {}},
                fails="nonexistent document",
            ),
        ],
    ),
]
