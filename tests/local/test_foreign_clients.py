"""Other people's clients get from the embedded deployment what ours gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import anyio
import anyio.to_thread
import pytest
from convex import ConvexError
from convex.http_client import ConvexHttpClient
from convex.values import convex_to_json, json_to_convex

from aioconvex.client import ConvexClient
from aioconvex.errors import ApplicationError
from aioconvex.local import LocalDeployment
from aioconvex.local._node import find_node
from aioconvex.values import decode_value, encode_value

pytestmark = pytest.mark.anyio

VECTORS: dict[str, Any] = {
    vector["name"]: vector["encoded"]
    for vector in json.loads(
        (Path(__file__).parents[1] / "fixtures" / "value-vectors.json").read_text()
    )
}
KINDS: tuple[Literal["query", "mutation", "action"], ...] = ("query", "mutation", "action")
FAILURE: dict[str, Any] = {"code": "TOO_LOUD", "limit": 11.0, "words": ["a", None]}
CLIENT = Path(__file__).parent / "fixtures" / "values" / "client.mjs"


async def test_ours(values_project: Path) -> None:
    async with (
        LocalDeployment(values_project) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        for kind in KINDS:
            for name, encoded in VECTORS.items():
                send = getattr(client, kind)
                value = await send(f"echo:{kind}", {"value": decode_value(encoded)})
                assert (kind, name, encode_value(value)) == (kind, name, encoded)
        with pytest.raises(ApplicationError) as caught:
            await client.query("echo:fail", {"value": FAILURE})

    assert caught.value.data == FAILURE


async def test_npm(values_project: Path) -> None:
    async with LocalDeployment(values_project) as deployment:
        told = {"url": deployment.url, "vectors": VECTORS, "data": FAILURE}
        done = await anyio.run_process(
            [await find_node(), str(CLIENT)], input=json.dumps(told).encode(), stderr=None
        )
    got = json.loads(done.stdout)

    assert got.pop("failure") == {"data": FAILURE}
    assert got == dict.fromkeys(KINDS, VECTORS)


async def test_pypi(values_project: Path) -> None:
    async with LocalDeployment(values_project) as deployment:
        await anyio.to_thread.run_sync(echo_with_pypi, deployment.url)


def echo_with_pypi(url: str) -> None:
    client = ConvexHttpClient(url)
    for kind in KINDS:
        send = getattr(client, kind)
        for name, encoded in VECTORS.items():
            value = send(f"echo:{kind}", {"value": json_to_convex(encoded)})
            assert (kind, name, convex_to_json(value)) == (kind, name, encoded)
    with pytest.raises(ConvexError) as caught:
        client.query("echo:fail", {"value": FAILURE})
    assert caught.value.data == FAILURE
