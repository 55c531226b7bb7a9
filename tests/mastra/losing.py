"""A connection that loses replies: the deployment does what it was asked, and nobody hears of it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient


class Losing(httpx.AsyncBaseTransport):
    """Loses the replies to the next mutations; remembers the arguments of all.

    Attributes:
        replies: how many replies to lose.
        requests: how many requests to lose before they arrive.
        sent: the arguments of every mutation, in order.
    """

    def __init__(self) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self.replies = 0
        self.requests = 0
        self.sent: list[dict[str, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/api/mutation":
            return await self._real.handle_async_request(request)
        args = json.loads(await request.aread())["args"]
        self.sent.append(args)
        if self.requests > 0:
            self.requests -= 1
            raise httpx.ReadError("lost before it arrived")
        response = await self._real.handle_async_request(request)
        if self.replies > 0:
            self.replies -= 1
            await response.aread()
            await response.aclose()
            raise httpx.ReadError("lost on the way back")
        return response

    async def aclose(self) -> None:
        await self._real.aclose()


@asynccontextmanager
async def losing_client(
    deployment: LocalDeployment, transport: httpx.AsyncBaseTransport
) -> AsyncGenerator[ConvexAdminClient]:
    """Connect to a deployment through a transport that loses replies."""
    async with (
        httpx.AsyncClient(transport=transport) as http,
        ConvexClient(deployment.url, http_client=http) as convex,
        ConvexAdminClient(client=convex) as client,
    ):
        yield client
