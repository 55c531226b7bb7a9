"""Who the connection's calls are from, and when a token must be replaced.

The rules are npm `convex`'s (`authentication_manager.ts`), but for two: a token that comes from the
provider's own store is not replaced as soon as it is confirmed, and leaving an identity is said to
the server at once.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from math import isfinite
from typing import Any, Final

import orjson
from attrs import define, field, frozen

from aioconvex._protocol.json import is_object

from .events import AuthConfirmed, AuthLost, TokenRefused
from .messages import Auth, Authenticate, AuthError, NoAuth, UserToken, Version

__all__ = ["Identity", "Refresh"]

_LEEWAY: Final = 10.0
_SHORTEST: Final = 2.0
_LONGEST: Final = 20 * 86_400.0  # timers of more than 24 days are beyond some event loops
_MOST_REFUSALS: Final = 2


@frozen
class Refresh:
    """When to replace a token: some seconds before it expires, or halfway if it lives shorter."""

    issued: float
    expires: float
    fresh: bool  # just made for us, so that its life begins now whatever clocks say
    clock_skew: float  # this machine's clock minus the server's, in seconds

    def after(self, now: float) -> float:
        """Seconds to wait, at `now` seconds since the epoch by this machine's clock."""
        life = self.expires - self.issued
        left = life if self.fresh else self.expires - (now - self.clock_skew)
        return min(max(left - min(_LEEWAY, life / 2), 0.0), _LONGEST)

    @classmethod
    def of(cls, token: str, *, fresh: bool, clock_skew: float) -> Refresh | None:
        """Read a token's times without a look at its signature; None if it has none."""
        try:
            payload = token.split(".")[1]
            claims: Any = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (IndexError, ValueError):
            return None
        if not is_object(claims):
            return None
        issued, expires = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
        if issued is None or expires is None or expires - issued <= _SHORTEST:
            return None
        return cls(issued, expires, fresh, clock_skew)


def _seconds(claim: Any) -> float | None:
    if type(claim) is not int and type(claim) is not float:
        return None
    return float(claim) if isfinite(claim) else None


@define
class Identity:
    """The identity of a session, and what of it the connection has been told.

    Args:
        auth: who calls.
        renewable: whether a provider can give another token.
    """

    auth: Auth
    renewable: bool
    version: int = 0  # how many times the connection has been told
    _untold: bool = field(init=False)
    _confirmed: bool = field(init=False, default=False)
    _fresh: bool = field(init=False, default=False)
    _planned: bool = field(init=False, default=False)
    _refused: bool = field(init=False, default=False)
    _refusals: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._untold = not isinstance(self.auth, NoAuth)

    @property
    def settled(self) -> bool:
        """Whether the server knows who we are."""
        return self._confirmed or (isinstance(self.auth, NoAuth) and not self._untold)

    def set(self, auth: Auth) -> None:
        """Call as somebody else, or with another token, from now on."""
        self._refusals = 0
        self._change(auth, fresh=False)

    def _change(self, auth: Auth, *, fresh: bool) -> None:
        self.auth = auth
        self._fresh = fresh
        self._confirmed = self._planned = self._refused = False
        # A connection begins as nobody's.
        self._untold = self.version > 0 or not isinstance(auth, NoAuth)

    # --- the connection

    def restart(self) -> None:
        """Begin a connection, whose server takes us for nobody."""
        self.version = 0
        self._confirmed = False
        self._untold = not isinstance(self.auth, NoAuth)

    def to_tell(self) -> Authenticate | None:
        """What the server has yet to be told."""
        if not self._untold:
            return None
        self._untold = False
        self.version += 1
        return Authenticate(self.version - 1, self.auth)

    def advanced(
        self, start: Version, end: Version, clock_skew: int | None
    ) -> AuthConfirmed | None:
        """See a transition; tells if it confirms the identity."""
        told = end.identity > start.identity and end.identity >= self._expected
        if not told or isinstance(self.auth, NoAuth):
            return None
        self._confirmed = True
        self._refusals = 0
        if self._planned or not self.renewable or not isinstance(self.auth, UserToken):
            return AuthConfirmed(None)
        self._planned = True
        skew = (clock_skew or 0) / 1000
        return AuthConfirmed(Refresh.of(self.auth.token, fresh=self._fresh, clock_skew=skew))

    @property
    def _expected(self) -> int:
        return self.version + self._untold

    # --- refusals and renewal

    def refused(self, message: AuthError) -> TokenRefused | AuthLost | None:
        """See a refusal; None if it is about an identity that has been replaced already."""
        base = message.base_version
        if message.attempted is False and not self.settled and base != self._expected:
            return None  # the old identity expired while the new one was on its way
        if base is not None and base + 1 < self._expected:
            return None
        if isinstance(self.auth, UserToken) and self.renewable and self._refusals < _MOST_REFUSALS:
            self._refusals += 1
            self._refused = True
            return TokenRefused(message.message)
        return self._lose(message.message)

    def renew(self, token: str | None) -> AuthLost | None:
        """Take what the provider gave when it was asked for a new token."""
        same = isinstance(self.auth, UserToken) and self.auth.token == token
        if token is None:
            return self._lose("the token provider gave no token")
        if not same:
            self._change(UserToken(token), fresh=True)
        elif self._refused:
            return self._lose("the token provider gave the refused token again")
        return None

    def _lose(self, reason: str) -> AuthLost:
        self._refusals = 0
        self._change(NoAuth(), fresh=False)
        return AuthLost(reason)
