"""Who a socket is, and when its token is replaced."""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, Final

import anyio

from aioconvex._auth import FixedCredentials
from aioconvex._protocol.sync.messages import AdminKey, NoAuth, UserToken
from aioconvex._transport.base import TransportError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aioconvex._auth import Credential, Credentials
    from aioconvex._protocol.sync.events import AuthConfirmed, Event
    from aioconvex._protocol.sync.messages import Auth
    from aioconvex._protocol.sync.state import SyncState

__all__ = ["Identity", "ProviderError"]

_log: Final = logging.getLogger("aioconvex.sync")

_AGAIN_SECONDS: Final = 10.0


class ProviderError(Exception):
    """The token provider failed before it ever gave a token."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self._failure, self._place = failure, failure.__traceback__

    def of(self, _path: str) -> Exception:
        """What the provider raised, for each who watches or calls, as over HTTP."""
        return self._failure.with_traceback(self._place)  # without where others raised it


class Identity:
    """The credentials that HTTP calls use too: a provider is asked once for both."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._credential: Credential | None = None
        self.renewable = not isinstance(credentials, FixedCredentials)
        self.auth: Auth = _fixed(credentials)
        self.refused = False
        """Whether the server has refused the token."""
        self.renew_at = math.inf
        """When to ask for another token, by `anyio.current_time()`."""

    async def before_opening(self, state: SyncState) -> Sequence[Event]:
        """Make sure of a token before a socket is opened.

        Raises:
            TransportError: the provider fails, as it did not before.
            ProviderError: the provider fails, and never did anything else.
        """
        if not self.renewable:
            return []
        try:
            if self.refused or self.renew_at <= anyio.current_time():
                return await self._renew(state)
            self._credential = await self._credentials.current()
        except Exception as error:  # noqa: BLE001  # whatever it raises
            if self._credential is None:
                raise ProviderError(error) from None
            _log.warning("the token provider failed", exc_info=True)
            raise TransportError("the token provider failed") from None
        auth = _auth(self._credential.token)
        if auth != self.auth:
            self.auth = auth
            state.set_auth(auth)
        return []

    async def renew_in_time(self, state: SyncState) -> Sequence[Event]:
        """Replace the token while it is still good; if that fails, try again later."""
        try:
            return await self._renew(state)
        except Exception:  # noqa: BLE001  # whatever the provider raises
            _log.warning("the token provider failed", exc_info=True)
            self.renew_at = anyio.current_time() + _AGAIN_SECONDS
            return []
        except BaseException:
            self.renew_at = anyio.current_time()  # the connection is lost: before the next, then
            raise

    async def _renew(self, state: SyncState) -> Sequence[Event]:
        if self._credential is not None:
            await self._credentials.replace(self._credential)
        self._credential = await self._credentials.current()
        self.refused, self.renew_at = False, math.inf
        token = self._credential.token
        self.auth = _auth(token)
        return state.renew(token)

    def confirmed(self, event: AuthConfirmed, now: float) -> None:
        """The server has accepted the token, at this time by `anyio.current_time()`."""
        if event.refresh is not None:
            self.renew_at = now + event.refresh.after(time.time())


def _fixed(credentials: Credentials) -> Auth:
    if not isinstance(credentials, FixedCredentials):
        return NoAuth()  # until the provider is asked
    if credentials.admin_key is not None:
        return AdminKey(credentials.admin_key, credentials.acting_as)
    return _auth(credentials.token)


def _auth(token: str | None) -> Auth:
    return NoAuth() if token is None else UserToken(token)
