"""Vectors and their indexes as Python has them."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import cmp_using, field, frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CommonEmbeddingDimensions", "VectorIndex", "VectorMatch", "VectorSearchResult"]


class CommonEmbeddingDimensions(IntEnum):
    """How many numbers the vectors of widely used models have."""

    OPENAI_ADA_002 = 1536
    OPENAI_3_SMALL = 1536
    OPENAI_3_LARGE = 3072
    COHERE_V3 = 1024
    VOYAGE_02 = 1024


@frozen(kw_only=True)
class VectorMatch:
    """A stored vector that a query found.

    Attributes:
        id: the vector's id.
        score: its cosine similarity to the query, from -1 to 1.
        metadata: its metadata, a JSON object; None if it was stored without, and text if another
            adapter stored text that is no JSON.
        vector: the vector itself, a 1-D float64 array, if it was asked for.
    """

    id: str
    score: float
    metadata: Any = field(default=None, repr=False)
    vector: NDArray[np.float64] | None = field(
        default=None, repr=False, eq=cmp_using(eq=np.array_equal)
    )


@frozen(kw_only=True)
class VectorIndex:
    """What an index holds.

    Attributes:
        dimension: how many numbers each of its vectors has.
        count: how many vectors are stored.
        metric: how vectors are compared; Convex has the cosine only.
        is_estimate: there are more than `count`, and counting stopped there.
    """

    dimension: int
    count: int
    metric: Literal["cosine"] = "cosine"
    is_estimate: bool = False


@frozen(kw_only=True)
class VectorSearchResult:
    """What a search found, and how.

    Attributes:
        matches: the nearest vectors, best first.
        method: `native` when Convex's vector index was searched, which is approximate;
            `exact` when every vector was compared.
    """

    matches: list[VectorMatch]
    method: Literal["native", "exact"]
