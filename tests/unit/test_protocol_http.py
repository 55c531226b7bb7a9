"""One HTTP call as text and back, without any I/O."""

from __future__ import annotations

import contextlib
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioconvex._protocol.http import Call, read_batch, read_reply, write_call
from aioconvex._protocol.timestamp import read_timestamp
from aioconvex.errors import (
    ActionOutcomeUnknown,
    ApplicationError,
    ArgumentError,
    ArgumentValidationError,
    AuthenticationError,
    ConvexError,
    DeploymentError,
    FunctionError,
    FunctionNotFoundError,
    MutationOutcomeUnknown,
    OutcomeUnknown,
    OverloadedError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitedError,
    ReturnsValidationError,
)
from aioconvex.values import Int64
from unit.strategies import convex_values

QUERY = Call("query", "a:b", {})
MUTATION = Call("mutation", "a:b", {})
ACTION = Call("action", "a:b", {})
FIRST_LINE = "[Request ID: 5f0c] Server Error\n"


def failed(message: str, **more: Any) -> bytes:
    return orjson.dumps({"status": "error", "errorMessage": message, **more})


def test_writes_path_args_and_format() -> None:
    """A call says its path, its tagged arguments and the lossless format."""
    body = write_call(Call("query", "dir/module:fn", {"n": Int64(5), "x": 1}))

    assert orjson.loads(body) == {
        "path": "dir/module:fn",
        "args": {"n": {"$integer": "BQAAAAAAAAA="}, "x": 1.0},
        "format": "convex_encoded_json",
    }


@pytest.mark.parametrize("path", ["a-b:c", "a b", "", ":c", "a:", "../a:b?", "a:b\n", "a:1"])
def test_refuses_paths_the_server_would_refuse(path: str) -> None:
    """A malformed path never leaves: on a socket it would end the whole connection."""
    with pytest.raises(ArgumentError, match="no function path"):
        write_call(Call("query", path, {}))


def test_refuses_a_call_above_the_body_limit() -> None:
    """What the server would refuse as too large is refused before it is sent."""
    with pytest.raises(ArgumentError, match="Convex takes 16779216"):
        write_call(Call("query", "a:b", {"x": "y" * (2**24 + 2000)}))


@given(convex_values)
def test_reads_any_value(value: Any) -> None:
    """Every value of a successful reply is decoded as it was sent."""
    args = orjson.loads(write_call(Call("query", "a:b", {"value": value})))["args"]
    body = orjson.dumps({"status": "success", "value": args["value"], "logLines": ["[LOG] 'x'"]})

    reply = read_reply(QUERY, 200, body)

    assert repr(reply.value()) == repr(value)
    assert reply.log_lines == ["[LOG] 'x'"]


def test_accepts_the_old_status_of_failures() -> None:
    """HTTP 560 carries a function failure too."""
    with pytest.raises(FunctionError, match="boom"):
        read_reply(QUERY, 560, failed("boom"))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("ArgumentValidationError: Object is missing", ArgumentValidationError),
        ("ReturnsValidationError: Value does not", ReturnsValidationError),
        ("Could not find public function for 'a:b'.", FunctionNotFoundError),
        ("Could not find function for 'a:b'.", FunctionNotFoundError),
        (
            "Trying to execute a.js:b as Query, but it is defined as Mutation.",
            FunctionNotFoundError,
        ),
        ("Uncaught Error: ArgumentValidationError: from a nested call", FunctionError),
        ("Uncaught Error: boom\n    at handler (../convex/a.ts:3:9)\n", FunctionError),
    ],
)
def test_tells_function_failures_apart(message: str, expected: type[FunctionError]) -> None:
    """The server's own texts choose the class; what a function throws cannot imitate them."""
    with pytest.raises(FunctionError) as caught:
        read_reply(QUERY, 200, failed(FIRST_LINE + message, logLines=["[LOG] 'x'"]))

    assert type(caught.value) is expected
    assert caught.value.path == "a:b"
    assert caught.value.log_lines == ["[LOG] 'x'"]


@pytest.mark.parametrize(
    ("encoded", "data"),
    [(None, None), ({"code": {"$integer": "BwAAAAAAAAA="}}, {"code": Int64(7)})],
)
def test_error_data_marks_an_application_error(encoded: Any, data: Any) -> None:
    """`errorData` is decoded, and may be null."""
    with pytest.raises(ApplicationError) as caught:
        read_reply(QUERY, 200, failed(FIRST_LINE, errorData=encoded))

    assert caught.value.data == data


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, DeploymentError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (429, RateLimitedError),
        (503, OverloadedError),
    ],
)
def test_refusals_have_a_class_by_status(status: int, expected: type[DeploymentError]) -> None:
    """System errors keep status, code and message."""
    body = orjson.dumps({"code": "Short", "message": "Long text."})

    with pytest.raises(DeploymentError) as caught:
        read_reply(QUERY, status, body)

    assert type(caught.value) is expected
    assert (caught.value.status, caught.value.code, caught.value.message) == (
        status,
        "Short",
        "Long text.",
    )


@pytest.mark.parametrize("status", [408, 500, 503])
@pytest.mark.parametrize("body", [b"", b'{"code":"InternalServerError","message":"Try again."}'])
def test_a_vague_failure_of_a_mutation_is_an_unknown_outcome(status: int, body: bytes) -> None:
    """Whether a mutation ran is not known when the server does not know it either."""
    with pytest.raises(MutationOutcomeUnknown):
        read_reply(MUTATION, status, body)
    with pytest.raises(ActionOutcomeUnknown):
        read_reply(ACTION, status, body)
    with pytest.raises(DeploymentError):
        read_reply(QUERY, status, body)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b"{}", b'{"status":"success"}', b'{"status":"odd","value":1}',
     b'{"status":"error"}', b'{"status":"error","errorMessage":5}',
     b'{"status":"success","value":{"$integer":"x"}}', b'{"status":"success","value":1',
     b'{"status":"success","value":{"$set":[]}}'],
    ids=str,
)  # fmt: skip
def test_nonsense_is_a_protocol_error(body: bytes) -> None:
    """A 200 that is not Convex's reply is a typed error, never a KeyError."""
    with pytest.raises(ProtocolError):
        read_reply(QUERY, 200, body).value()
    with pytest.raises((OutcomeUnknown, ProtocolError)):
        read_reply(MUTATION, 200, body).value()


@given(st.integers(200, 599), st.binary(max_size=60))
def test_no_reply_breaks_the_reader(status: int, body: bytes) -> None:
    """Whatever a server sends ends in a value or in an error of ours."""
    for call in (QUERY, MUTATION, ACTION):
        with contextlib.suppress(ConvexError):
            read_reply(call, status, body).value()
    with contextlib.suppress(ConvexError):
        read_batch([QUERY], status, body)
    with contextlib.suppress(ConvexError):
        read_timestamp(status, body)
