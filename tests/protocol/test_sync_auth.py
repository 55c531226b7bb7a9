"""Who the connection's calls are from: confirmation, refusal and renewal."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioconvex._protocol.sync.auth import Refresh
from aioconvex._protocol.sync.events import AuthConfirmed, AuthLost, TokenRefused
from aioconvex._protocol.sync.messages import AdminKey, Auth, NoAuth, UserToken
from aioconvex._protocol.sync.state import SyncState
from protocol.frames import auth_error, kinds, new_state, opened, sent, transition, updated


def jwt(**claims: Any) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{payload}.signature"


HOUR = jwt(iat=1000, exp=4600)
LOST = AuthLost("no such user")


def authenticated(auth: Auth, *, renewable: bool = True) -> SyncState:
    """A connected state whose identity the server has confirmed."""
    state = new_state(auth, renewable=renewable)
    opened(state)
    state.receive(transition((0, 0, 0), (1, 1, 10)))
    return state


def tokens(messages: list[dict[str, Any]]) -> list[tuple[int, str | None]]:
    """The `Authenticate`s among messages: base version and token."""
    return [
        (message["baseVersion"], message.get("value"))
        for message in messages
        if message["type"] == "Authenticate"
    ]


# --- telling the server


def test_the_identity_comes_before_the_queries() -> None:
    """On every connection, from version 0 on."""
    state = authenticated(UserToken("t"))
    state.closed("gone")
    messages = opened(state)
    assert kinds(messages) == ["Connect", "Authenticate", "ModifyQuerySet"]
    assert tokens(messages) == [(0, "t")]


def test_nobody_need_not_be_told() -> None:
    """A connection begins as nobody's."""
    assert kinds(opened(new_state())) == ["Connect", "ModifyQuerySet"]


def test_versions_of_the_identity_form_a_chain() -> None:
    """Each `Authenticate` raises it by one; to become nobody is said too."""
    state = new_state(UserToken("t0"))
    opened(state)
    state.set_auth(UserToken("t1"))
    assert tokens(sent(state)) == [(1, "t1")]
    state.set_auth(NoAuth())
    (message,) = sent(state)
    assert message == {"type": "Authenticate", "baseVersion": 2, "tokenType": "None"}


def test_leaving_an_identity_is_told_before_what_follows() -> None:
    """Else the connection would go on as somebody."""
    state = authenticated(UserToken("t"))
    state.set_auth(NoAuth())
    state.subscribe("a:b", {})
    state.mutation("a:m", {})
    assert kinds(sent(state)) == ["Authenticate", "ModifyQuerySet", "Mutation"]


def test_a_token_that_comes_before_the_first_is_sent_replaces_it() -> None:
    """A connection that waits for its first token is told only that one."""
    state = new_state(renewable=True)
    state.opened(0)
    state.set_auth(UserToken("old"))
    state.set_auth(UserToken("new"))
    assert tokens(sent(state)) == [(0, "new")]


# --- confirmation and the plan for the next token


def test_a_confirmed_token_plans_its_replacement_once() -> None:
    """A reconnect confirms it again, and leaves the plan as it is."""
    state = new_state(UserToken(HOUR), renewable=True)
    opened(state)
    (event,) = state.receive(transition((0, 0, 0), (1, 1, 10), skew=5000))
    assert isinstance(event, AuthConfirmed)
    assert event.refresh is not None
    # It expires at 4600 by the server's clock, which is five seconds behind.
    assert event.refresh.after(1005) == 3590
    state.closed("gone")
    opened(state)
    assert state.receive(transition((0, 0, 0), (1, 1, 11))) == [AuthConfirmed(None)]


def test_a_fresh_token_lives_from_now_on() -> None:
    """Whatever this machine's clock says."""
    state = authenticated(UserToken("old"))
    assert state.renew(HOUR) == []
    assert tokens(sent(state)) == [(1, HOUR)]
    (event,) = state.receive(transition((1, 1, 10), (1, 2, 11)))
    assert isinstance(event, AuthConfirmed)
    assert event.refresh is not None
    assert event.refresh.after(0) == event.refresh.after(1e12) == 3590


@pytest.mark.parametrize("auth", [AdminKey("k"), UserToken(HOUR)])
def test_what_nobody_can_renew_has_no_plan(auth: Auth) -> None:
    """A fixed token or key stays until it is refused."""
    state = new_state(auth, renewable=isinstance(auth, AdminKey))
    opened(state)
    assert state.receive(transition((0, 0, 0), (1, 1, 10))) == [AuthConfirmed(None)]


def test_only_the_newest_identity_is_confirmed() -> None:
    """A transition for the one before says nothing of it, nor does one that brings no identity."""
    state = new_state(UserToken("t0"))
    opened(state)
    state.set_auth(UserToken("t1"))
    sent(state)
    assert state.receive(transition((0, 0, 0), (1, 1, 10))) == []
    assert state.receive(transition((1, 1, 10), (1, 1, 11))) == []
    assert state.receive(transition((1, 1, 11), (1, 2, 12))) == [AuthConfirmed(None)]
    assert state.receive(transition((1, 2, 12), (1, 2, 13))) == []


def test_becoming_nobody_is_no_confirmation() -> None:
    """There is nothing to confirm."""
    state = authenticated(UserToken("t"))
    state.set_auth(NoAuth())
    sent(state)
    assert state.receive(transition((1, 1, 10), (1, 2, 11))) == []


@pytest.mark.parametrize(
    ("claims", "seconds"),
    [
        ({"iat": 0, "exp": 3600}, 3590),
        ({"iat": 0, "exp": 12}, 6),  # ten seconds before would be nearly always
        ({"iat": 0.5, "exp": 4}, 1.75),
        ({"iat": 0, "exp": 90 * 86_400}, 20 * 86_400),
    ],
)
def test_a_token_is_replaced_before_it_expires(claims: dict[str, Any], seconds: float) -> None:
    """Ten seconds before, or halfway through a short life; a timer has its limits."""
    refresh = Refresh.of(jwt(**claims), fresh=True, clock_skew=0)
    assert refresh is not None
    assert refresh.after(123) == pytest.approx(seconds)


def test_an_old_token_is_replaced_at_once() -> None:
    """It may have lain in a store beyond its time."""
    refresh = Refresh.of(jwt(iat=0, exp=3600), fresh=False, clock_skew=0)
    assert refresh is not None
    assert [refresh.after(now) for now in (0, 3000, 3595, 9000)] == [3590, 590, 0, 0]


@pytest.mark.parametrize(
    "token",
    ["", "opaque", "a.b.c", jwt(), jwt(exp=5), jwt(iat=5), jwt(iat=0, exp=2), jwt(iat="0", exp=9),
     jwt(iat=True, exp=9), jwt(iat=0, exp=1e400), "a." + urlsafe_b64encode(b"[1]").decode() + ".c",
     "a.\N{GRINNING FACE}.c"],
)  # fmt: skip
def test_a_token_without_times_is_used_until_it_is_refused(token: str) -> None:
    """Nothing is known of its life."""
    assert Refresh.of(token, fresh=True, clock_skew=0) is None


@given(st.text() | st.binary().map(lambda raw: f"a.{urlsafe_b64encode(raw).decode()}.c"))
def test_no_token_breaks_the_reader(token: str) -> None:
    """Tokens are opaque; only some are JWTs."""
    Refresh.of(token, fresh=True, clock_skew=0)


# --- refusal


@pytest.mark.parametrize("attempted", [True, None])
def test_a_refused_token_is_replaced(attempted: bool | None) -> None:  # noqa: FBT001
    """The socket is of no more use; the next one is opened with the new token."""
    state = new_state(UserToken("old"), renewable=True)
    opened(state)
    state.mutation("a:m", {})
    assert state.receive(auth_error(0, attempted=attempted)) == [TokenRefused("no such user")]
    assert not state.connected
    assert sent(state) == []
    state.closed(None)
    assert state.renew("new") == []
    messages = opened(state)
    assert messages[0]["lastCloseReason"] is None
    assert tokens(messages) == [(0, "new")]
    assert kinds(messages) == ["Connect", "Authenticate", "ModifyQuerySet", "Mutation"]


def test_a_token_that_expires_in_use_is_replaced() -> None:
    """The server notices at the next thing it does for us."""
    state = authenticated(UserToken("old"))
    assert state.receive(auth_error(1, attempted=False)) == [TokenRefused("no such user")]


def test_an_old_identity_that_expires_while_the_new_one_travels_is_no_matter() -> None:
    """The server closes; the next connection begins with the new token."""
    state = authenticated(UserToken("old"))
    state.renew("new")
    sent(state)
    assert state.receive(auth_error(1, attempted=False)) == []
    assert not state.connected
    state.closed("closed with code 1005")
    assert tokens(opened(state)) == [(0, "new")]


def test_a_refusal_of_a_token_that_was_replaced_is_no_matter() -> None:
    """Even of one that was never confirmed."""
    state = new_state(UserToken("t0"), renewable=True)
    opened(state)
    for token in ("t1", "t2"):
        state.set_auth(UserToken(token))
        sent(state)
    assert state.receive(auth_error(0, attempted=True)) == []
    state.closed(None)
    assert tokens(opened(state)) == [(0, "t2")]


@pytest.mark.parametrize("auth", [AdminKey("k"), UserToken("t"), NoAuth()])
def test_without_a_provider_a_refusal_is_final(auth: Auth) -> None:
    """There is nothing to be had in place of a fixed token or key."""
    state = new_state(auth)
    opened(state)
    assert state.receive(auth_error(0, attempted=True)) == [LOST]
    state.closed(None)
    assert tokens(opened(state)) == []


@pytest.mark.parametrize("given_token", ["old", None])
def test_the_refused_token_again_or_none_is_final(given_token: str | None) -> None:
    """Else it would be refused for ever."""
    state = new_state(UserToken("old"), renewable=True)
    opened(state)
    state.receive(auth_error(0, attempted=True))
    (event,) = state.renew(given_token)
    assert isinstance(event, AuthLost)
    state.closed(None)
    assert tokens(opened(state)) == []


def test_two_fresh_tokens_may_be_refused_but_no_more() -> None:
    """A provider that gives wrong tokens is not asked for ever."""
    state = new_state(UserToken("t0"), renewable=True)
    for n in (1, 2):
        opened(state)
        assert state.receive(auth_error(0, attempted=True)) == [TokenRefused("no such user")]
        state.closed(None)
        assert state.renew(f"t{n}") == []
    opened(state)
    assert state.receive(auth_error(0, attempted=True)) == [LOST]


def test_a_confirmed_token_gives_the_provider_new_credit() -> None:
    """Over a long session tokens expire many times."""
    state = new_state(UserToken("t0"), renewable=True)
    for n in range(6):
        opened(state)
        state.receive(transition((0, 0, 0), (1, 1, n)))
        assert state.receive(auth_error(1, attempted=False)) == [TokenRefused("no such user")]
        state.closed(None)
        assert state.renew(f"t{n + 1}") == []


def test_a_planned_renewal_may_give_the_same_token() -> None:
    """It has not been refused, and is used on."""
    state = authenticated(UserToken("t"))
    assert state.renew("t") == []
    assert sent(state) == []


def test_a_planned_renewal_that_gives_nothing_ends_the_identity() -> None:
    """The user has logged out."""
    state = authenticated(UserToken("t"))
    (event,) = state.renew(None)
    assert isinstance(event, AuthLost)
    assert sent(state) == [{"type": "Authenticate", "baseVersion": 1, "tokenType": "None"}]


def test_a_new_identity_after_a_refusal_forgets_it() -> None:
    """What the provider gives late, for the old one, is the caller's to drop."""
    state = new_state(UserToken("t0"), renewable=True)
    opened(state)
    state.receive(auth_error(0, attempted=True))
    state.set_auth(UserToken("t1"))
    state.closed(None)
    assert tokens(opened(state)) == [(0, "t1")]
    assert state.renew("t1") == []


def test_results_of_a_new_identity_come_with_it() -> None:
    """The transition that raises the identity has them."""
    state = authenticated(UserToken("t"))
    query = state.subscribe("a:b", {})
    sent(state)
    state.receive(transition((1, 1, 10), (2, 1, 11), updated(query, "old")))
    state.renew("new")
    sent(state)
    events = state.receive(transition((2, 1, 11), (2, 2, 12), updated(query, "new")))
    assert [type(event).__name__ for event in events] == ["AuthConfirmed", "ResultsChanged"]
