"""Convex values in Python and on the wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from aioconvex.errors import ArgumentError
from aioconvex.values import Int64, decode_value, dumps, encode_value, loads
from unit.strategies import convex_values

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "value-vectors.json").read_text()
)
BY_NAME = [pytest.param(vector, id=vector["name"]) for vector in VECTORS]


def python_value(vector: dict[str, Any]) -> Any:
    return eval(vector["python_repr"], {"Int64": Int64})


def same(left: Any, right: Any) -> bool:
    """Compare with type, sign of zero and NaN, which `==` does not."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and repr(left) == repr(right)


def test_all_reference_vectors_are_here() -> None:
    """The reference lists 56 vectors."""
    assert len(VECTORS) == 56


@pytest.mark.parametrize("vector", BY_NAME)
def test_encodes_like_convex(vector: dict[str, Any]) -> None:
    """Every reference vector encodes to the JSON that npm `convex` and the server accept."""
    encoded = encode_value(python_value(vector))

    assert json.dumps(encoded, sort_keys=True) == json.dumps(vector["encoded"], sort_keys=True)


@pytest.mark.parametrize("vector", BY_NAME)
def test_decodes_like_convex(vector: dict[str, Any]) -> None:
    """Every reference vector decodes to the exact Python value, its type included."""
    text = json.dumps(vector["encoded"]).encode()

    assert same(loads(text), python_value(vector))
    assert same(decode_value(vector["encoded"]), python_value(vector))


@given(convex_values)
def test_round_trip(value: Any) -> None:
    """Whatever can be sent comes back as the same value."""
    assert same(loads(dumps(value)), value)


@pytest.mark.parametrize(
    ("value", "place", "reason"),
    [
        pytest.param(
            {"a": [{"b": object()}]}, "$.a[0].b", "object is no Convex value", id="object"
        ),
        pytest.param({"a": {1, 2}}, "$.a", "set is no Convex value", id="set"),
        pytest.param(2**53 + 1, "$", "loses digits", id="large-int"),
        pytest.param({"$x": 1}, "$", "key '$x' is not allowed", id="dollar-key"),
        pytest.param({"ü": 1}, "$", "not allowed", id="unicode-key"),
        pytest.param({"a\nb": 1}, "$", "not allowed", id="newline-key"),
        pytest.param({"\x7f": 1}, "$", "not allowed", id="delete-key"),
        pytest.param({"k" * 1025: 1}, "$", "not allowed", id="long-key"),
        pytest.param({3: 1}, "$", "key 3 is no string", id="int-key"),
        pytest.param(["\ud800"], "$[0]", "lone surrogate", id="surrogate"),
        pytest.param([0.0] * 8193, "$", "8193 elements", id="long-array"),
        pytest.param({f"k{n}": 0 for n in range(1025)}, "$", "1025 fields", id="many-fields"),
        pytest.param(np.array(["x"]), "$", "dtype <U1", id="text-array"),
    ],
)
def test_refuses_what_convex_refuses(value: Any, place: str, reason: str) -> None:
    """A bad value is an error with its path, before anything is sent."""
    with pytest.raises(ArgumentError) as caught:
        encode_value(value)

    assert caught.value.path == place
    assert reason in caught.value.reason


def test_refuses_deep_nesting() -> None:
    """Convex allows 64 levels: 64 pass, 65 do not."""
    value: Any = "leaf"
    for _ in range(64):
        value = [value]

    encode_value(value)
    with pytest.raises(ArgumentError, match="64 levels"):
        encode_value([value])


@pytest.mark.parametrize(
    "encoded",
    [
        {"$integer": "AA=="},
        {"$integer": "AQAAAAAAAAA=", "x": 1},
        {"$integer": 5},
        {"$bytes": 5},
        {"$bytes": "a-_b"},
        {"$set": []},
        {"$map": []},
        {"$foo": 1},
        {"a": 1, "$b": 2},
        {"$undefined": None},
    ],
    ids=str,
)
def test_refuses_broken_tags(encoded: Any) -> None:
    """A tag Convex does not write is an error, not a guess."""
    with pytest.raises(ValueError, match=r".+"):
        loads(json.dumps(encoded).encode())


def test_plain_int_is_sent_as_float64() -> None:
    """A plain `int` is a number, as in TypeScript; bool stays bool."""
    assert encode_value([5, True]) == [5.0, True]
    assert dumps([5]) == b"[5.0]"


def test_numpy_arrays_are_sent_as_arrays_of_float64() -> None:
    """Arrays of any number type go out as float64, specials tagged."""
    assert dumps(np.array([1, 2], dtype=np.int32)) == b"[1.0,2.0]"
    assert dumps(np.array([[0.5], [1.5]], dtype=np.float32)) == b"[[0.5],[1.5]]"
    assert dumps(np.arange(6.0)[::2]) == b"[0.0,2.0,4.0]"
    assert dumps(np.array([np.inf])) == b'[{"$float":"AAAAAAAA8H8="}]'
    assert dumps(np.float32(0.5)) == b"0.5"
    assert dumps({"flags": np.array([True])}) == b'{"flags":[true]}'


def test_int64_checks_its_range() -> None:
    """An `Int64` always fits 64 bits."""
    assert Int64(2**63 - 1) == 2**63 - 1
    with pytest.raises(OverflowError, match="64-bit"):
        Int64(2**63)
