"""Who a client is: nothing, a fixed header, or tokens from a provider."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import anyio
from attrs import field, frozen

from ._protocol.identity import admin_header, user_header
from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from types import TracebackType

__all__ = [
    "Auth",
    "Credential",
    "Credentials",
    "FixedCredentials",
    "TokenProvider",
    "admin_key_of",
    "credentials_of",
]


class TokenProvider(Protocol):
    """Gives a user's or service's JWT, for example from an identity provider's SDK."""

    def __call__(self, *, force_refresh: bool) -> str | Awaitable[str | None] | None:
        """Give a token, or None to call without one. What it raises, the call raises.

        Args:
            force_refresh: the deployment has refused the last token: a new one is needed.
        """
        ...


Auth: TypeAlias = "str | TokenProvider"


@frozen(eq=False)
class Credential:
    """One `Authorization` header, or none. Two are the same only if they are one object.

    `token` is the user's token in it, which a WebSocket sends without the rest.
    """

    header: str | None = field(repr=False)
    token: str | None = field(default=None, repr=False)


class Credentials(Protocol):
    """Where the `Authorization` header comes from."""

    async def current(self) -> Credential:
        """Give what the next request shall carry."""
        ...

    async def replace(self, refused: Credential) -> bool:
        """Get another header after this one was refused; False when there is no other."""
        ...


class FixedCredentials:
    """A header that stays as it is: of a token, of an admin key, or none."""

    def __init__(
        self,
        *,
        token: str | None = None,
        admin_key: str | None = None,
        acting_as: Mapping[str, Any] | None = None,
    ) -> None:
        header = None if token is None else user_header(token)
        if admin_key is not None:
            header = admin_header(admin_key, acting_as)
        self.token = None if token is None else token.strip()
        self.admin_key = None if admin_key is None else admin_key.strip()
        self.acting_as = None if acting_as is None else dict(acting_as)
        self._credential = Credential(header, self.token)

    async def current(self) -> Credential:
        """See `Credentials`."""
        return self._credential

    async def replace(self, refused: Credential) -> bool:  # noqa: ARG002  # there is no other
        """See `Credentials`."""
        return False


def admin_key_of(credentials: Credentials) -> str | None:
    """The admin key, if it is the admin who calls."""
    return credentials.admin_key if isinstance(credentials, FixedCredentials) else None


class ProvidedCredentials:
    """Headers from a token provider, which is asked once however many calls need the answer."""

    def __init__(self, provider: TokenProvider) -> None:
        self._provider = provider
        self._lock = anyio.Lock()
        self._credential: Credential | None = None
        self._failures = 0
        self._failure: Exception | None = None
        self._place: TracebackType | None = None

    async def current(self) -> Credential:
        """See `Credentials`."""
        return self._credential or await self._next(None)

    async def replace(self, refused: Credential) -> bool:
        """See `Credentials`."""
        return (await self._next(refused)).header != refused.header

    async def _next(self, old: Credential | None) -> Credential:
        """Ask the provider, unless another call has done so since `old` or while this one waited."""
        failures = self._failures
        async with self._lock:
            if self._credential is not None and self._credential is not old:
                return self._credential
            if self._failure is not None and self._failures > failures:
                # Each who raises it adds where that is; here it is as the provider raised it.
                raise self._failure.with_traceback(self._place)
            try:
                self._credential = await self._ask(force_refresh=old is not None)
            except Exception as failure:
                self._failure, self._place = failure, failure.__traceback__
                self._failures += 1
                raise
            self._failure = self._place = None
            return self._credential

    async def _ask(self, *, force_refresh: bool) -> Credential:
        token = self._provider(force_refresh=force_refresh)
        return _bearer(await token if inspect.isawaitable(token) else token)


def _bearer(token: object) -> Credential:
    if token is None:
        return Credential(None)
    if not isinstance(token, str):
        raise ConfigurationError(f"auth gave a {type(token).__name__} instead of a token")
    return Credential(user_header(token), token.strip())


def credentials_of(auth: Auth | None, admin_key: str | None) -> Credentials:
    """Make the credentials that a client was given.

    Raises:
        ConfigurationError: both were given, or one is malformed.
    """
    if auth is not None and admin_key is not None:
        raise ConfigurationError("pass auth= or admin_key=, not both")
    if admin_key is not None:
        return FixedCredentials(admin_key=admin_key)
    if auth is None or isinstance(auth, str):
        return FixedCredentials(token=auth)
    if not callable(auth):
        raise ConfigurationError(f"auth is a {type(auth).__name__}: neither a token nor a function")
    return ProvidedCredentials(auth)
