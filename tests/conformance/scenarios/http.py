"""The HTTP API: paths, formats, bodies, and endpoints about the deployment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.form import Call, Http, Pattern, Scenario, insert, query, read

__all__ = ["SCENARIOS"]

API: Final = "docs.convex.dev/http-api"
PUBLIC: Final = "convex-backend crates/local_backend/src/public_api.rs"
BODIES: Final = "convex-backend crates/common/src/http/extract.rs"
CLIENTS: Final = "convex-backend crates/common/src/version.rs"
JSON: Final = {"Content-Type": "application/json"}


def echoed(path: str, body: dict[str, Any], value: Any, **more: Any) -> Http:
    return Http(
        method="POST", path=path, body=body, reply={"status": "success", "value": value}, **more
    )


def refused(  # noqa: PLR0913 -- one word each in the list below
    name: str,
    source: str,
    path: str,
    body: Any,
    code: str,
    *,
    headers: Mapping[str, str] = JSON,
) -> Scenario:
    request = Http(
        method="POST",
        path=path,
        body=body,
        headers=headers,
        status=400,
        reply=Pattern(f'"code": ?"{code}"'),
    )
    return Scenario(f"http: {name}", source, [request])


def run(path: str, args: Any, value: Any, **more: Any) -> Http:
    return echoed(f"/api/run/{path}", {"args": args}, value, **more)


def call(**body: Any) -> dict[str, Any]:
    return {"path": "calls:echoQuery", "args": {"value": 1}, "format": "json", **body}


SCENARIOS: Final = [
    Scenario(
        "http: a path with .js names the same function",
        "convex-backend crates/local_backend/src/parse.rs",
        [echoed("/api/query", call(path="calls.js:echoQuery"), 1.0)],
    ),
    Scenario(
        "http: a path without a name is the default export",
        API,
        [
            echoed("/api/query", call(path="calls"), "the default export"),
            echoed("/api/query", call(path="calls:default"), "the default export"),
        ],
    ),
    Scenario(
        "http: run finds functions of any kind by segments",
        API,
        [
            run("calls/echoQuery", {"value": 1}, 1.0),
            run("calls/echoMutation", {"value": 1}, 1.0),
            run("calls/echoAction", {"value": 1}, 1.0),
        ],
    ),
    Scenario(
        "http: run answers in the format json unless told otherwise",
        PUBLIC,
        [run("calls/echoQuery", {"value": {"$integer": "BQAAAAAAAAA="}}, "5")],
    ),
    Scenario(
        "http: arguments are tagged values, whatever the format of the answer",
        PUBLIC,
        [echoed("/api/query", call(args={"value": {"$integer": "BQAAAAAAAAA="}}), "5")],
    ),
    Scenario(
        "http: without a format and a known client the answer is json",
        CLIENTS,
        [
            echoed(
                "/api/query",
                {"path": "calls:echoQuery", "args": {"value": {"$integer": "BQAAAAAAAAA="}}},
                "5",
            )
        ],
    ),
    Scenario(
        "http: a mutation has committed although its format is refused",
        PUBLIC,
        [
            Http(
                method="POST",
                path="/api/mutation",
                body={
                    "path": "database:change",
                    "args": {"steps": [insert("things", {"a": 1})]},
                    "format": "yaml",
                },
                status=400,
                reply=Pattern("BadFormat"),
            ),
            read(query("things", only="a"), [1.0]),
        ],
    ),
    refused(
        "a run path needs two segments", PUBLIC, "/api/run/alone", {"args": {}}, "MissingIdentifier"
    ),
    refused(
        "a path that is none",
        "convex-backend crates/local_backend/src/parse.rs",
        "/api/query",
        call(path="a-b:c"),
        "BadConvexFunctionIdentifier",
    ),
    refused("an unknown format", PUBLIC, "/api/query", call(format="yaml"), "BadFormat"),
    refused("a body that is no JSON", BODIES, "/api/query", "{", "BadJsonBody"),
    refused(
        "a body without a content type",
        BODIES,
        "/api/query",
        '{"path":"calls:echoQuery","args":{}}',
        "BadJsonBody",
        headers={"Content-Type": "text/plain"},
    ),
    refused(
        "a body without args", BODIES, "/api/query", {"path": "calls:echoQuery"}, "BadJsonBody"
    ),
    refused("a body without a path", BODIES, "/api/query", {"args": {}}, "BadJsonBody"),
    refused(
        "a client without a version",
        CLIENTS,
        "/api/query",
        call(),
        "InvalidClientVersion",
        headers={**JSON, "Convex-Client": "nameless"},
    ),
    refused(
        "a known client whose version is no SemVer",
        CLIENTS,
        "/api/query",
        call(),
        "ClientVersionUnsupported",
        headers={**JSON, "Convex-Client": "npm-1.0.0a1"},
    ),
    Scenario(
        "http: a +json content type will do",
        BODIES,
        [
            Http(
                method="POST",
                path="/api/query",
                body='{"path":"calls:echoQuery","args":{"value":1}}',
                headers={"Content-Type": "application/vnd.x+json"},
            )
        ],
    ),
    Scenario(
        "http: queries by GET are refused",
        PUBLIC,
        [Http(method="GET", path="/api/query?path=calls:echoQuery&args={}", status=400)],
    ),
    Scenario(
        "http: version and name are plain text",
        "convex-backend crates/local_backend/src/router.rs",
        [
            Http(method="GET", path="/version", reply=Pattern(".")),
            Http(method="GET", path="/instance_name", reply=Pattern(".")),
        ],
    ),
    Scenario(
        "http: an unknown path is 404",
        "convex-backend crates/local_backend/src/router.rs",
        [Http(method="GET", path="/api/nothing_here", status=404)],
    ),
    Scenario(
        "http: pages of other origins may call, when the server allows them",
        "convex-backend crates/local_backend/src/router.rs",
        [
            Http(
                method="OPTIONS",
                path="/api/query",
                headers={
                    "Origin": "http://localhost:5173",
                    "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "content-type",
                },
            )
        ],
    ),
    Scenario(
        "http: the spec of functions is the admin's",
        "npm convex src/cli/lib/functionSpec.ts",
        [
            Call(kind="query", path="_system/cli/modules:apiSpec", args={}, admin=True),
            Call(kind="query", path="_system/cli/modules:apiSpec", args={}, fails="apiSpec"),
        ],
    ),
    Scenario(
        "http: logs are left out when there are none", PUBLIC, [echoed("/api/query", call(), 1.0)]
    ),
]
