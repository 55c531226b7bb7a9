"""Both sides of the interop tests, the values they exchange, and how each spells them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import frozen

from aioconvex.mastra import (
    ConvexStore,
    ConvexVector,
    MemoryConvex,
    Message,
    ScoresConvex,
    Thread,
    WorkflowsConvex,
)
from mastra.early_rows import Writer
from mastra.npm import Npm

START = datetime(2024, 2, 29, 23, 59, 59, 120_000, UTC)

Json = dict[str, Any]

# Objects whose keys Convex takes.
PLAIN: dict[str, Json] = {
    "empty": {},
    "flat": {"category": "tech", "rank": 3, "ratio": 0.25, "open": True},
    "null": {"a": None, "b": [None, 1]},
    "deep": {"a": {"b": [{"c": "d"}, [1, [2.5]]]}},
    "non-ascii": {"name": "Zoë 🌍 東京", "rtl": "שלום\u200f", "control": "tab\tnul\u0000"},
    "numbers": {"zero": 0, "big": 2**53, "negative": -1.5e-7, "epoch": 1_700_000_000_000},
}
# Objects with any keys, for what is stored as text.
# What Convex takes as text only.
REFUSED: dict[str, Json] = {
    "dollar": {"$schema": "http://json-schema.org", "a": {"$ref": "#/x", "$integer": "AQ=="}},
    "odd-keys": {"": "empty", "ключ": "value", "_id": 1, "a b": {"é": []}, "constructor": 1},
    "half-a-character": {"a": ["\ud83d", {"b": "\udc0b\ud83d"}], "whole": "🐋"},
}
ANY_KEYS: dict[str, Json] = {**PLAIN, **REFUSED}

plain = pytest.mark.parametrize("value", PLAIN.values(), ids=PLAIN)
refused = pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
any_keys = pytest.mark.parametrize("value", ANY_KEYS.values(), ids=ANY_KEYS)


@frozen
class Pair:
    """Both sides, and the tables themselves."""

    us: ConvexStore
    npm: Npm
    writer: Writer

    @property
    def memory(self) -> MemoryConvex:
        return self.us.memory

    @property
    def workflows(self) -> WorkflowsConvex:
        return self.us.workflows

    @property
    def scores(self) -> ScoresConvex:
        return self.us.scores

    def vectors(self) -> ConvexVector:
        """Ours; it has seen nothing yet."""
        return ConvexVector(id="interop", client=self.writer.client)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"


def thread(id_: str = "t", seconds: float = 0, **fields: Any) -> Thread:
    return Thread(
        **{
            "id": id_,
            "resource_id": "ada",
            "title": "Tea ☕",
            "created_at": after(seconds),
            **fields,
        }
    )


def their_thread(ours: Thread) -> Json:
    """A thread as the npm package takes and gives it."""
    return {
        "id": ours.id,
        "resourceId": ours.resource_id,
        "title": ours.title,
        "metadata": ours.metadata,
        "createdAt": ours.created_at,
        "updatedAt": ours.updated_at,
    }


def message(id_: str, content: Any, seconds: float = 0, **fields: Any) -> Message:
    base = {"thread_id": "t", "resource_id": "ada", "role": "user", "created_at": after(seconds)}
    return Message(**{"id": id_, "content": content, **base, **fields})


def their_message(ours: Message) -> Json:
    return {
        "id": ours.id,
        "threadId": ours.thread_id,
        "resourceId": ours.resource_id,
        "role": ours.role,
        "type": ours.type,
        "content": ours.content,
        "createdAt": ours.created_at,
    }


def text(said: str, **metadata: Any) -> Json:
    """Content of the second format, which the npm package gives back whole."""
    content: Json = {"format": 2, "parts": [{"type": "text", "text": said}]}
    return {**content, "metadata": metadata} if metadata else content


def sent(value: Any) -> Any:
    """What JSON makes of a value: dates become text."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return {key: sent(item) for key, item in value.items()}
    if isinstance(value, list):
        return [sent(item) for item in value]
    return value


def seen(row: Json) -> Json:
    """What the npm package gives, without Convex's own fields, which it leaks."""
    return {key: item for key, item in row.items() if not key.startswith("_")}


def ids(rows: list[Json]) -> list[str]:
    return [row["id"] for row in rows]
