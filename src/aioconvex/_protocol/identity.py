"""The `Authorization` header: a user's token, an admin key, or an admin acting as a user."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import orjson

from aioconvex.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["admin_header", "user_header"]


def user_header(token: str) -> str:
    """Write the header of a user's or service's JWT.

    Raises:
        ConfigurationError: the token has characters that no token has.
    """
    return f"Bearer {_checked('auth', token)}"


def admin_header(admin_key: str, acting_as: Mapping[str, Any] | None = None) -> str:
    """Write the header of an admin, who may act as a user.

    Args:
        admin_key: as a whole, with everything before its `|`.
        acting_as: the user's identity as `ctx.auth.getUserIdentity()` returns it; it needs
            `tokenIdentifier`, or `issuer` and `subject`.

    Raises:
        ConfigurationError: the key has characters that no key has, or the identity is incomplete or
            no JSON.
    """
    key = _checked("admin_key", admin_key)
    if acting_as is None:
        return f"Convex {key}"
    if not ("tokenIdentifier" in acting_as or {"issuer", "subject"} <= acting_as.keys()):
        raise ConfigurationError("acting_as needs tokenIdentifier, or issuer and subject")
    try:
        identity = orjson.dumps(dict(acting_as))
    except TypeError:
        raise ConfigurationError("acting_as is not JSON") from None
    return f"Convex {key}:{b64encode(identity).decode('ascii')}"


def _checked(name: str, secret: str) -> str:
    secret = secret.strip()
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        # The value itself must not be shown, not even a broken one.
        raise ConfigurationError(f"{name} is empty or has characters that it never has")
    return secret
