"""What cannot be sent is said before it is sent, with the place; the client stays usable."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from aioconvex import ConvexClient, Int64
from aioconvex.bindings import BigInt, Namespace, Vector, model, mutation
from aioconvex.errors import ArgumentError
from client.deployment import Stub

pytestmark = pytest.mark.anyio

NAN = float("nan")
MIB = 2**20


def nested(depth: int) -> Any:
    value: Any = 1.0
    for _ in range(depth):
        value = {"a": value}
    return value


def cyclic() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@model
class Point:
    x: BigInt
    when: float


class Api(Namespace):
    @mutation("case:f")
    def put(
        self,
        *,
        n: BigInt = 0,
        points: list[Point] | None = None,
        vector: Vector | None = None,
        x: float = 0.0,
        anything: Any = None,
    ) -> float: ...


UNTYPED: list[tuple[Any, str]] = [
    ({"a": {"big": "x" * (17 * MIB)}, "b": 1}, r"^\$\.a: .*17\d{6} bytes.* 16779216"),
    ({"a": bytes(13 * MIB), "b": 1}, r"^\$\.a: .*bytes"),
    ({"$x": 1}, r"^\$: the key '\$x'"),
    ({"a": [{"$x": 1}]}, r"^\$\.a\[0\]: the key '\$x'"),
    ({"a": ["ok", "\ud800"]}, r"^\$\.a\[1\]: .*lone surrogate"),
    ({"a": {"\ud800": 1}}, r"^\$\.a: the key"),
    (nested(70), r"^\$(\.a){64}: nested deeper than the 64 levels"),
    ({"a": cyclic()}, r"^\$\.a(\[0\])+: nested deeper"),
    ({"a": {"b\x01": 1}}, r"^\$\.a: the key 'b\\x01'"),
    ({"a": {"b\n": 1}}, r"^\$\.a: the key 'b\\n'"),
    ({"a": {"ü": 1}}, r"^\$\.a: the key 'ü'"),
    ({"a": {"k" * 1025: 1}}, r"^\$\.a: the key"),
    ({"a": {5: 1}}, r"^\$\.a: the key 5 is no string"),
    ({"a": datetime(2026, 1, 1)}, r"^\$\.a: datetime .*epoch milliseconds"),  # noqa: DTZ001
    ({"a": datetime(2026, 1, 1, tzinfo=UTC)}, r"^\$\.a: datetime"),
    ({"a": date(2026, 1, 1)}, r"^\$\.a: date .*ISO"),
    ({"a": Decimal(1)}, r"^\$\.a: Decimal"),
    ({"a": UUID(int=1)}, r"^\$\.a: UUID"),
    ({"a": {1, 2}}, r"^\$\.a: set"),
    ({"a": 1j}, r"^\$\.a: complex"),
    ({"a": 2**53 + 1}, r"^\$\.a: .*loses digits"),
    ({"a": [0.0] * 8193}, r"^\$\.a: 8193 elements, but Convex allows 8192"),
    ({"a": np.zeros(8193)}, r"^\$\.a: 8193 elements"),
    ({"a": np.array(["x"])}, r"^\$\.a: .*dtype"),
    ({"a": {f"k{n}": 0 for n in range(1025)}}, r"^\$\.a: 1025 fields, but Convex allows 1024"),
]
TYPED: list[tuple[dict[str, Any], str]] = [
    ({"n": NAN}, r"n: .*int.*nan"),
    ({"n": 1.5}, r"n: .*int"),
    ({"n": True}, r"n: .*int"),
    ({"n": 2**63}, r"n: .*64-bit"),
    ({"points": [Point(x=1, when=1.0), Point(x=NAN, when=1.0)]}, r"points.*\[1\]\.x: "),  # type: ignore[arg-type]
    ({"points": [Point(x=1, when=datetime(2026, 1, 1))]}, r"points.*\[0\]\.when: .*datetime"),  # type: ignore[arg-type]  # noqa: DTZ001
    ({"vector": [[1.0]]}, r"vector: .*1-D"),
    ({"vector": np.zeros(8193)}, r"vector: 8193 elements"),
    ({"x": 2**53 + 1}, r"x: .*loses digits"),
    ({"x": "1"}, r"x: .*float"),
    ({"anything": {"$x": 1}}, r"anything: the key"),
    ({"anything": datetime(2026, 1, 1)}, r"anything: datetime"),  # noqa: DTZ001
    ({"anything": "x" * (17 * MIB)}, r"anything: .*bytes"),
]


@pytest.mark.parametrize(("args", "message"), UNTYPED, ids=[message for _, message in UNTYPED])
async def test_untyped(stub: Stub, args: dict[str, Any], message: str) -> None:
    """The path leads from the arguments to the value."""
    case = stub.case()
    async with ConvexClient(stub.url) as client:
        for call in (client.query, client.mutation, client.action):
            with pytest.raises(ArgumentError, match=message) as caught:
                await call(f"{case}:f", args)
            assert len(str(caught.value)) < 400
        with pytest.raises(ArgumentError):
            await client.query_batch([(f"{case}:f", args)])
        assert await client.mutation(f"{case}:f") == 1.0

    assert len(stub.seen(case).requests) == 1


@pytest.mark.parametrize(("args", "message"), TYPED, ids=[message for _, message in TYPED])
async def test_typed(stub: Stub, args: dict[str, Any], message: str) -> None:
    """The same through bindings, where the declaration says more."""
    stub.case(name="case")
    async with ConvexClient(stub.url) as client:
        with pytest.raises(ArgumentError, match=message) as caught:
            await Api(client).put(**args)
        assert len(str(caught.value)) < 400
        assert await Api(client).put(n=5) == 1.0

    assert len(stub.seen("case").requests) == 1


@pytest.mark.parametrize("args", [["a"], "abc", 5, b"x"])
async def test_arguments_that_are_no_dict(stub: Stub, args: Any) -> None:
    """They are named here; a server would speak of JSON, and on a socket end the connection."""
    case = stub.case()
    async with ConvexClient(stub.url) as client:
        uses: list[Any] = [client.query, client.mutation, client.action]
        uses += [client.live().mutation, client.watch]
        for use in uses:
            with pytest.raises(ArgumentError, match=r"\$: arguments are a dict .*, not "):
                await use(f"{case}:f", args)
        with pytest.raises(ArgumentError, match="dict"):
            await client.query_batch([(f"{case}:f", args)])
    assert stub.seen(case).requests == []


async def test_the_largest_that_may_be_sent_is_sent(stub: Stub) -> None:
    """Just below the limit, on every transport."""
    case = stub.case()
    async with ConvexClient(stub.url) as client:
        assert await client.mutation(f"{case}:f", {"a": "x" * 2**24}) == 1.0

    assert len(stub.seen(case).requests) == 1


@pytest.mark.parametrize("value", [NAN, 1.5, "1", 2**63, -(2**63) - 1, None])
def test_int64_takes_whole_numbers_of_64_bits(value: Any) -> None:
    """Nothing is cut off or guessed."""
    with pytest.raises((TypeError, ValueError, OverflowError)):
        Int64(value)


@pytest.mark.parametrize(
    "path", ["a-b:c", "", "a b", "a:b\n", "../x:y", "ü:f", "a:b:c", "\ud800:f"]
)
async def test_a_path_that_is_none_is_refused(stub: Stub, path: str) -> None:
    """On a socket it would end the whole connection."""
    async with ConvexClient(stub.url) as client:
        with pytest.raises(ArgumentError, match=r"^path: "):
            await client.query(path)
