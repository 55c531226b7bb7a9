"""Convex's protocols without I/O, clock or tasks: plain values in, plain values out."""
