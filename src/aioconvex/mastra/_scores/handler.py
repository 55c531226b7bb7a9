"""Scores through the storage handler alone, as `@mastra/convex` publishes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aioconvex._codec import camel
from aioconvex.mastra._rows import now, time_text
from aioconvex.mastra.errors import not_supported

from .models import COLUMNS, score_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aioconvex.mastra._client import ConvexAdminClient
    from aioconvex.mastra._paging import Window

    from .models import Score

__all__ = ["HandlerScores"]

_TABLE: Final = "mastra_scorers"
_MOST_ROWS: Final = 10_000  # where the handler ends a list without a word

Row = dict[str, Any]


class HandlerScores:
    """A `ScoreBackend` on `mastra/storage:handle`."""

    def __init__(self, client: ConvexAdminClient) -> None:
        self._client = client

    async def save(self, columns: Mapping[str, Any]) -> Score:
        """Store a score; see `ScoreBackend`.

        Raises:
            MastraError: a column of the stored score is left out, which nothing can empty.
        """
        time = time_text(now(), "updated_at")
        record = {camel(name): value for name, value in columns.items()} | {"updatedAt": time}
        stored: Row | None = await self._storage("load", keys={"id": record["id"]})
        if stored is None:
            return await self._insert({**record, "createdAt": time})
        left = {camel(name) for name in COLUMNS} & stored.keys() - record.keys()
        if left:
            stored_with = f"score {record['id']!r} is stored with {', '.join(sorted(left))}"
            raise not_supported("saveScore", f"{stored_with}: to leave that out needs")
        record["createdAt"] = stored["createdAt"]
        if not await self._storage("patch", id=record["id"], record=record):
            return await self._insert(record)
        return _read(record)

    async def get(self, score_id: str) -> Score | None:
        """Find a score; see `ScoreBackend`."""
        row: Row | None = await self._storage("load", keys={"id": score_id})
        return None if row is None else _read(row)

    async def list_scores(
        self, equal: Mapping[str, str], window: Window
    ) -> tuple[list[Score], int]:
        """Read a window; see `ScoreBackend`.

        Raises:
            MastraError: there are so many scores that the handler would leave some out.
        """
        filters = [{"field": camel(name), "value": value} for name, value in equal.items()]
        rows: list[Row] = await self._storage("queryTable", filters=filters)
        if len(rows) >= _MOST_ROWS:
            raise not_supported("listScores", f"a list of {_MOST_ROWS} scores or more needs")
        rows.sort(key=lambda row: (row["createdAt"], row["_creationTime"]), reverse=True)
        end = None if window.per_page is None else window.offset + window.per_page
        return [_read(row) for row in rows[window.offset : end]], len(rows)

    async def _insert(self, record: Row) -> Score:
        await self._storage("insert", record=record)
        return _read(record)

    async def _storage(self, op: str, **fields: object) -> Any:
        return await self._client.call_storage({"op": op, "tableName": _TABLE, **fields})


def _read(row: Row) -> Score:
    return score_of(lambda name: row.get(camel(name)))
