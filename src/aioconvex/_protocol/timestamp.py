"""The answer of `/api/query_ts`: a moment of the database, opaque to clients."""

from __future__ import annotations

from typing import Any

import orjson

from aioconvex.errors import ProtocolError

from .json import is_object
from .refusals import refusal

__all__ = ["read_timestamp"]

_OK = 200


def read_timestamp(status: int, body: bytes) -> str:
    """Read the timestamp.

    Raises:
        DeploymentError: the request was refused.
        ProtocolError: the answer is not Convex's.
    """
    if status != _OK:
        raise refusal("query", "query_ts", status, body)
    try:
        content: Any = orjson.loads(body)
    except ValueError:
        content = None
    ts: Any = content.get("ts") if is_object(content) else None
    if not isinstance(ts, str):
        raise ProtocolError("query_ts", "the reply has no timestamp")
    return ts
