"""Every row of the retry table, for each kind of function, against a process that fails so.

Rows follow the wire reference's §1.7 and §1.6. `ran` says that the function did its work before
the failure: whatever the client does then, no mutation or action may run again.
"""

from __future__ import annotations

from typing import Any, Literal

import pytest
from attrs import frozen

from aioconvex import ConvexClient
from aioconvex.errors import (
    ActionOutcomeUnknown,
    ApplicationError,
    AuthenticationError,
    ConvexConnectionError,
    ConvexError,
    DeploymentError,
    FunctionError,
    MutationOutcomeUnknown,
    OverloadedError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitedError,
)
from client.deployment import Stub

pytestmark = pytest.mark.anyio

Kind = Literal["query", "mutation", "action"]
KINDS: tuple[Kind, ...] = ("query", "mutation", "action")
RETRIES = 2


@frozen
class Row:
    """A failure, and for each kind of function the error and whether the call is repeated."""

    name: str
    step: dict[str, Any]
    query: tuple[type[ConvexError], bool]
    mutation: tuple[type[ConvexError], bool]
    action: tuple[type[ConvexError], bool]


def transient(status: int, code: str, error: type[ConvexError]) -> Row:
    """Rolled back or never begun; in an action, a nested call may have met it half-way."""
    step = {"status": status, "body": {"code": code, "message": "Told so."}}
    return Row(f"{status} {code}", step, (error, True), (error, True), (error, False))


def ambiguous(name: str, error: type[ConvexError], **step: Any) -> Row:
    """The function may have run, and here it did."""
    return Row(
        name,
        {"ran": True, **step},
        (error, True),
        (MutationOutcomeUnknown, False),
        (ActionOutcomeUnknown, False),
    )


def final(name: str, error: type[ConvexError], **step: Any) -> Row:
    """No repetition would help."""
    return Row(name, step, (error, False), (error, False), (error, False))


def refusal(status: int, code: str, error: type[ConvexError]) -> Row:
    return final(f"{status} {code}", error, status=status, body={"code": code, "message": "No."})


def nonsense(name: str, body: Any, **step: Any) -> Row:
    """Success, as the status says, but nobody can say of what."""
    return Row(
        name,
        {"body": body, "ran": True, **step},
        (ProtocolError, False),
        (MutationOutcomeUnknown, False),
        (ActionOutcomeUnknown, False),
    )


ROWS = [
    transient(429, "TooManyConcurrentRequests", RateLimitedError),
    transient(429, "TooManyWrites", RateLimitedError),
    transient(429, "SomethingNew", RateLimitedError),
    *(
        transient(503, code, OverloadedError)
        for code in (
            "OptimisticConcurrencyControlFailure",
            "ExpiredInQueue",
            "WorkerOverloaded",
            "ExecuteFullError",
            "IsolateNotClean",
            "InitialPermitTimeoutError",
            "UpstreamConnectError",
            "CommitterFullError",
            "SubscriptionsWorkerFullError",
            "SearchIndexesUnavailable",
            "VectorIndexesUnavailable",
            "TableSummariesUnavailable",
            "SearchIndexTooLarge",
            "VectorIndexTooLarge",
        )
    ),
    transient(421, "MisdirectedRequest", DeploymentError),
    transient(425, "TooEarly", DeploymentError),
    ambiguous("503 retention", OverloadedError, status=503, body={"code": "InternalServerError", "message": "Later."}),
    ambiguous("503 empty", OverloadedError, status=503, body=""),
    ambiguous("503 of a proxy", OverloadedError, status=503, body="<html>down</html>"),
    ambiguous("500", DeploymentError, status=500, body={"code": "InternalServerError", "message": "Later."}),
    ambiguous("502 of a proxy", DeploymentError, status=502, body="<html>Bad gateway</html>"),
    ambiguous("504 of a proxy", DeploymentError, status=504, body=""),
    ambiguous("408", DeploymentError, status=408, body=""),
    ambiguous("lost after reading", ConvexConnectionError, drop="read"),
    ambiguous("lost in the reply's head", ConvexConnectionError, drop="head"),
    ambiguous("lost in the reply's body", ConvexConnectionError, drop="body"),
    ambiguous("a reply that is not HTTP", ConvexConnectionError, drop="garbage"),
    refusal(400, "BadJsonBody", DeploymentError),
    refusal(400, "BadConvexFunctionIdentifier", DeploymentError),
    refusal(400, "SomethingNew", DeploymentError),
    refusal(401, "BadAdminKey", AuthenticationError),
    refusal(401, "TokenExpired", AuthenticationError),
    refusal(403, "BadDeployKey", PermissionDeniedError),
    refusal(403, "OperationNotPermitted", PermissionDeniedError),
    refusal(404, "FunctionPathNotFound", DeploymentError),
    refusal(409, "Conflict", DeploymentError),
    final("404 of a router", DeploymentError, status=404, body=""),
    final("404 of a proxy", DeploymentError, status=404, body="<html>nothing here</html>"),
    final("413 of a proxy", DeploymentError, status=413, body=""),
    final("redirect", DeploymentError, status=307, body="", headers={"Location": "http://127.0.0.1:1/"}),
    final("function error", FunctionError, body={"status": "error", "errorMessage": "[Request ID: 1] Server Error"}),
    final("application error", ApplicationError, body={"status": "error", "errorMessage": "x", "errorData": None}),
    final("560", FunctionError, status=560, ran=True, body={"status": "error", "errorMessage": "x"}),
    nonsense("200 empty", ""),
    nonsense("200 of a proxy", "<html>Welcome</html>"),
    nonsense("200 cut short", {"status": "success", "value": [1, 2, 3]}, drop="end"),
    nonsense("200 null", None),
    nonsense("200 list", []),
    nonsense("200 without a value", {"status": "success"}),
    nonsense("200 of another status", {"status": "odd", "value": 1}),
    nonsense("200 error without a message", {"status": "error"}),
    nonsense("200 in Latin-1", "\xe9"),
    final("200 with an unknown tag", ProtocolError, body={"status": "success", "value": {"$set": []}}),
    final("200 with a bad int64", ProtocolError, body={"status": "success", "value": {"$integer": "AA=="}}),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.usefixtures("delays")
async def test_each_failure_is_told_and_repeated_as_the_table_says(
    row: Row, kind: Kind, stub: Stub
) -> None:
    """The error's class, whether the call is repeated, and that nothing runs twice.

    Where it is repeated, a failure that passes is not noticed.
    """
    expected, repeated = getattr(row, kind)
    lasting, passing = stub.case(row.step), stub.case(row.step, {})
    async with ConvexClient(stub.url, max_retries=RETRIES) as client:
        call = getattr(client, kind)
        with pytest.raises(ConvexError) as caught:
            await call(f"{lasting}:f")
        if repeated:
            assert await call(f"{passing}:f") == 1.0
        else:
            with pytest.raises(expected):
                await call(f"{passing}:f")

    assert type(caught.value) is expected
    assert caught.value.retryable is repeated
    for case, repetitions in ((lasting, RETRIES), (passing, 1)):
        seen = stub.seen(case)
        assert len(seen.requests) == 1 + repeated * repetitions
        assert kind == "query" or seen.runs <= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1", "https://nowhere.invalid", "tls"],
    ids=["refused", "no such host", "no TLS"],
)
async def test_what_never_left_is_repeated_whatever_it_is(
    kind: Kind, url: str, stub: Stub, delays: list[tuple[int, float | None]]
) -> None:
    """No connection, no run: the outcome is known, and each kind of call is tried again."""
    url = stub.url.replace("http:", "https:") if url == "tls" else url
    async with ConvexClient(url, max_retries=RETRIES) as client:
        with pytest.raises(ConvexConnectionError) as caught:
            await getattr(client, kind)("never:f")

    assert caught.value.retryable
    assert [tries for tries, _ in delays] == [1, 2]
    assert stub.seen("never").requests == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("delays")
async def test_a_connection_closed_before_it_is_read(kind: Kind, stub: Stub) -> None:
    """The request may have arrived for all the client can see, so it is not repeated blindly."""
    case = stub.case({})
    stub.refuse(1)
    async with ConvexClient(stub.url) as client:
        try:
            value = await getattr(client, kind)(f"{case}:f")
        except (MutationOutcomeUnknown, ActionOutcomeUnknown):
            value = None
            assert kind != "query"
    stub.refuse(0)

    assert stub.seen(case).runs == (0 if value is None else 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("delays")
async def test_an_idle_connection_that_closes_under_the_next_request(
    kind: Kind, stub: Stub
) -> None:
    """The race of keep-alive: the server closes just as the next request is sent."""
    case = stub.case({})
    async with ConvexClient(stub.url) as client:
        await client.query("healthy:f")
        stub.case({"once": True}, name="unread")
        try:
            value = await getattr(client, kind)(f"{case}:f")
        except (MutationOutcomeUnknown, ActionOutcomeUnknown):
            value = None
    stub.case(name="unread")

    assert (value, stub.seen(case).runs) == ((1.0, 1) if kind == "query" else (None, 0))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("delays")
async def test_a_connection_that_the_server_closed_is_not_used_again(
    kind: Kind, stub: Stub
) -> None:
    """A close that the client can see costs nothing; one it cannot see runs nothing twice."""
    case = stub.case({"close": True})
    async with ConvexClient(stub.url) as client:
        for calls in range(1, 4):
            try:
                await getattr(client, kind)(f"{case}:f")
            except (MutationOutcomeUnknown, ActionOutcomeUnknown):
                assert stub.seen(case).runs < calls
                break
            assert stub.seen(case).runs == calls
