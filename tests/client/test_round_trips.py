"""Any Convex value survives our codec, the embedded deployment, and npm `convex/values`."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

import subprocess
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import orjson
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from attrs import asdict
from hypothesis import given, settings
from hypothesis import strategies as st

from aioconvex import UNSET, ConvexClient, Unset
from aioconvex.bindings import BigInt, Namespace, Vector, field, model, mutation, query
from aioconvex.local import LocalDeployment
from aioconvex.local._node import find_node
from aioconvex.values import decode_value, dumps, loads
from unit.strategies import convex_values, int64s, keys

PROJECT = Path(__file__).parents[1] / "local" / "fixtures" / "values" / "convex"
JUDGE = Path(__file__).with_name("npm_values.mjs")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
floats = st.floats(width=64)


@model
class Part:
    n: BigInt
    note: str | None = None


@model
class Everything:
    count: BigInt
    ratio: float
    flag: bool
    title: str
    raw_bytes: bytes
    nothing: None
    numbers: list[BigInt]
    table: dict[str, float | str | None]
    parts: list[Part]
    vector: Vector
    anything: Any
    odd: float | bool | str | bytes | list[str] | None = field("odd-name")
    maybe: str | Unset | None = UNSET


parts = st.builds(Part, n=int64s.map(int), note=st.none() | texts)
models = st.builds(
    Everything,
    count=int64s.map(int),
    ratio=floats,
    flag=st.booleans(),
    title=texts,
    raw_bytes=st.binary(max_size=12),
    nothing=st.none(),
    numbers=st.lists(int64s.map(int), max_size=4),
    table=st.dictionaries(keys, floats | texts | st.none(), max_size=4),
    parts=st.lists(parts, max_size=3),
    vector=st.lists(floats, max_size=6).map(lambda numbers: np.array(numbers, dtype=np.float64)),
    anything=convex_values,
    odd=st.one_of(floats, st.booleans(), texts, st.binary(max_size=4), st.lists(texts), st.none()),
    maybe=st.none() | texts | st.just(UNSET),
)


class Echo(Namespace):
    @query("echo:query")
    def values(self, *, value: list[Any]) -> list[Any]: ...

    @query("echo:query", wire={"models": "value"})
    def models(self, *, models: list[Everything]) -> list[Everything]: ...

    @mutation("echo:mutation", wire={"models": "value"})
    def stored_models(self, *, models: list[Everything]) -> list[Everything]: ...


@pytest.fixture(scope="module")
def portal() -> Generator[BlockingPortal]:
    """An event loop for tests that hypothesis repeats."""
    with start_blocking_portal() as running:
        yield running


@pytest.fixture(scope="module")
def client(portal: BlockingPortal) -> Generator[ConvexClient]:
    """A client of an embedded deployment whose functions answer what they get."""
    with portal.wrap_async_context_manager(LocalDeployment(PROJECT)) as deployment:

        async def connect() -> ConvexClient:
            return ConvexClient(deployment.url)

        with portal.wrap_async_context_manager(portal.call(connect)) as connected:
            yield connected


@pytest.fixture(scope="module")
def judge() -> Generator[Callable[[bytes], bytes]]:
    """What npm's encoder makes of what its decoder makes of a wire text."""
    command = [anyio.run(find_node), str(JUDGE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        to_npm, from_npm = process.stdin, process.stdout
        assert to_npm
        assert from_npm

        def ask(text: bytes) -> bytes:
            to_npm.write(text + b"\n")
            to_npm.flush()
            return from_npm.readline()

        yield ask
        to_npm.close()


def same(first: object, second: object) -> bool:
    """Equality that tells 1 from 1.0 and -0.0 from 0.0, and lets NaN be itself."""
    return repr(sorted_keys(first)) == repr(sorted_keys(second))


def plain(items: list[Any]) -> list[dict[str, Any]]:
    return [asdict(item) for item in items]


def floats_of(value: Any) -> Any:
    """JavaScript writes 1 where others write 1.0."""
    if isinstance(value, dict):
        return {key: floats_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [floats_of(item) for item in value]
    return float(value) if type(value) is int else value


def sorted_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    return [sorted_keys(item) for item in value] if isinstance(value, list) else value


@settings(deadline=None)
@given(convex_values)
def test_our_codec_alone(value: Any) -> None:
    """What is written is read as it was."""
    assert same(loads(dumps(value)), value)


@settings(max_examples=100, deadline=None)
@given(value=convex_values)
def test_npm_agrees(judge: Callable[[bytes], bytes], value: Any) -> None:
    """Both write the same JSON, and read what the other wrote."""
    ours = dumps(value)
    theirs = orjson.loads(judge(ours))
    assert same(decode_value(theirs), value)
    if b'"$float"' not in ours:  # JavaScript has one NaN, IEEE 754 many
        assert floats_of(theirs) == floats_of(orjson.loads(ours))


@settings(max_examples=40, deadline=None)
@given(values=st.lists(convex_values, max_size=20))
def test_untyped_through_a_deployment(
    portal: BlockingPortal, client: ConvexClient, values: list[Any]
) -> None:
    """By path, through every kind of function, and through the database."""
    for call in (client.query, client.mutation, client.action):
        name = call.__name__
        assert same(portal.call(call, f"echo:{name}", {"value": values}), values)
    assert same(portal.call(partial(Echo(client).values, value=values)), values)


@settings(max_examples=40, deadline=None)
@given(given_models=st.lists(models, max_size=3))
def test_typed_through_a_deployment(
    portal: BlockingPortal, client: ConvexClient, given_models: list[Everything]
) -> None:
    """Through bindings: int64, vectors, optional fields and nested models by declaration."""
    api = Echo(client)
    for call in (api.models, api.stored_models):
        got = portal.call(partial(call, models=given_models))
        assert same(plain(got), plain(given_models))
        assert [item.vector.dtype for item in got] == [np.float64] * len(got)
