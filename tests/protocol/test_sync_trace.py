"""One session from beginning to end, as npm's client 1.48.0 was seen to speak it."""

from __future__ import annotations

from aioconvex import Int64
from aioconvex._protocol.sync.events import (
    AuthConfirmed,
    RequestDone,
    ResultsChanged,
    TokenRefused,
)
from aioconvex._protocol.sync.messages import RequestId, UserToken
from aioconvex._protocol.sync.outcomes import Lost, Success
from aioconvex._protocol.sync.state import SyncState
from protocol.frames import (
    PING,
    SESSION,
    auth_error,
    chunk,
    committed,
    new_state,
    opened,
    sent,
    transition,
    updated,
)

ADD = {
    "type": "Add",
    "queryId": 0,
    "udfPath": "messages:list",
    "args": [{"channel": "a", "n": {"$integer": "AQAAAAAAAAA="}}],
}
MUTATION = {
    "type": "Mutation",
    "requestId": 0,
    "udfPath": "messages:send",
    "args": [{"body": "hi"}],
}
CONNECT = {
    "type": "Connect",
    "sessionId": str(SESSION),
    "connectionCount": 0,
    "lastCloseReason": "InitialConnect",
    "clientTs": 1_795_391_063_511,
}


def test_a_session_over_three_connections() -> None:
    """Query, mutation, action; a server error, slices; a token set, confirmed, renewed, expired."""
    state = new_state(renewable=True)
    state.subscribe("messages:list", {"channel": "a", "n": Int64(1)})
    first_connection(state)
    second_connection(state)
    tokens(state)
    third_connection(state)


def first_connection(state: SyncState) -> None:
    assert opened(state, 1_795_391_063_511) == [
        CONNECT,
        {"type": "ModifyQuerySet", "baseVersion": 0, "newVersion": 1, "modifications": [ADD]},
    ]
    (first,) = state.receive(transition((0, 0, 0), (1, 0, 100), updated(0, ["hi"], "J1")))
    assert isinstance(first, ResultsChanged)
    state.mutation("messages:send", {"body": "hi"})
    state.action("x:act", {})
    mutation, action = sent(state)
    assert mutation == MUTATION
    assert action == {"type": "Action", "requestId": 1, "udfPath": "x:act", "args": [{}]}
    assert state.receive(committed(0, 150, {"$integer": "AQAAAAAAAAA="})) == []
    assert state.closed("InternalServerError") == [RequestDone(RequestId(1), Lost(sent=True))]
    assert 0.5 <= state.reconnect_delay(0.0) <= state.reconnect_delay(1.0)


def second_connection(state: SyncState) -> None:
    connect, query_set, mutation = opened(state, 1_795_391_064_000)
    assert connect == {
        **CONNECT,
        "connectionCount": 1,
        "lastCloseReason": "InternalServerError",
        "clientTs": 1_795_391_064_000,
        "maxObservedTimestamp": "lgAAAAAAAAA=",
    }
    assert query_set["modifications"] == [{**ADD, "journal": "J1"}]
    assert mutation == MUTATION
    whole = transition((0, 0, 0), (1, 0, 160), updated(0, ["hi", "hi"], "J1")).decode()
    assert state.receive(chunk(0, 2, whole[:14])) == []
    assert state.receive(PING) == []
    changed, done = state.receive(chunk(1, 2, whole[14:]))
    assert isinstance(changed, ResultsChanged)
    assert isinstance(done, RequestDone)
    assert isinstance(done.outcome, Success)
    assert done.outcome.value("messages:send") == Int64(1)
    assert state.synced


def tokens(state: SyncState) -> None:
    state.subscribe("other", {})
    state.set_auth(UserToken("eyJ"))
    authenticate, query_set = sent(state)
    assert authenticate == {
        "type": "Authenticate",
        "baseVersion": 0,
        "tokenType": "User",
        "value": "eyJ",
    }
    assert query_set == {
        "type": "ModifyQuerySet",
        "baseVersion": 1,
        "newVersion": 2,
        "modifications": [{"type": "Add", "queryId": 1, "udfPath": "other:default", "args": [{}]}],
    }
    assert state.receive(transition((1, 0, 160), (2, 1, 161))) == [AuthConfirmed(None)]
    assert state.renew("eyJnew") == []
    assert sent(state) == [{**authenticate, "baseVersion": 1, "value": "eyJnew"}]
    assert state.receive(auth_error(2, attempted=False)) == [TokenRefused("no such user")]
    assert state.closed(None) == []
    assert state.renew("eyJnewer") == []


def third_connection(state: SyncState) -> None:
    connect, authenticate, query_set = opened(state)
    assert (connect["connectionCount"], connect["lastCloseReason"]) == (2, None)
    assert (authenticate["baseVersion"], authenticate["value"]) == (0, "eyJnewer")
    assert (query_set["baseVersion"], query_set["newVersion"]) == (0, 1)
    assert [item["queryId"] for item in query_set["modifications"]] == [0, 1]
