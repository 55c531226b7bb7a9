"""What the tests of vectors share: requests that are counted, and small indexes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import numpy as np
import orjson
from attrs import define, field
from numpy.typing import NDArray

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, ConvexVector, VectorMatch


@define
class Requests(httpx.AsyncBaseTransport):
    """Passes requests on, and remembers which functions they were for."""

    inner: httpx.AsyncHTTPTransport = field(factory=httpx.AsyncHTTPTransport)
    paths: list[str] = field(factory=list)
    received: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = orjson.loads(await request.aread())
        op = (
            asked["args"][0].get("op")
            if isinstance(asked["args"], list)
            else asked["args"].get("op")
        )
        self.paths.append(asked["path"] if op is None else op)
        response = await self.inner.handle_async_request(request)
        self.received += int(response.headers["content-length"])
        return response

    async def aclose(self) -> None:
        await self.inner.aclose()

    def since(self) -> list[str]:
        """The functions called since this was last asked."""
        paths, self.paths = self.paths, []
        return paths


@asynccontextmanager
async def counted(
    deployment: LocalDeployment, **options: Any
) -> AsyncGenerator[tuple[ConvexVector, Requests]]:
    """Vectors on a deployment, and their requests."""
    requests = Requests()
    async with (
        httpx.AsyncClient(transport=requests) as http,
        ConvexClient(deployment.url, http_client=http) as convex,
    ):
        client = ConvexAdminClient(client=convex)
        yield ConvexVector(id="counted", client=client, **options), requests


def drawn(count: int, dimension: int, seed: int = 1) -> NDArray[np.float32]:
    """Random vectors, as an embedding model gives them."""
    return np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)


def named(count: int) -> list[str]:
    return [f"v{number:05}" for number in range(count)]


def found(matches: Sequence[VectorMatch]) -> list[str]:
    return [match.id for match in matches]


def best(matrix: NDArray[Any], vector: NDArray[Any], top_k: int) -> list[int]:
    """The rows that numpy finds nearest."""
    wide = matrix.astype(np.float64)
    scores = wide @ vector / (np.linalg.norm(wide, axis=1) * np.linalg.norm(vector))
    rows: list[int] = np.argsort(-scores, kind="stable")[:top_k].tolist()
    return rows
