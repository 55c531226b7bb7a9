"""Hypothesis strategies shared by the unit tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from aioconvex import Int64

keys = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8).filter(
    lambda key: not key.startswith("$")
)
int64s = st.integers(-(2**63), 2**63 - 1).map(Int64)
scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(width=64),
    int64s,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.binary(max_size=12),
)
convex_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)
