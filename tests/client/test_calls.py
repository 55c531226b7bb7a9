"""Calls beyond the plain one: what surrounds a value, batches, components, log lines."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest

from aioconvex import ConvexClient, Int64
from aioconvex.errors import (
    ActionOutcomeUnknown,
    ApplicationError,
    ArgumentError,
    ConfigurationError,
    ConvexConnectionError,
    DeploymentError,
    FunctionError,
    OutcomeUnknown,
    ProtocolError,
)
from client.deployment import Stub

pytestmark = pytest.mark.anyio

FAILED = {
    "status": "error",
    "errorMessage": "[Request ID: 1] Server Error",
    "logLines": ["[LOG] 'no'"],
}


async def test_a_raw_response_has_what_surrounds_the_value(stub: Stub) -> None:
    """Log lines, status, headers without regard to case, and the id that was sent."""
    body = {"status": "success", "value": {"$integer": "BQAAAAAAAAA="}, "logLines": ["[LOG] 'x'"]}
    case = stub.case({"body": body, "headers": {"X-Thing": "1"}})
    async with ConvexClient(stub.url) as client:
        raw = client.with_raw_response
        replies = [await call(f"{case}:f") for call in (raw.query, raw.mutation, raw.action)]

    sent = [headers["convex-request-id"] for headers in stub.seen(case).headers]
    assert [reply.request_id for reply in replies] == sent
    assert len(set(sent)) == 3
    for reply in replies:
        assert reply.value == Int64(5)
        assert (list(reply.log_lines), reply.status) == (["[LOG] 'x'"], 200)
        assert reply.headers["x-thing"] == reply.headers["X-THING"] == "1"


async def test_each_request_is_logged_with_its_id(
    stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    """At level DEBUG, the one under which the deployment's own logs have the call."""
    case = stub.case({"status": 503, "body": {"code": "ExecuteFullError", "message": "x"}}, {})
    with caplog.at_level(logging.DEBUG, "aioconvex.http"):
        async with ConvexClient(stub.url) as client:
            await client.mutation(f"{case}:f")

    first, second = (headers["convex-request-id"] for headers in stub.seen(case).headers)
    lines = [record.getMessage() for record in caplog.records if record.name == "aioconvex.http"]
    assert lines[0] == f"mutation {case}:f: HTTP 503, {first}"
    assert f"{case}:f: try 2 in" in lines[1]
    assert lines[2] == f"mutation {case}:f: HTTP 200, {second}"


async def test_a_batch_has_an_entry_for_each_query(
    stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    """Values and errors in order; one failure fails only its own entry."""
    results = [
        {"status": "success", "value": {"$integer": "BQAAAAAAAAA="}, "logLines": ["[LOG] 'yes'"]},
        FAILED,
        {"status": "error", "errorMessage": "x", "errorData": {"n": {"$integer": "BwAAAAAAAAA="}}},
    ]
    case = stub.case({"body": {"results": results}}, name="query_batch")
    with caplog.at_level(logging.INFO, "aioconvex.functions"):
        async with ConvexClient(stub.url) as client:
            first, second, third = await client.query_batch(
                [("a:b", {}), ("c:d", {"x": 1}), ("e", {})]
            )

    (request,) = stub.seen(case).requests
    queries = json.loads(request["body"])["queries"]
    assert [(query["path"], query["args"]) for query in queries] == [
        ("a:b", {}), ("c:d", {"x": 1.0}), ("e", {})
    ]  # fmt: skip
    assert {query["format"] for query in queries} == {"convex_encoded_json"}
    assert first == Int64(5)
    assert isinstance(second, FunctionError)
    assert second.path == "c:d"
    assert isinstance(third, ApplicationError)
    assert third.data == {"n": Int64(7)}
    assert caplog.messages == ["a:b: [LOG] 'yes'", "c:d: [LOG] 'no'"]


@pytest.mark.parametrize("body", [{"results": []}, {"results": None}, {}, "<html>"])
async def test_a_batch_that_is_none_is_a_protocol_error(stub: Stub, body: Any) -> None:
    """Never fewer entries than queries."""
    stub.case({"body": body}, name="query_batch")
    async with ConvexClient(stub.url) as client:
        with pytest.raises(ProtocolError):
            await client.query_batch([("a:b", {})])


@pytest.mark.parametrize("body", [{"ts": 5}, {}, [], "", "<html>"])
async def test_a_snapshot_without_a_timestamp_is_a_protocol_error(stub: Stub, body: Any) -> None:
    """A typed error, never a KeyError."""
    stub.case({"body": body}, name="query_ts")
    async with ConvexClient(stub.url) as client:
        with pytest.raises(ProtocolError):
            async with client.snapshot():
                pass


@pytest.mark.usefixtures("delays")
async def test_a_snapshot_s_queries_carry_its_timestamp_and_are_repeated(stub: Stub) -> None:
    """As any query; a mutation of the past is refused here."""
    stub.case({"status": 500, "body": ""}, {"body": {"ts": "AAAqNv6clxc="}}, name="query_ts")
    case = stub.case({"status": 500, "body": ""}, {})
    async with ConvexClient(stub.url) as client, client.snapshot() as at:
        assert await at.query(f"{case}:f", {"x": 1}) == 1.0
        with pytest.raises(ConfigurationError, match="queries only"):
            await at.call("mutation", f"{case}:f", {})

    requests = stub.seen(case).requests
    assert {request["target"] for request in requests} == {"/api/query_at_ts"}
    assert [json.loads(request["body"])["ts"] for request in requests] == ["AAAqNv6clxc="] * 2


@pytest.mark.usefixtures("delays")
async def test_a_component_s_function_is_called_by_name_and_never_repeated(stub: Stub) -> None:
    """That endpoint runs any kind of function, so what is called a query may be a mutation."""
    case = stub.case({"drop": "read"})
    async with ConvexClient(stub.url, admin_key="k|1") as client:
        for call in (client.query, client.mutation, client.action):
            with pytest.raises((ConvexConnectionError, OutcomeUnknown)):
                await call(f"{case}:f", component="waitlist/inner")
        with pytest.raises(ArgumentError, match="component"):
            await client.query(f"{case}:f", component="../x")

    requests = stub.seen(case).requests
    assert len(requests) == 3
    for request in requests:
        assert request["target"] == "/api/function"
        assert json.loads(request["body"])["componentPath"] == "waitlist/inner"


@pytest.mark.usefixtures("delays")
async def test_a_function_of_any_kind_is_run_and_never_repeated(stub: Stub) -> None:
    """The deployment looks up what it is; who does not know must fear that it was applied."""
    case = stub.case({}, {"drop": "read"})
    async with ConvexClient(stub.url) as client:
        raw = client.with_raw_response
        assert (await raw.run(f"{case}:f", {"x": 1})).value == 1.0
        for path in (f"{case}:f", case):
            with pytest.raises(ActionOutcomeUnknown):
                await raw.run(path)
        with pytest.raises(ArgumentError, match="path"):
            await raw.run("../x")

    requests = stub.seen(case).requests
    assert json.loads(requests[0]["body"])["args"] == {"x": 1.0}
    targets = [request["target"] for request in requests]
    assert targets == [f"/api/run/{case}/{name}" for name in ("f", "f", "default")]


async def test_log_lines_go_to_the_functions_logger_also_of_failures(
    stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    """One record a line, with the function's path."""
    case = stub.case({"body": FAILED})
    with caplog.at_level(logging.INFO, "aioconvex.functions"):
        async with ConvexClient(stub.url) as client:
            with pytest.raises(FunctionError) as caught:
                await client.query(f"{case}:f")

    assert caught.value.log_lines == ["[LOG] 'no'"]
    assert [
        (record.name, record.levelname, record.getMessage())
        for record in caplog.records
        if record.name.startswith("aioconvex")
    ] == [("aioconvex.functions", "INFO", f"{case}:f: [LOG] 'no'")]


async def test_a_compressed_reply_is_read(stub: Stub) -> None:
    """Hosted edges may compress."""
    case = stub.case({"headers": {"Content-Encoding": "gzip"}})
    for theirs in (None, httpx.AsyncClient()):
        async with ConvexClient(stub.url, http_client=theirs) as client:
            assert await client.query(f"{case}:f") == 1.0
        if theirs is not None:
            await theirs.aclose()


async def test_an_http_action_is_called_as_the_user_and_never_as_the_admin(stub: Stub) -> None:
    """Its code sees the header, so an admin key is kept from it."""
    case = stub.case({"status": 418, "body": "short", "headers": {"X-Thing": "1"}})
    async with ConvexClient(stub.url, auth="jwt") as client:
        reply = await client.http_action(
            "put", f"/{case}", content=b"\x00body", headers={"X-Mine": "2"}
        )
        await client.http_action("GET", f"/{case}", headers={"authorization": "Basic x"})
        await client.with_auth(None).http_action("GET", f"/{case}")
        await client.http_action("GET", f"/{case}", site=f"{stub.url}/elsewhere/")
    async with ConvexClient(stub.url, admin_key="k|secret") as client:
        await client.http_action("DELETE", f"/{case}")
        await client.acting_as({"tokenIdentifier": "u"}).http_action("GET", f"/{case}")

    assert (reply.status, reply.body, reply.headers["X-THING"]) == (418, b"short", "1")
    seen = stub.seen(case)
    assert seen.authorizations == ["Bearer jwt", "Basic x", None, "Bearer jwt", None, None]
    assert seen.requests[0]["method"] == "PUT"
    assert seen.requests[0]["body"] == "\x00body"
    assert seen.headers[0]["x-mine"] == "2"
    assert [request["target"] for request in seen.requests[2:4]] == [
        f"/http/{case}", f"/elsewhere/{case}"
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST", "PATCH"])
async def test_an_http_action_runs_once_even_on_a_connection_that_was_idle(
    method: str, stub: Stub
) -> None:
    """HTTP libraries like to repeat GET, PUT and DELETE; what an HTTP action does is its own."""
    case = stub.case({}, {"drop": "read", "ran": True})
    async with ConvexClient(stub.url) as client:
        await client.http_action(method, f"/{case}")
        with pytest.raises(OutcomeUnknown, match=f"{method} .*{case}"):
            await client.http_action(method, f"/{case}?token=secret", content=b"x")

    assert stub.seen(case).runs == 2


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"path": ".evil.example/x"}, "path"),
        ({"path": "@evil.example/x"}, "path"),
        ({"path": ""}, "path"),
        ({"path": "/a b"}, "path"),
        ({"path": "/ü"}, "path"),
        ({"path": "/a\r\nX: y"}, "path"),
        ({"method": "GET / HTTP/1.1\r\nX:"}, "method"),
        ({"method": "TRACE"}, "method"),
        ({"headers": {"X": "a\r\nY: b"}}, r"headers\.X"),
        ({"headers": {"X": "ü"}}, r"headers\.X"),
        ({"headers": {"X:": "a"}}, "headers"),
        ({"headers": {"": "a"}}, "headers"),
    ],
)
async def test_an_http_action_that_cannot_be_sent_as_it_is_is_refused(
    given: dict[str, Any], path: str, stub: Stub
) -> None:
    """Above all what would send the token to another host, or smuggle a header."""
    async with ConvexClient(stub.url, auth="jwt") as client:
        with pytest.raises(ArgumentError) as caught:
            await client.http_action(**{"method": "GET", "path": "/x", **given})

    assert caught.match(f"^{path}: ")
    assert stub.seen("x").requests == []


@pytest.mark.parametrize(
    "site", ["http://evil.example", "https://u:p@evil.example", "ftp://x", "x"]
)
async def test_the_site_s_url_is_checked_as_the_deployment_s_is(site: str) -> None:
    """No token in the clear."""
    async with ConvexClient("https://a.convex.cloud", auth="jwt") as client:
        with pytest.raises(ConfigurationError):
            await client.http_action("GET", "/x", site=site)


async def test_allow_http_holds_for_http_actions_and_files_too(stub: Stub) -> None:
    """A container's plain name is fine when the client was told so."""
    plain = "http://backend.invalid:3210"
    async with ConvexClient(plain, allow_http=True, max_retries=0) as client:
        with pytest.raises(ConvexConnectionError):
            await client.http_action("GET", "/x")
        with pytest.raises(ConvexConnectionError):
            await client.upload(f"{plain}/api/storage/upload?token=x", b"")
    async with ConvexClient(stub.url) as client:
        with pytest.raises(ConfigurationError, match="plain http"):
            await client.upload(f"{plain}/api/storage/upload?token=x", b"")


async def test_a_refusal_with_only_a_code_is_read(stub: Stub) -> None:
    """Half a body is better than none."""
    case = stub.case({"status": 403, "body": {"code": "BadDeployKey"}})
    async with ConvexClient(stub.url) as client:
        with pytest.raises(DeploymentError, match="HTTP 403 BadDeployKey: no message"):
            await client.query(f"{case}:f")
