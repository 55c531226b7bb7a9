"""Resources (§4.1), on both kinds of server functions."""

from __future__ import annotations

from typing import Any

import pytest

from aioconvex.errors import ArgumentError
from aioconvex.mastra import MemoryConvex, Resource
from mastra.memory import at

pytestmark = pytest.mark.anyio

ODD = {"$schema": "x", "schlüssel": [1, {"$deep": None}], "n": 1}


def resource(**given: Any) -> Resource:
    return Resource(**{"id": "ada", "created_at": at(1), "updated_at": at(2), **given})


async def test_4_1_save_resource_returns_it_and_get_finds_it(memory: MemoryConvex) -> None:
    assert await memory.get_resource_by_id(resource_id="ada") is None
    given = resource(working_memory="# Ada", metadata={"a": {"b": [1, None]}})
    assert await memory.save_resource(resource=given) is given
    assert await memory.get_resource_by_id(resource_id="ada") == given


async def test_5_13_a_resource_without_working_memory_can_be_saved(memory: MemoryConvex) -> None:
    given = resource()
    await memory.save_resource(resource=given)
    assert await memory.get_resource_by_id(resource_id="ada") == given


async def test_4_1_save_resource_again_leaves_what_it_does_not_give(memory: MemoryConvex) -> None:
    await memory.save_resource(resource=resource(working_memory="kept", metadata={"a": 1}))
    await memory.save_resource(resource=resource(metadata={"b": 2}, updated_at=at(3)))
    expected = resource(working_memory="kept", metadata={"b": 2}, updated_at=at(3))
    assert await memory.get_resource_by_id(resource_id="ada") == expected


async def test_4_1_update_resource_creates_it_when_missing(memory: MemoryConvex) -> None:
    created = await memory.update_resource(resource_id="ada", working_memory="new")
    assert (created.working_memory, created.metadata) == ("new", {})
    assert created.created_at == created.updated_at > at(0)
    assert await memory.get_resource_by_id(resource_id="ada") == created


async def test_4_1_update_resource_merges_and_keeps_what_is_not_given(
    memory: MemoryConvex,
) -> None:
    saved = resource(working_memory="old", metadata={"a": {"x": 1}, "b": 1})
    await memory.save_resource(resource=saved)
    merged = await memory.update_resource(resource_id="ada", metadata={"a": {"y": 2}})
    assert (merged.working_memory, merged.metadata) == ("old", {"a": {"y": 2}, "b": 1})
    written = await memory.update_resource(resource_id="ada", working_memory="new")
    assert (written.working_memory, written.metadata) == ("new", {"a": {"y": 2}, "b": 1})
    assert written.created_at == at(1)
    assert written.updated_at > at(2)
    assert await memory.get_resource_by_id(resource_id="ada") == written


async def test_4_1_an_empty_working_memory_is_a_value(memory: MemoryConvex) -> None:
    await memory.save_resource(resource=resource(working_memory="old"))
    updated = await memory.update_resource(resource_id="ada", working_memory="")
    assert updated.working_memory == ""
    assert await memory.get_resource_by_id(resource_id="ada") == updated


async def test_5_14_metadata_of_resources_may_have_any_keys(memory: MemoryConvex) -> None:
    created = await memory.update_resource(resource_id="ada", metadata=ODD)
    assert created.metadata == ODD
    updated = await memory.update_resource(resource_id="ada", metadata={"$more": 1, "n": 2})
    assert updated.metadata == {**ODD, "$more": 1, "n": 2}
    assert updated.created_at == created.created_at
    assert await memory.get_resource_by_id(resource_id="ada") == updated
    saved = resource(metadata=ODD)
    await memory.save_resource(resource=saved)
    assert await memory.get_resource_by_id(resource_id="ada") == saved


@pytest.mark.parametrize(
    "given",
    [
        {"resource_id": ""},
        {"working_memory": 1},
        {"metadata": [1]},
        {"metadata": {"a": float("nan")}},
        {"metadata": {"a": b""}},
    ],
    ids=str,
)
async def test_a_resource_that_cannot_be_stored_is_refused_before_any_call(
    given: dict[str, Any],
) -> None:
    memory = MemoryConvex(deployment_url="https://nowhere.convex.cloud", secret="s")
    with pytest.raises(ArgumentError):
        await memory.update_resource(**{"resource_id": "ada", **given})
    named = {("id" if name == "resource_id" else name): value for name, value in given.items()}
    with pytest.raises(ArgumentError):
        await memory.save_resource(resource=resource(**named))
