"""Messages of the sync protocol as text and back."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioconvex import Int64
from aioconvex._protocol.sync.messages import AdminKey, NoAuth, Ping, Unknown, UserToken
from aioconvex._protocol.sync.outcomes import Failure, Success
from aioconvex._protocol.sync.wire import read
from aioconvex.errors import ArgumentError, ProtocolError
from aioconvex.values import encode_value
from protocol.frames import (
    PING,
    SESSION,
    acted,
    auth_error,
    chunk,
    committed,
    failed,
    fatal,
    new_state,
    opened,
    refused,
    removed,
    sent,
    text,
    transition,
    ts,
    updated,
)
from unit.strategies import convex_values

VALID = [
    transition((0, 0, 0), (1, 0, 100), updated(0, [], "J"), failed(1, "no"), removed(2), skew=-12),
    committed(0, 150),
    refused(0, "no", errorData=None),
    acted(1, 5.0),
    acted(1, "no", success=False),
    chunk(0, 2, '{"type":"Trans'),
    auth_error(1, attempted=True),
    auth_error(None, attempted=None),
    fatal("no"),
    PING,
]


@pytest.mark.parametrize(
    ("number", "spelled"),
    [
        (0, "AAAAAAAAAAA="),
        (100, "ZAAAAAAAAAA="),
        (1_700_000_000_000_000_000, "AAAqNv6clxc="),
        (2**63 - 1, "/////////38="),
    ],
)
def test_timestamps_are_little_endian(number: int, spelled: str) -> None:
    """The samples of the protocol's description are read and written as they are."""
    state = new_state()
    opened(state)
    state.receive(transition((0, 0, 0), (1, 0, number)))
    assert ts(number) == spelled
    assert state.version.ts == number
    state.closed(None)
    assert opened(state)[0]["maxObservedTimestamp"] == spelled


def test_connect_says_session_count_reason_and_time() -> None:
    """The first connection has seen no timestamp, and says none."""
    (connect, _) = opened(new_state(), 1_700_000_000_000)
    assert connect == {
        "type": "Connect",
        "sessionId": str(SESSION),
        "connectionCount": 0,
        "lastCloseReason": "InitialConnect",
        "clientTs": 1_700_000_000_000,
    }


@pytest.mark.parametrize(
    ("auth", "fields"),
    [
        (UserToken("jwt"), {"tokenType": "User", "value": "jwt"}),
        (AdminKey("i|key"), {"tokenType": "Admin", "value": "i|key"}),
        (
            AdminKey("i|key", {"issuer": "https://x.dev", "subject": "u1"}),
            {
                "tokenType": "Admin",
                "value": "i|key",
                "impersonating": {"issuer": "https://x.dev", "subject": "u1"},
            },
        ),
    ],
)
def test_identities_are_spelled(auth: UserToken | AdminKey, fields: dict[str, Any]) -> None:
    """An admin acts as a user under the one name that the server does not ignore."""
    message = opened(new_state(auth))[1]
    assert message == {"type": "Authenticate", "baseVersion": 0, **fields}


def test_secrets_are_not_shown() -> None:
    """Neither a token nor a key is part of what a state prints."""
    assert "secret" not in repr((UserToken("secret"), AdminKey("secret"), NoAuth()))


def test_queries_are_spelled() -> None:
    """A query names its function and has its arguments in an array, tags on."""
    state = new_state(AdminKey("k"))
    state.subscribe("messages:list", {"n": Int64(1), "x": 2})
    state.subscribe("c", {}, component="outer/inner")
    message = opened(state)[2]
    assert message == {
        "type": "ModifyQuerySet",
        "baseVersion": 0,
        "newVersion": 1,
        "modifications": [
            {
                "type": "Add",
                "queryId": 0,
                "udfPath": "messages:list",
                "args": [{"n": {"$integer": "AQAAAAAAAAA="}, "x": 2.0}],
            },
            {
                "type": "Add",
                "queryId": 1,
                "udfPath": "c:default",
                "args": [{}],
                "componentPath": "outer/inner",
            },
        ],
    }


def test_requests_are_spelled() -> None:
    """Mutations and actions count their ids together."""
    state = new_state(AdminKey("k"))
    opened(state)
    state.mutation("messages:send", {"body": "hi"})
    state.action("ai:run", {}, component="a")
    assert sent(state) == [
        {
            "type": "Mutation",
            "requestId": 0,
            "udfPath": "messages:send",
            "args": [{"body": "hi"}],
        },
        {
            "type": "Action",
            "requestId": 1,
            "udfPath": "ai:run",
            "args": [{}],
            "componentPath": "a",
        },
    ]


def test_integers_are_written_as_integers() -> None:
    """`1.0` in an integer's place would end the connection."""
    state = new_state(UserToken("t"))
    state.subscribe("a:b", {})
    state.mutation("a:c", {})
    state.opened(5)
    for frame in state.outgoing():
        assert b".0" not in frame.split(b'"args"')[0]


@pytest.mark.parametrize("path", ["a-b:c", "a b", "", ":c", "a:", "../a:b?", "a:b\n", "a:1"])
def test_a_path_that_would_end_the_connection_is_refused(path: str) -> None:
    """A malformed path raises in the caller, and nothing is sent."""
    state = new_state()
    opened(state)
    for verb in (state.subscribe, state.mutation, state.action):
        with pytest.raises(ArgumentError, match="no function path"):
            verb(path, {})
    assert sent(state) == []


def test_a_component_needs_an_admin_key() -> None:
    """Anybody else's connection would be closed, each time it comes back."""
    state = new_state(UserToken("t"))
    for verb in (state.subscribe, state.mutation, state.action):
        with pytest.raises(ArgumentError, match="admin key"):
            verb("a:b", {}, component="c")


def test_a_call_that_would_break_the_connection_is_refused() -> None:
    """A message above the limit would end each connection it is sent on."""
    with pytest.raises(ArgumentError, match=r"\$\.x: .* Convex takes"):
        new_state().mutation("a:b", {"x": "y" * (2**24 + 2000), "n": 1})


@pytest.mark.parametrize("frame", VALID)
def test_every_message_of_the_server_is_read(frame: bytes) -> None:
    """Bytes and text are the same to the reader."""
    message = read(frame)
    assert type(message).__name__ == json.loads(frame)["type"]
    assert read(frame.decode()) == message


@pytest.mark.parametrize("frame", VALID)
def test_unknown_fields_are_ignored(frame: bytes) -> None:
    """A newer server may say more."""
    content = json.loads(frame)
    more = json.dumps({**content, "newField": {"deep": [1]}})
    assert type(read(more)) is type(read(frame))


def test_a_message_of_a_newer_protocol_is_told_apart() -> None:
    """It is no error: the server may say what this client does not know."""
    assert read(b'{"type":"Novelty","x":1}') == Unknown("Novelty")
    assert read(PING) == Ping()


@pytest.mark.parametrize(
    "frame",
    [b"", b"no json", b"[]", b"null", b"{}", b'{"type":5}', b'{"type":["Ping"]}', b"\xff\xfe",
     b'{"type":"Ping"', b"[" * 100_000, b'{"type":"Transition"}', b'{"type":"FatalError"}',
     text(type="FatalError", error=5), text(type="AuthError", error="x", baseVersion=-1),
     text(type="AuthError", error="x", authUpdateAttempted="yes"),
     text(type="TransitionChunk", chunk=5, partNumber=0, totalParts=1, transitionId="1"),
     text(type="TransitionChunk", chunk="", partNumber=0.0, totalParts=1, transitionId="1"),
     text(type="MutationResponse", requestId=0, success=True, result=None),
     text(type="MutationResponse", requestId=0, success=True, result=None, ts=None),
     text(type="MutationResponse", requestId=0, success=True, result=None, ts="AAAA"),
     text(type="MutationResponse", requestId=0, success=True, result=None, ts=ts(2**63)),
     text(type="MutationResponse", requestId=0, success=False, result=None, ts=None),
     text(type="MutationResponse", requestId=True, success=False, result="x"),
     text(type="ActionResponse", requestId=2**32, success=True, result=1),
     text(type="ActionResponse", requestId=0, success="yes", result=1),
     text(type="ActionResponse", requestId=0, success=True),
     transition((0, 0, 0), (1, 0, 1), {}), transition((0, 0, 0), (1, 0, 1), updated(-1, 1)),
     transition((0, 0, 0), (1, 0, 1), {**updated(0, 1), "type": "QueryInverted"}),
     transition((0, 0, 0), (1, 0, 1), {**updated(0, 1), "type": ["QueryUpdated"]}),
     transition((0, 0, 0), (1, 0, 1), {**updated(0, 1), "journal": 5}),
     transition((0, 0, 0), (1, 0, 1), {"type": "QueryUpdated", "queryId": 0}),
     transition((0, 0, 0), (1, 0, 1), {"type": "QueryFailed", "queryId": 0, "errorMessage": 5}),
     transition((0, 0, 0), (1, 0, 1)).replace(b'"clientClockSkew": null', b'"clientClockSkew": "x"'),
     transition((0, 0, 0), (1, 0, 1)).replace(b'"modifications": []', b'"modifications": {}'),
     transition((0, 0, 0), (1, 0, 1)).replace(b'"querySet": 0', b'"querySet": 0.0'),
     transition((0, 0, 0), (1, 0, 1)).replace(b'"identity": 0', b'"identity": "0"')],
    ids=lambda frame: repr(frame[:60]),
)  # fmt: skip
def test_a_malformed_message_is_a_protocol_error(frame: bytes) -> None:
    """Whatever is not Convex's is refused with a sentence, never with a `KeyError`."""
    with pytest.raises(ProtocolError, match="server"):
        read(frame)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**64) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid message with one value, at any depth, replaced or taken away."""
    whole: list[Any] = [json.loads(draw(st.sampled_from(VALID)))]
    box: Any = whole
    key: Any = 0
    while isinstance(box[key], (dict, list)) and box[key] and draw(st.integers(0, 4)):
        box = box[key]
        key = draw(
            st.sampled_from(sorted(box)) if isinstance(box, dict) else st.integers(0, len(box) - 1)
        )
    if isinstance(box, dict) and draw(st.booleans()):
        del box[key]
    else:
        box[key] = draw(json_values)
    return orjson.dumps(whole[0]) if _fits(whole[0]) else json.dumps(whole[0]).encode()


def _fits(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


@given(
    mutated() | st.binary(max_size=40) | json_values.map(lambda value: json.dumps(value).encode())
)
def test_nothing_a_server_sends_breaks_the_state(frame: bytes) -> None:
    """Any message is taken or is a `ProtocolError`; if that, nothing has changed."""
    state = new_state(UserToken("t"), renewable=True)
    state.subscribe("a:b", {})
    state.subscribe("a:c", {})
    opened(state)
    state.mutation("a:d", {})
    state.action("a:e", {})
    sent(state)
    before = (state.version, state.result(state.subscribe("a:b", {})), state.mutations_in_flight)
    with contextlib.suppress(ProtocolError):
        state.receive(frame)
        return
    after = (state.version, state.result(state.subscribe("a:b", {})), state.mutations_in_flight)
    assert before == after
    assert not state.connected
    assert state.outgoing() == []


@given(convex_values)
def test_any_value_comes_back(value: Any) -> None:
    """A live value is decoded as the server sent it, and each reader has a copy of its own."""
    state = new_state()
    query = state.subscribe("a:b", {})
    opened(state)
    state.receive(transition((0, 0, 0), (1, 0, 1), updated(query, encode_value(value))))
    result = state.result(query)
    assert isinstance(result, Success)
    assert repr(result.value("a:b")) == repr(value)
    assert repr(result.value("a:b")) == repr(value)
    if isinstance(value, (list, dict)):
        assert result.value("a:b") is not result.value("a:b")


def test_a_failure_is_a_new_error_for_each_reader() -> None:
    """Errors gather tracebacks, so no two readers raise the same object."""
    failure = Failure("a:b", "no", {"errorData": {"code": {"$integer": "BwAAAAAAAAA="}}})
    first, second = failure.error(), failure.error()
    assert first is not second
    assert repr(first) == repr(second)
    assert failure.same_as(failure)


@pytest.mark.parametrize(
    "wire", [{"$integer": "x"}, {"$set": []}, json.loads("[" * 500 + "]" * 500)]
)
def test_a_value_that_breaks_the_encoding_is_a_protocol_error(wire: Any) -> None:
    """It reaches the one reader that decodes it, and nobody else."""
    with pytest.raises(ProtocolError, match="encoding"):
        Success(wire, []).value("a:b")
