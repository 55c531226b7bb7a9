"""HTTP actions: requests whose meaning is the user's own. https://docs.convex.dev/functions/http-actions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import anyio
from attrs import field, frozen

from ._protocol.headers import check_header
from ._protocol.refusals import unknown_outcome
from ._transport.base import HttpRequest, Transport, TransportError
from .errors import ArgumentError, ConvexConnectionError, ConvexTimeoutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._auth import Credential, Credentials
    from ._transport.base import Headers

__all__ = ["HttpActionReply", "call_http_action", "http_action_request"]

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")
_PATH: Final = re.compile(r"/[!-~]*")


@frozen
class HttpActionReply:
    """What an HTTP action answered; headers are looked up without regard to case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes


def http_action_request(
    method: str, site: str, path: str, content: bytes, headers: Mapping[str, str]
) -> HttpRequest:
    """Write the request, except for who calls.

    Raises:
        ArgumentError: it cannot be sent like this.
    """
    if method.upper() not in _METHODS:
        raise ArgumentError("method", f"{method!r} is not one of {', '.join(_METHODS)}")
    # Without its slash, a path would become part of the host that gets the token.
    if not _PATH.fullmatch(path):
        raise ArgumentError("path", "expected a slash, then printable ASCII, the rest %-escaped")
    for name, value in headers.items():
        check_header(name, value)
    return HttpRequest(method.upper(), site.rstrip("/") + path, tuple(headers.items()), content)


async def call_http_action(
    transport: Transport, request: HttpRequest, credentials: Credentials, seconds: float | None
) -> HttpActionReply:
    """Send one request and read its whole answer, whatever its status."""
    path = f"{request.method} {request.url.partition('?')[0]}"
    with anyio.move_on_after(seconds):
        request.headers += _bearer_only(await credentials.current(), request.headers)
        try:
            reply = await transport.send(request)
        except TransportError as error:
            if request.maybe_sent:
                raise unknown_outcome("action", path, error.reason) from None
            raise ConvexConnectionError(path, error.reason) from None
        return HttpActionReply(reply.status, reply.headers, reply.body)
    reason = f"no reply within {seconds} s"
    if request.maybe_sent:
        raise unknown_outcome("action", path, reason)
    raise ConvexTimeoutError(path, reason)


def _bearer_only(credential: Credential, given: Headers) -> Headers:
    # An admin key means nothing to an HTTP action, whose code would only get to see it.
    header = credential.header
    if header is None or not header.startswith("Bearer "):
        return ()
    if any(name.lower() == "authorization" for name, _ in given):
        return ()
    return (("Authorization", header),)
