"""Vectors: filters over their metadata, exact search, and the two ways to reach what is stored."""
