"""The three server functions of native vectors, ours or those of the npm package."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from attrs import frozen

from aioconvex.errors import ProtocolError
from aioconvex.mastra._rows import json_value
from aioconvex.mastra._vectors.backend import VectorPage
from aioconvex.mastra.errors import MastraError, not_supported

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from aioconvex._protocol.http import FunctionKind
    from aioconvex.mastra._client import ConvexAdminClient

    from .filters import NativeFilter
    from .indexes import NativeIndex

__all__ = ["NativeFunctions", "Row"]

Row = dict[str, Any]

# Of one call, which may read and return twice that.
_REPLY_BYTES: Final = 8 * 2**20
_STORED_BYTES: Final = 9  # of a number
_SENT_BYTES: Final = 25  # of a number as JSON, at most


@frozen(kw_only=True)
class NativeFunctions:
    """Where the functions are deployed."""

    client: ConvexAdminClient
    action: str
    query: str
    mutation: str

    async def require_ours(self, op: str, need: str) -> None:
        """Refuse what the npm package's functions cannot do; see `not_supported`.

        Raises:
            MastraError: those are deployed.
        """
        capabilities = await self.client.find_capabilities()
        if not capabilities.typed:
            raise not_supported(op, need)

    async def search(
        self,
        index: NativeIndex,
        vector: NDArray[np.float64],
        limit: int,
        passing: NativeFilter | None,
    ) -> dict[str, float]:
        """Find the nearest vectors: their ids in Convex, best first, and their scores."""
        args: dict[str, Any] = {"config": index.config(), "vector": vector, "limit": limit}
        if passing is not None:
            clauses = [clause.wire() for clause in passing]
            args["filter"] = clauses[0] if len(clauses) == 1 else {"or": clauses}
        found = await self.client.repeat(lambda: self._list("action", self.action, args))
        return {row["id"]: float(row["score"]) for row in found}

    async def rows(
        self, index: NativeIndex, ids: Sequence[str], *, include_vector: bool
    ) -> dict[str, Row]:
        """Read rows by their ids in Convex; those that were deleted are left out."""
        row_bytes = index.dimension * (_SENT_BYTES if include_vector else _STORED_BYTES)
        most = max(1, _REPLY_BYTES // row_bytes)
        rows: dict[str, Row] = {}
        left = list(ids)
        while left:
            asked = left[:most]
            args = {"ids": asked, "includeVector": include_vector}
            try:
                found = await self._list(
                    "query", self.query, self._reading("getByConvexIds", index, args)
                )
            except MastraError as error:
                # The npm package's function fails when it would read more than one call may.
                if error.category != "THIRD_PARTY" or len(asked) == 1:
                    raise
                most = len(asked) // 2
                continue
            rows.update({row["_id"]: row for row in found})
            # Ours ends early then.
            read = asked.index(found[-1]["_id"]) + 1 if found else len(asked)
            left = left[read:]
        return rows

    async def count(self, index: NativeIndex, limit: int) -> tuple[int, bool]:
        """Count rows up to a limit, and say whether there are more."""
        if not (await self.client.find_capabilities()).typed:
            # Theirs would fail beyond what one call can read, and cannot go on from there.
            limit = min(limit, _REPLY_BYTES // (index.dimension * _STORED_BYTES))
        counted = 0
        cursor: str | None = None
        while True:
            args: Row = {"countLimit": limit - counted}
            if cursor is not None:
                args["cursor"] = cursor
            reply = await self._object(self.query, self._reading("describe", index, args))
            counted += int(reply["count"])
            cursor = reply.get("cursor")
            if cursor is None or counted >= limit:
                return counted, bool(reply["countIsLimited"])

    async def page(self, index: NativeIndex, cursor: str | None) -> VectorPage:
        """Read on in the table; only our functions do."""
        args = {} if cursor is None else {"cursor": cursor}
        reply = await self._object(self.query, self._reading("page", index, args))
        embeddings = b64decode(reply["embeddings"]["$bytes"])
        return VectorPage(
            ids=reply["ids"],
            metadata=[json_value(stored) for stored in reply["metadata"]],
            lengths=[int(length) for length in reply["lengths"]],
            numbers=np.frombuffer(embeddings, dtype="<f8"),
            next_cursor=reply.get("cursor"),
        )

    async def write(self, op: str, index: NativeIndex, args: Mapping[str, Any]) -> None:
        """Run one write, which is one transaction."""
        await self.client.call(
            "mutation", self.mutation, {"op": op, "config": index.config(), **args}
        )

    def _reading(self, op: str, index: NativeIndex, args: Mapping[str, Any]) -> Row:
        return {"op": op, "config": index.config(), **args}

    async def _list(self, kind: FunctionKind, path: str, args: Row) -> list[Any]:
        reply: list[Any] | None = await self.client.call(kind, path, args)
        if not isinstance(reply, list):
            raise ProtocolError(path, "the reply is none of native vectors' functions")
        return reply

    async def _object(self, path: str, args: Row) -> Row:
        reply: object = await self.client.call("query", path, args)
        if not isinstance(reply, dict):
            raise ProtocolError(path, "the reply is none of native vectors' functions")
        return cast("Row", reply)
