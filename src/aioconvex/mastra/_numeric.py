"""The public names that need numpy, whose import takes longer than that of the whole package."""

from .native_vectors import ConvexNativeVector, NativeIndex, VectorSearchResult
from .vectors import ConvexVector, VectorIndex, VectorMatch

__all__ = [
    "ConvexNativeVector",
    "ConvexVector",
    "NativeIndex",
    "VectorIndex",
    "VectorMatch",
    "VectorSearchResult",
]
