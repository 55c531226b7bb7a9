"""Who a client is: nothing, a fixed header, or tokens from a provider."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Protocol, TypeAlias

import anyio

from ._protocol.identity import admin_header, user_header
from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable

__all__ = ["Auth", "Credentials", "FixedCredentials", "TokenProvider", "credentials_of"]


class TokenProvider(Protocol):
    """Gives a user's or service's JWT, for example from an identity provider's SDK."""

    def __call__(self, *, force_refresh: bool) -> str | Awaitable[str | None] | None:
        """Give a token, or None to call without one.

        Args:
            force_refresh: the deployment has refused the last token: a new one is needed.
        """
        ...


Auth: TypeAlias = "str | TokenProvider"


class Credentials(Protocol):
    """Where the `Authorization` header comes from."""

    async def header(self) -> str | None:
        """Give the header of the next request."""
        ...

    async def replace(self, refused: str | None) -> bool:
        """Get another header after this one was refused; False when there is no other."""
        ...


class FixedCredentials:
    """A header that stays as it is; None calls without one."""

    def __init__(self, header: str | None, admin_key: str | None = None) -> None:
        self._header = header
        self.admin_key = admin_key

    async def header(self) -> str | None:
        """See `Credentials`."""
        return self._header

    async def replace(self, refused: str | None) -> bool:  # noqa: ARG002  # there is no other
        """See `Credentials`."""
        return False


class ProvidedCredentials:
    """Headers from a token provider, which is asked once however many calls need the answer."""

    def __init__(self, provider: TokenProvider) -> None:
        self._provider = provider
        self._lock = anyio.Lock()
        self._asked = False
        self._header: str | None = None

    async def header(self) -> str | None:
        """See `Credentials`."""
        if not self._asked:
            async with self._lock:
                if not self._asked:
                    await self._ask(force_refresh=False)
        return self._header

    async def replace(self, refused: str | None) -> bool:
        """See `Credentials`."""
        async with self._lock:
            if self._header == refused:  # else another call has replaced it meanwhile
                await self._ask(force_refresh=True)
        return self._header != refused

    async def _ask(self, *, force_refresh: bool) -> None:
        token = self._provider(force_refresh=force_refresh)
        if inspect.isawaitable(token):
            token = await token
        self._header = None if token is None else user_header(token)
        self._asked = True


def credentials_of(auth: Auth | None, admin_key: str | None) -> Credentials:
    """Make the credentials that a client was given.

    Raises:
        ConfigurationError: both were given, or one is malformed.
    """
    if auth is not None and admin_key is not None:
        raise ConfigurationError("pass auth= or admin_key=, not both")
    if admin_key is not None:
        return FixedCredentials(admin_header(admin_key), admin_key)
    if auth is None or isinstance(auth, str):
        return FixedCredentials(None if auth is None else user_header(auth))
    return ProvidedCredentials(auth)
