"""Our client calls HTTP actions of the embedded deployment."""

from __future__ import annotations

import pytest

from aioconvex.client import ConvexClient
from aioconvex.local import LocalDeployment

pytestmark = pytest.mark.anyio

HOOKS = {
    "http": """
import { httpRouter } from "convex/server";
import { httpAction } from "./_generated/server";

const http = httpRouter();
http.route({
  method: "POST",
  path: "/greet",
  handler: httpAction(async (ctx, request) => {
    const user = await ctx.auth.getUserIdentity();
    const text = `${new URL(request.url).search} ${await request.text()} ${user?.subject}`;
    return new Response(text, { status: 201, headers: { "x-kind": "greeting" } });
  }),
});
export default http;
"""
}


@pytest.mark.parametrize("port", ["site", "api"])
async def test_an_http_action_answers(port: str) -> None:
    async with LocalDeployment(functions=HOOKS, mint_tokens=True) as deployment:
        site = deployment.site_url if port == "site" else None
        token = await deployment.mint_token("ann")
        async with ConvexClient(deployment.url, auth=token) as client:
            reply = await client.http_action("POST", "/greet?q=1", content=b"hello", site=site)

    assert (reply.status, reply.body) == (201, b"?q=1 hello ann")
    assert reply.headers["x-kind"] == "greeting"


async def test_a_path_without_a_route_is_not_found() -> None:
    async with (
        LocalDeployment(functions=HOOKS) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        reply = await client.http_action("GET", "/greet")

    assert (reply.status, reply.body) == (404, b"No HttpAction routed for /greet")
