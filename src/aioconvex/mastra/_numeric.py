"""The public names that need numpy, whose import takes longer than that of the whole package."""

from ._vectors.models import CommonEmbeddingDimensions
from .native_vectors import ConvexNativeVector, NativeIndex
from .vectors import ConvexVector, VectorIndex, VectorMatch, VectorSearchResult

__all__ = [
    "CommonEmbeddingDimensions",
    "ConvexNativeVector",
    "ConvexVector",
    "NativeIndex",
    "VectorIndex",
    "VectorMatch",
    "VectorSearchResult",
]
