"""HTTP actions: requests whose meaning is the user's own. https://docs.convex.dev/functions/http-actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from ._protocol.refusals import unknown_outcome
from ._protocol.url import safe_url
from ._transport.base import HttpRequest, Transport, TransportError
from .errors import ConvexConnectionError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HttpActionReply", "call_http_action"]


@frozen
class HttpActionReply:
    """What an HTTP action answered; headers are looked up without regard to case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes


async def call_http_action(
    transport: Transport, method: str, url: str, content: bytes, headers: Mapping[str, str]
) -> HttpActionReply:
    """Send one request and read its whole answer, whatever its status."""
    path = f"{method} {url.partition('?')[0]}"
    request = HttpRequest(method.upper(), safe_url(url), tuple(headers.items()), content)
    try:
        reply = await transport.send(request)
    except TransportError as error:
        if request.maybe_sent:
            raise unknown_outcome("action", path, error.reason) from None
        raise ConvexConnectionError(path, error.reason) from None
    return HttpActionReply(reply.status, reply.headers, reply.body)
