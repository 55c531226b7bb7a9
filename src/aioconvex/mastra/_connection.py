"""How a deployment is reached: URL and credentials, given or found in the environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict, cast

from attrs import frozen

from aioconvex._environment import ADMIN_KEY_NAMES, AUTH_NAMES, Environment
from aioconvex.client import ConvexClient
from aioconvex.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

    from aioconvex._auth import Auth

__all__ = ["Connection", "Views", "from_environment", "views_of"]

_TOKEN_NAMES: Final = (*AUTH_NAMES, "CONVEX_SERVICE_TOKEN")
_SECRET_NAMES: Final = ("MASTRA_ACCESS_SECRET",)
_CREDENTIALS: Final = ("auth_token", "admin_auth_token", "secret")

_TIMEOUT: Final = 30.0

# What `convex/mastra/access.ts` knows the admin by; no token can have this issuer.
_ADMIN: Final = {"issuer": "aioconvex:admin", "subject": "admin"}


class Connection(TypedDict, total=False):
    """How to reach a deployment; each is described at `ConvexAdminClient`."""

    deployment_url: str | None
    auth_token: Auth | None
    admin_auth_token: str | None
    secret: str | None
    storage_function: str
    timeout: float | None
    allow_http: bool
    http_client: httpx.AsyncClient | None


@frozen
class Views:
    """One client, and how it calls at run time and when it verifies a deployment."""

    convex: ConvexClient
    run_time: ConvexClient
    deploying: ConvexClient
    admin_at_run_time: bool = False


def views_of(client: ConvexClient | None, connection: Connection) -> Views:
    """Make a client, or use the one that was given.

    Raises:
        ConfigurationError: URL or credentials are missing, or given beside a client, or the timeout
            is not above 0.
    """
    if client is not None:
        given = connection.keys() - {"secret", "storage_function"}
        if given:
            raise ConfigurationError(f"pass client=, or {', '.join(sorted(given))}, not both")
        return Views(client, client, client)
    if all(connection.get(name) is None for name in _CREDENTIALS):
        raise ConfigurationError(
            "no credentials: pass auth_token= (a service's JWT) or secret= for run time, "
            "admin_auth_token= for init() in CI; a deployment that is open to everybody is used "
            "with client=ConvexClient(url)"
        )
    return _made(connection)


def _made(connection: Connection) -> Views:
    url = connection.get("deployment_url")
    if not url:
        raise ConfigurationError("no deployment URL: pass deployment_url=, or use from_env()")
    timeout = connection.get("timeout", _TIMEOUT)
    if timeout is not None and timeout <= 0:
        raise ConfigurationError(
            f"the timeout must be more than 0 seconds, not {timeout}; None waits for ever"
        )
    token, admin_key = connection.get("auth_token"), connection.get("admin_auth_token")
    convex = ConvexClient(
        url,
        auth=token if admin_key is None else None,
        admin_key=admin_key,
        timeout=timeout,
        allow_http=connection.get("allow_http", False),
        http_client=connection.get("http_client"),
    )
    if admin_key is None:
        return Views(convex, convex, convex)
    admin = convex.acting_as(_ADMIN)
    if token is None and connection.get("secret") is None:
        return Views(convex, admin, admin, admin_at_run_time=True)
    return Views(convex, convex.with_auth(token), admin)


def from_environment(given: Connection) -> Connection:
    """Fill in URL and credentials; see `ConvexAdminClient.from_env`.

    Raises:
        ConfigurationError: there is no URL; it lists what was looked for, and where.
    """
    environment = Environment.with_file(Path.cwd())
    found: dict[str, Any] = {}
    if given.get("deployment_url") is None:
        found["deployment_url"] = environment.url()
    if all(given.get(name) is None for name in _CREDENTIALS):
        found["auth_token"] = environment.find(_TOKEN_NAMES)
        found["admin_auth_token"] = environment.find(ADMIN_KEY_NAMES)
        found["secret"] = environment.find(_SECRET_NAMES)
    return cast("Connection", {**given, **found})
