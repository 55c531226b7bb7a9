"""The public names that need numpy, whose import takes longer than that of the whole package."""

from .native_vectors import ConvexNativeVector, NativeIndex
from .vectors import ConvexVector, VectorIndex, VectorMatch, VectorSearchResult

__all__ = [
    "ConvexNativeVector",
    "ConvexVector",
    "NativeIndex",
    "VectorIndex",
    "VectorMatch",
    "VectorSearchResult",
]
