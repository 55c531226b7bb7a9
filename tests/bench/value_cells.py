"""Replies to values and back: CPU seconds for one."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import process_time
from typing import Any, Final, TypeAlias

import orjson

from bench import payloads

Work: TypeAlias = Callable[[], Any]

ROWS: Final = 1000
VECTORS: Final = 100
DIMENSIONS: Final = 1536


def loads(text: bytes) -> Work:
    """The JSON alone."""
    return lambda: orjson.loads(text)


def untyped(text: bytes) -> Work:
    """A reply as an untyped call reads it."""
    from aioconvex._protocol.http import Call, read_reply  # noqa: PLC0415  # the cell's own

    call = Call("query", "messages:list", {})
    return lambda: read_reply(call, 200, text).value()


def typed(kind: Any, text: bytes) -> Work:
    """A reply as a call through bindings reads it."""
    from aioconvex._codec import decode  # noqa: PLC0415
    from aioconvex._protocol.http import Call, read_reply  # noqa: PLC0415

    call = Call("query", "messages:list", {})
    return lambda: decode(read_reply(call, 200, text).wire, kind, call.path)


def page_loads() -> Work:
    return loads(payloads.page(ROWS))


def page_untyped() -> Work:
    return untyped(payloads.page(ROWS))


def page_typed() -> Work:
    from bench.messages import Message  # noqa: PLC0415

    return typed(list[Message], payloads.page(ROWS))


def page_pydantic() -> Work:
    from bench.messages import PydanticReply  # noqa: PLC0415

    text = payloads.page(ROWS)
    return lambda: PydanticReply.model_validate_json(text).value


def int64_loads() -> Work:
    return loads(payloads.page(ROWS, int64=True))


def int64_untyped() -> Work:
    return untyped(payloads.page(ROWS, int64=True))


def int64_typed() -> Work:
    from bench.messages import NumberedMessage  # noqa: PLC0415

    return typed(list[NumberedMessage], payloads.page(ROWS, int64=True))


def vectors_loads() -> Work:
    return loads(payloads.vector_page(VECTORS, DIMENSIONS))


def vectors_typed() -> Work:
    from bench.messages import Embedded  # noqa: PLC0415

    return typed(list[Embedded], payloads.vector_page(VECTORS, DIMENSIONS))


def vectors_orjson() -> Work:
    import numpy as np  # noqa: PLC0415

    arrays = [np.array(vector) for vector in payloads.vectors(VECTORS, DIMENSIONS)]
    args = {"embeddings": arrays}
    body = {"path": "vectors:add", "args": args, "format": "convex_encoded_json"}
    return lambda: orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def vectors_encoded() -> Work:
    import numpy as np  # noqa: PLC0415

    from aioconvex._codec import encoder  # noqa: PLC0415
    from aioconvex._protocol.http import Call, write_call  # noqa: PLC0415
    from aioconvex.bindings import Vector  # noqa: PLC0415

    arrays = [np.array(vector) for vector in payloads.vectors(VECTORS, DIMENSIONS)]
    encode = encoder(list[Vector])
    return lambda: write_call(Call("mutation", "vectors:add", {"embeddings": encode(arrays)}))


CELLS: Final[dict[str, Callable[[], Work]]] = {
    cell.__name__: cell
    for cell in (
        page_loads,
        page_untyped,
        page_typed,
        page_pydantic,
        int64_loads,
        int64_untyped,
        int64_typed,
        vectors_loads,
        vectors_typed,
        vectors_orjson,
        vectors_encoded,
    )
}


def value_cell(*, name: str, seconds: float) -> dict[str, float]:
    """The least CPU one repetition took: whatever else the machine did only adds to it."""
    work = CELLS[name]()
    work()
    gc.collect()
    best, until = float("inf"), process_time() + seconds
    while (started := process_time()) < until:
        work()
        best = min(best, process_time() - started)
    return {"cpu": best}
