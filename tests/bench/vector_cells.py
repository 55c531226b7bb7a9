"""Exact search of 10,000 vectors of 1,536 numbers: what a repeated query costs.

A repeated query downloads nothing: it asks the embedded deployment for the index's version, and
compares all vectors in memory. It takes turns with a matrix product of numpy, float64 as scores are.
"""

from __future__ import annotations

import resource
import statistics
import sys
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, ConvexVector

FUNCTIONS: Final = Path(__file__).parents[2] / "convex"
VECTORS: Final = 10_000
DIMENSION: Final = 1_536
TOP_K: Final = 10
WARM_UP: Final = 5
CALLS: Final = 100


def shown(done: int, total: int) -> None:
    """Show how far the upload is, beside the result."""
    print(f"\rstored {done:,} of {total:,} vectors", end="", file=sys.stderr, flush=True)


async def vector_cell() -> dict[str, float]:
    """Measure it, and see that each query finds what numpy does."""
    numbers = np.random.default_rng(1)
    matrix = numbers.normal(size=(VECTORS, DIMENSION)).astype(np.float32)
    ids = [f"v{row}" for row in range(VECTORS)]
    async with (
        LocalDeployment(FUNCTIONS) as deployment,
        ConvexClient(deployment.url) as convex,
        ConvexAdminClient(client=convex) as client,
    ):
        vectors = ConvexVector(id="bench", client=client)
        await vectors.create_index(index_name="bench", dimension=DIMENSION)
        started = perf_counter()
        await vectors.upsert(index_name="bench", vectors=matrix, ids=ids, progress=shown)
        stored = perf_counter()
        await vectors.query(index_name="bench", query_vector=matrix[0])
        downloaded = perf_counter()
        query, product = await repeated(vectors, matrix, ids)
    return {
        "upload, s": stored - started,
        "first query, s": downloaded - stored,
        "repeated query, ms": query,
        "matrix product, ms": product,
        "ratio": query / product,
        "peak, MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


async def repeated(
    vectors: ConvexVector, matrix: np.ndarray[tuple[int, ...], np.dtype[np.float32]], ids: list[str]
) -> tuple[float, float]:
    """Median milliseconds of a query and of one matrix product, which take turns."""
    numbers = np.random.default_rng(2)
    wide = matrix.astype(np.float64)
    norms = np.linalg.norm(wide, axis=1)
    queries: list[float] = []
    products: list[float] = []
    for call in range(WARM_UP + CALLS):
        vector = numbers.normal(size=DIMENSION)
        started = perf_counter()
        found = await vectors.query(index_name="bench", query_vector=vector, top_k=TOP_K)
        queried = perf_counter()
        product = wide @ vector
        finished = perf_counter()
        best = np.argsort(-product / norms)[:TOP_K]
        assert [match.id for match in found] == [ids[row] for row in best]
        if call >= WARM_UP:
            queries.append((queried - started) * 1000)
            products.append((finished - queried) * 1000)
    return statistics.median(queries), statistics.median(products)
