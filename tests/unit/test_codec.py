"""Convex values and declared types."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Never, NewType

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioconvex import UNSET, Count, Int64, Unset
from aioconvex._codec import WrongValue, camel, decode, encoder
from aioconvex.bindings import INT64, BigInt, Dimensions, Exactly, Vector
from aioconvex.bindings import field as _field
from aioconvex.bindings import model as _model
from aioconvex.errors import DecodeError
from aioconvex.values import dumps
from unit.strategies import convex_values

UserId = NewType("UserId", str)


@_model
class Text:
    kind: Literal["text"]
    body: str


@_model
class Image:
    kind: Literal["image"]
    width: float
    alt_text: str | None = None


@_model
class Small:
    a: float


@_model
class Large:
    a: float
    b: float


@_model
class Row:
    id_: UserId = _field("_id")
    id: str
    any_: Any | Unset = _field("any", default=UNSET)
    note: str | Unset | None = UNSET
    embedding: Vector | None = None
    parts: list[Text | Image]


ROUND_TRIPS: list[Any] = [
    pytest.param(float, 1.5, 1.5, id="float"),
    pytest.param(float, 2, 2.0, id="int-as-float"),
    pytest.param(BigInt, 5, Int64(5), id="int64"),
    pytest.param(BigInt | float, 5, Int64(5), id="int64-or-float-int"),
    pytest.param(BigInt | float, 5.0, 5.0, id="int64-or-float-float"),
    pytest.param(list[BigInt], [1, 2], [Int64(1), Int64(2)], id="int64-in-list"),
    pytest.param(dict[str, BigInt], {"a b": 1}, {"a b": Int64(1)}, id="record"),
    pytest.param(dict[UserId, bytes], {UserId("u"): b"x"}, {"u": b"x"}, id="id-record"),
    pytest.param(Literal[1], 1, 1.0, id="number-literal"),
    pytest.param(Annotated[Literal[5], INT64], 5, Int64(5), id="int64-literal"),
    pytest.param(
        Annotated[Literal[1, 2**53 + 1, 2**63 - 1], INT64],
        2**53 + 1,
        Int64(2**53 + 1),
        id="int64-literal-that-is-no-float",
    ),
    pytest.param(Annotated[float, Exactly(1.5)], 1.5, 1.5, id="float-literal"),
    pytest.param(Literal[True, "x"], True, True, id="mixed-literal"),
    pytest.param(str | None, None, None, id="null"),
    pytest.param(list[str] | list[float], [1.0], [1.0], id="union-of-lists"),
    pytest.param(list[str] | dict[str, float] | str, {"a": 1.0}, {"a": 1.0}, id="union-by-kind"),
    pytest.param(None, None, None, id="none"),
    pytest.param(Any, {"n": Int64(1)}, {"n": Int64(1)}, id="any"),
    pytest.param(
        Text | Image, Image(kind="image", width=3), {"kind": "image", "width": 3.0}, id="tagged"
    ),
    pytest.param(Small | Large, Large(a=1, b=2), {"a": 1.0, "b": 2.0}, id="untagged"),
    pytest.param(Small | Large, Small(a=1), {"a": 1.0}, id="untagged-small"),
    pytest.param(
        Small | dict[str, float], {"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 2.0}, id="object-or-record"
    ),
    pytest.param(Small | dict[str, float], Small(a=1), {"a": 1.0}, id="record-or-object"),
    pytest.param(
        Count, Count(count=3, is_estimate=False), {"count": 3.0, "isEstimate": False}, id="count"
    ),
]


@pytest.mark.parametrize(("kind", "value", "wire"), ROUND_TRIPS)
def test_round_trip(kind: Any, value: Any, wire: Any) -> None:
    """A value travels as its type says and comes back equal, with the same Python type."""
    encoded = encoder(kind)(value)

    assert repr(encoded) == repr(wire)
    decoded = decode(orjson.loads(dumps(encoded)), kind, "a:b")
    assert decoded == value
    assert type(decoded) in {type(value), float}


def test_a_model_leaves_out_what_is_absent() -> None:
    """Defaults are never sent; null is sent where the validator admits it."""
    row = Row(id_=UserId("x"), id="y", note=None, parts=[])

    assert encoder(Row)(row) == {"_id": "x", "id": "y", "note": None, "parts": []}
    assert decode({"_id": "x", "id": "y", "parts": []}, Row, "a:b").note is UNSET


def test_vectors_are_float64_arrays_and_compare_by_content() -> None:
    """float32 is widened; equality of documents looks into the array."""
    narrow: Any = np.ones(2, np.float32)
    wire = encoder(Row)(Row(id_=UserId("x"), id="y", parts=[], embedding=narrow))

    assert dumps(wire["embedding"]) == b"[1.0,1.0]"
    first, second = (decode({**wire, "embedding": [1.0, 1.0]}, Row, "a:b") for _ in range(2))
    assert first.embedding.dtype == np.float64
    assert first == second
    assert first != decode({**wire, "embedding": [1.0, 2.0]}, Row, "a:b")


@pytest.mark.parametrize("value", [[1, 2], (1.0, 2.0), np.array([1, 2])], ids=str)
def test_vectors_accept_sequences(value: Any) -> None:
    """A list or tuple of numbers is as good as an array."""
    assert dumps(encoder(Vector)(value)) == b"[1.0,2.0]"


def test_a_vector_of_other_dimensions_is_refused_before_sending_but_can_be_read() -> None:
    """No vector search would find it; what is stored already must not become unreadable."""
    kind: Any = Annotated[Vector, Dimensions(3)]
    kind |= None

    assert dumps(encoder(kind)([1, 2, 3])) == b"[1.0,2.0,3.0]"
    with pytest.raises(WrongValue, match=r"^2 numbers, but its vector index has 3 dimensions$"):
        encoder(kind)(np.ones(2))
    assert decode([1.0, 2.0], kind, "a:b").tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str, 1),
        (float, "1"),
        (float, True),
        (float, 2**53 + 1),
        (BigInt, 1.0),
        (BigInt, True),
        (BigInt, 2**63),
        (bool, 1),
        (bytes, "x"),
        (list[str], "abc"),
        (dict[str, str], [("a", "b")]),
        (Literal[1], True),
        (Literal[True], 1),
        (Literal["a"], "b"),
        (Literal["a"], ["a"]),
        (Annotated[float, Exactly(1.5)], 1.0),
        (Vector, [[1.0]]),
        (Vector, "12"),
        (Vector, ["x"]),
        (Text, {"kind": "text", "body": "b"}),
        (Text | Image, Small(a=1)),
        (str | None, 1),
        (Never, None),
        (Unset, UNSET),
    ],
    ids=str,
)
def test_wrong_values_are_refused_before_sending(kind: Any, value: Any) -> None:
    """No conversion is guessed: what the validator would refuse is refused here."""
    with pytest.raises(WrongValue):
        encoder(kind)(value)


def test_an_error_lists_no_more_than_one_can_read() -> None:
    """Unions of hundreds of literals or objects are common; the first few say what is meant."""
    many = Literal[tuple(f"k{number}" for number in range(400))]  # type: ignore[valid-type]  # made at run time

    with pytest.raises(
        WrongValue, match=r"'k0' or 'k1' or .* or 'k9' or one of 390 more, got int 5$"
    ):
        encoder(many)(5)
    with pytest.raises(DecodeError, match=r"'k9' or one of 390 more, got float 5\.0"):
        decode(5.0, many, "a:f")


def test_a_wrong_value_says_where() -> None:
    """The trail leads from the outside to the bad value."""
    row = Row(id_=UserId("x"), id="y", parts=[Text(kind="text", body=3)])  # type: ignore[arg-type]

    with pytest.raises(WrongValue, match="expected str, got int 3") as caught:
        encoder(list[Row])([row])

    assert "".join(reversed(caught.value.trail)) == "[0].parts[0].body"


@pytest.mark.parametrize(
    ("wire", "reasons"),
    [
        (5.0, ["expected Row, got float 5.0 @ $"]),
        ({"id": "y", "parts": []}, ["required field missing @ $.id_"]),
        (
            {"_id": "x", "id": 1.0, "parts": [{"kind": "text", "body": None}]},
            [
                "expected str, got float 1.0 @ $.id",
                "expected str, got NoneType None @ $.parts[0].body",
            ],
        ),
        (
            {"_id": "x", "id": "y", "parts": [{"kind": "video"}]},
            ["expected Text or Image, got dict {'kind': 'video'} @ $.parts[0]"],
        ),
        (
            {"_id": "x", "id": "y", "parts": [], "embedding": ["x"]},
            ["expected float, got str 'x' @ $.embedding"],
        ),
    ],
)
def test_a_reply_of_another_type_names_every_bad_place(wire: Any, reasons: list[str]) -> None:
    """A decode error has one line per bad value, with its path."""
    with pytest.raises(DecodeError) as caught:
        decode(wire, Row, "a:b")

    assert caught.value.reasons == reasons


def test_unknown_fields_are_ignored() -> None:
    """A newer deployment may send more than the bindings know."""
    assert decode({"a": 1.0, "new": 2.0}, Small, "a:b") == Small(a=1)


def test_an_untagged_object_goes_to_the_arm_that_knows_its_fields() -> None:
    """Keys decide; extra ones do not mislead."""
    assert decode({"a": 1.0, "b": 2.0, "c": 3.0}, Small | Large, "a:b") == Large(a=1, b=2)


@given(convex_values, st.sampled_from([Row, Text | Image, list[str], BigInt | None, Count, Never]))
def test_decoding_never_raises_anything_else(value: Any, kind: Any) -> None:
    """Whatever comes, it is a value of the type or a `DecodeError`."""
    try:
        decode(orjson.loads(dumps(value)), kind, "a:b")
    except DecodeError as error:
        assert error.reasons


@pytest.mark.parametrize(
    ("name", "wire"), [("thread_id", "threadId"), ("x1", "x1"), ("a", "a"), ("a_b_c", "aBC")]
)
def test_camel(name: str, wire: str) -> None:
    """The one rule from Python names to wire names."""
    assert camel(name) == wire
