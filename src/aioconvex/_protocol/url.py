"""Deployment URLs: checked once, so that no credential is ever sent in the clear."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from aioconvex.errors import ConfigurationError

__all__ = ["deployment_url", "is_loopback", "safe_url", "site_url"]

_CLOUD: Final = ".convex.cloud"
_SITE: Final = ".convex.site"
_URL: Final = re.compile(r"[!-~]+")
_EXAMPLE: Final = "such as https://happy-animal-123.convex.cloud or http://127.0.0.1:3210"


def deployment_url(url: str, *, allow_http: bool = False) -> str:
    """Check a deployment's URL and cut it to its origin, without trailing slashes.

    Raises:
        ConfigurationError: it is no http(s) URL, holds credentials, a path, a query or a fragment,
            or is plain http to another machine, unless `allow_http` says that this is wanted.
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
    if parts.scheme == "http" and not (allow_http or is_loopback(parts.hostname)):
        raise ConfigurationError(f"{url.strip()!r} would send credentials in the clear; use https")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def is_loopback(host: str) -> bool:
    """Tell whether a host name is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def safe_url(url: str, *, allow_http: bool = False) -> str:
    """Check a URL that is itself a permission, such as an upload URL; it is not shown in errors.

    Raises:
        ConfigurationError: it is no https URL, nor one of this machine, unless `allow_http` says
            that plain http is wanted.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError("expected a URL of the deployment") from None
    if not host or not _URL.fullmatch(url) or parts.username is not None:
        raise ConfigurationError("expected a URL of the deployment")
    if parts.scheme == "https" or (parts.scheme == "http" and (allow_http or is_loopback(host))):
        return url
    raise ConfigurationError("expected an https URL: plain http would show it to the network")


def site_url(origin: str) -> str:
    """Guess where a deployment serves its HTTP actions; custom domains cannot be guessed."""
    if origin.endswith(_CLOUD):
        return f"{origin.removesuffix(_CLOUD)}{_SITE}"
    return f"{origin}/http"
