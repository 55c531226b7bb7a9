"""Vectors through the storage handler alone, as `@mastra/convex` publishes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from aioconvex.mastra._memory.rows import metadata_of
from aioconvex.mastra._rows import json_value, native_or_text, now, time_text
from aioconvex.mastra.errors import MastraError

from .backend import IndexState, VectorPage
from .sizes import NUMBER_BYTES
from .writing import delete_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aioconvex.mastra._client import ConvexAdminClient, StorageReply

    from .backend import Batch, Change
    from .models import VectorMatch
    from .nearest import Search

__all__ = ["HandlerVectors"]

_INDEXES: Final = "mastra_vector_indexes"

# Of what one call reads. Metadata is not known beforehand; this much of it is expected of a row.
_READ_BYTES: Final = 8 * 1024 * 1024
_METADATA_BYTES: Final = 2048
_MOST_ROWS: Final = 1000

_ROWS_DELETED: Final = 100

Row = dict[str, Any]


class HandlerVectors:
    """A `VectorBackend` on `mastra/storage:handle`."""

    def __init__(self, client: ConvexAdminClient) -> None:
        self._client = client

    async def create(self, index_name: str, dimension: int) -> None:
        """Create an index; see `VectorBackend`."""
        record = {
            "id": index_name,
            "indexName": index_name,
            "dimension": dimension,
            "metric": "cosine",
            "createdAt": time_text(now(), "created_at"),
        }
        await self._storage(_INDEXES, "insert", record=record)

    async def names(self) -> list[str]:
        """The names of all indexes; see `VectorBackend`."""
        rows: list[Row] = (await self._storage(_INDEXES, "queryTable")).result
        return [row["id"] for row in rows]

    async def state(self, index_name: str) -> IndexState | None:
        """Find an index; see `VectorBackend`. The handler keeps no versions."""
        keys = {"id": index_name}
        row: Row | None = (await self._storage(_INDEXES, "load", keys=keys)).result
        return None if row is None else IndexState(dimension=int(row["dimension"]), version=None)

    async def count(self, index_name: str) -> int:
        """Count the vectors of an index, which downloads them all; see `VectorBackend`."""
        state = await self.state(index_name)
        dimension = 1 if state is None else state.dimension
        count = 0
        cursor: str | None = None
        while True:
            page = await self.page(index_name, cursor, dimension=dimension, vectors=False)
            count += len(page.ids)
            cursor = page.next_cursor
            if cursor is None:
                return count

    async def page(
        self, index_name: str, cursor: str | None, *, dimension: int, vectors: bool
    ) -> VectorPage:
        """Read a part of an index; see `VectorBackend`.

        Raises:
            MastraError: the handler says that there is more, but not where.
        """
        reply = await self._rows(index_name, cursor, dimension)
        rows: list[Row] = reply.result
        next_cursor = reply.continuation_cursor if reply.has_more else None
        if reply.has_more and next_cursor in {None, cursor}:
            raise MastraError(
                id="MASTRA_VECTOR_CONVEX_QUERY_INVALID_CURSOR",
                domain="MASTRA_VECTOR",
                category="THIRD_PARTY",
                text=f"a page of {index_name!r} says that there is more, but not where it begins",
            )
        embeddings = [np.asarray(row["embedding"], np.float64) for row in rows] if vectors else []
        return VectorPage(
            ids=[row["id"] for row in rows],
            metadata=[json_value(row.get("metadata")) for row in rows],
            lengths=[len(embedding) for embedding in embeddings],
            numbers=np.concatenate(embeddings) if embeddings else np.empty(0),
            next_cursor=next_cursor,
        )

    async def nearest(
        self,
        index_name: str,  # noqa: ARG002  # of whichever index
        search: Search,  # noqa: ARG002  # and vector
    ) -> list[VectorMatch] | None:
        """Have Convex search, which no handler can; see `VectorBackend`."""
        return None

    async def upsert(
        self,
        index_name: str,
        batch: Batch,
        replacing: Sequence[str],  # noqa: ARG002  # one request does not store and delete
    ) -> int:
        """Store vectors; see `VectorBackend`."""
        metadata = batch.metadata or [None] * len(batch.ids)
        records = [
            _record(id_, vector, column)
            for id_, vector, column in zip(batch.ids, batch.vectors, metadata, strict=True)
        ]
        await self._storage(_table(index_name), "batchInsert", records=records)
        return 0

    async def update(self, index_name: str, ids: Sequence[str], change: Change) -> None:
        """Change some vectors one by one; see `VectorBackend`.

        A change of the metadata by somebody else at the same time is lost.
        """
        for id_ in ids:
            await self._update(index_name, id_, change)

    async def remove(self, index_name: str, ids: Sequence[str]) -> None:
        """Delete some vectors; see `VectorBackend`."""
        table = _table(index_name)
        await delete_all(
            ids, _ROWS_DELETED, lambda some: self._storage(table, "deleteMany", ids=some)
        )

    async def clear(self, index_name: str) -> None:
        """Delete the vectors of an index; see `VectorBackend`."""
        await self._client.call_storage_until_done(
            {"op": "clearTable", "tableName": _table(index_name)}
        )

    async def drop(self, index_name: str) -> None:
        """Delete an index after its vectors; see `VectorBackend`."""
        await self.clear(index_name)
        await self._storage(_INDEXES, "deleteMany", ids=[index_name])

    async def _update(self, index_name: str, id_: str, change: Change) -> None:
        record: Row = {}
        if change.vector is not None:
            record["embedding"] = change.vector
        if change.metadata is not None:
            keys = {"id": id_}
            row: Row | None = (await self._storage(_table(index_name), "load", keys=keys)).result
            if row is None:
                return
            merged = {**metadata_of(row.get("metadata")), **change.metadata}
            record["metadata"] = native_or_text(merged, "metadata")
        await self._storage(_table(index_name), "patch", id=id_, record=record)

    async def _rows(self, index_name: str, cursor: str | None, dimension: int) -> StorageReply:
        """Read rows, fewer of them if the handler cannot read so much at once."""
        size = _READ_BYTES // (dimension * NUMBER_BYTES + _METADATA_BYTES)
        size = min(max(1, size), _MOST_ROWS)
        while True:
            try:
                return await self._storage(
                    _table(index_name), "queryTable", pageSize=size, cursor=cursor
                )
            except MastraError as error:
                if error.category != "THIRD_PARTY" or size == 1:
                    raise
                size //= 2

    async def _storage(self, table: str, op: str, **fields: object) -> StorageReply:
        request = {"op": op, "tableName": table, **fields}
        return await self._client.call_storage_raw(request)


def _table(index_name: str) -> str:
    return f"mastra_vector_{index_name}"


def _record(id_: str, vector: NDArray[np.float64], metadata: dict[str, Any] | None) -> Row:
    record: Row = {"id": id_, "embedding": vector}
    if metadata is not None:
        record["metadata"] = native_or_text(metadata, "metadata")
    return record
