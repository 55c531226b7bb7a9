"""The public names that need numpy, whose import takes longer than that of the whole package."""

from .vectors import ConvexVector, VectorIndex, VectorMatch

__all__ = ["ConvexVector", "VectorIndex", "VectorMatch"]
