"""What the stub answers, and the replies that are decoded."""

from __future__ import annotations

import random
from typing import Any, Final

import orjson

from aioconvex import Int64
from aioconvex.values import encode_value

TINY_VALUE: Final = {"_id": "k17b6x2q9f4t8m3n5p7r1s0v2w", "done": False, "text": "water the plants"}
TINY: Final = orjson.dumps({"status": "success", "value": TINY_VALUE, "logLines": []})
TINY_PATH: Final = "tasks:get"
TINY_ARGS: Final[dict[str, Any]] = {"id": "k17b6x2q9f4t8m3n5p7r1s0v2w"}

WORDS: Final = ("the", "plan", "is", "to", "water", "every", "plant", "before", "we", "leave")


def reply(value: object) -> bytes:
    """The body of a successful reply."""
    return orjson.dumps({"status": "success", "value": value, "logLines": []})


def page(size: int, *, int64: bool = False) -> bytes:
    """A reply with chat messages of 17 fields, about 800 bytes each."""
    return reply(rows_of(size, int64=int64))


def rows_of(size: int, *, int64: bool = False) -> list[dict[str, Any]]:
    """Chat messages, always the same."""
    numbers = random.Random(size)
    return [_message(numbers, row, int64=int64) for row in range(size)]


def _message(numbers: random.Random, row: int, *, int64: bool) -> dict[str, Any]:
    created = 1_764_000_000_000.0 + row * 1000.5
    return {
        "_id": f"j97{row:029d}",
        "_creationTime": created,
        "messageId": f"0b7c1f0e-5d7e-4b6c-8a55-{row:012d}",
        "threadId": "6f1b2a52-21f7-4b5e-9b7a-0d4f4a3c1e9b",
        "resourceId": "user-48213" if row % 3 else None,
        "role": "assistant" if row % 2 else "user",
        "kind": "v2",
        "status": "complete",
        "model": "claude-sonnet-4",
        "createdAt": created,
        "updatedAt": created + 12.25,
        "sequence": encode_value(Int64(row)) if int64 else float(row),
        "edited": False,
        "rating": None,
        "author": {"id": "user-48213", "name": "Ada Lovelace", "avatarUrl": None},
        "content": {"format": 2.0, "parts": [_text(numbers), _tool(numbers)]},
        "usage": {"inputTokens": 512.0, "outputTokens": 128.0, "cachedTokens": 0.0},
    }


def _text(numbers: random.Random) -> dict[str, Any]:
    return {"type": "text", "text": " ".join(numbers.choices(WORDS, k=30))}


def _tool(numbers: random.Random) -> dict[str, Any]:
    return {
        "type": "tool",
        "toolName": "search",
        "callId": f"call-{numbers.randrange(10**9)}",
        "output": " ".join(numbers.choices(WORDS, k=8)),
    }


def vectors(rows: int, size: int) -> list[list[float]]:
    """Embeddings, as float32 that became JSON."""
    numbers = random.Random(rows)
    return [[round(numbers.gauss(0, 0.03), 9) for _ in range(size)] for _ in range(rows)]


def vector_page(rows: int, size: int) -> bytes:
    """A reply with documents that hold an embedding each."""
    found = vectors(rows, size)
    return reply([{"_id": f"v{row:031d}", "embedding": item} for row, item in enumerate(found)])
