"""Control calls to a running server: one HTTP request each, from any event loop."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import httpx

from aioconvex.errors import LocalDeploymentError

if TYPE_CHECKING:
    from ._process import Ready

__all__ = ["post"]


async def post(ready: Ready, endpoint: str, body: object) -> Any:
    """Call `/_local/<endpoint>` with the admin key; returns the reply's JSON.

    Raises:
        LocalDeploymentError: the server refused, with its own code and message.
        httpx.TransportError: no reply came, most likely because the server is gone.
    """
    async with _client(ready) as client:
        reply = await client.post(f"/_local/{endpoint}", json=body)
    if not reply.is_success:
        raise _refusal(endpoint, reply)
    return reply.json()


def _client(ready: Ready) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=ready.url,
        headers={"Authorization": f"Convex {ready.admin_key}"},
        timeout=httpx.Timeout(10, read=None),  # a push may bundle and backfill for long
        trust_env=False,  # a proxy cannot reach this machine's loopback
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # never used; the default costs 20 ms
    )


def _refusal(endpoint: str, reply: httpx.Response) -> LocalDeploymentError:
    try:
        said: Any = reply.json()
        return LocalDeploymentError(said["code"], said["message"])
    except (ValueError, TypeError, KeyError):
        return LocalDeploymentError(
            "ControlFailed",
            f"/_local/{endpoint} answered HTTP {reply.status_code}: {reply.text[:200]}",
        )
