"""Deployment URLs: checked once, so that no credential is ever sent in the clear."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from aioconvex.errors import ConfigurationError

__all__ = ["deployment_url", "is_loopback"]

_EXAMPLE: Final = "such as https://happy-animal-123.convex.cloud or http://127.0.0.1:3210"


def deployment_url(url: str) -> str:
    """Check a deployment's URL and cut it to its origin, without trailing slashes.

    Raises:
        ConfigurationError: it is no http(s) URL, holds credentials, a path, a query or a fragment,
            or is plain http to another machine.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ConfigurationError(
            f"the deployment URL is malformed; expected one {_EXAMPLE}"
        ) from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("the deployment URL holds credentials; pass auth= or admin_key=")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"{url.strip()!r} is no deployment URL {_EXAMPLE}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{url.strip()!r} has more than an origin; expected one {_EXAMPLE}"
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigurationError(f"{url.strip()!r} would send credentials in the clear; use https")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def is_loopback(host: str) -> bool:
    """Tell whether a host name is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
