"""Exact search of 10,000 vectors of 1,536 numbers: what a repeated query costs.

A repeated query downloads nothing: it asks the embedded deployment for the index's version, and
compares all vectors in memory. Read the ratio to one matrix product of numpy, float64 as scores are,
which takes turns with it; the milliseconds are the machine's.
"""

from __future__ import annotations

import resource
import statistics
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
LIMIT: Final = 2.0


def shown(done: int, total: int) -> None:
    """Show how far the upload is."""
    print(f"\rstored {done:,} of {total:,} vectors", end="", flush=True)


async def local_vectors() -> bool:
    """Measure it; whether a repeated query keeps its ratio, and finds what numpy does."""
    numbers = np.random.default_rng(1)
    matrix = numbers.normal(size=(VECTORS, DIMENSION)).astype(np.float32)
    wide = matrix.astype(np.float64)
    norms = np.linalg.norm(wide, axis=1)
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
        print(f" in {perf_counter() - started:.1f} s")

        started = perf_counter()
        await vectors.query(index_name="bench", query_vector=wide[0])
        print(f"first query, which downloads them: {perf_counter() - started:.1f} s")

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
    query, product_time = statistics.median(queries), statistics.median(products)
    ratio = query / product_time
    met = ratio <= LIMIT
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"repeated query {query:.2f} ms, one matrix product {product_time:.2f} ms; peak {peak} MiB"
    )
    print(f"a repeated query: {ratio:.2f} products (at most {LIMIT}): {'met' if met else 'MISSED'}")
    return met
