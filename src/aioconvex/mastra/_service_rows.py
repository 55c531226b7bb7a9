"""Rows of the tables of Mastra's services, by the names of their columns, however they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aioconvex._codec import camel

from ._rows import whole
from .errors import not_supported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._client import ConvexAdminClient

__all__ = ["PART_ROWS", "Row", "ServiceRows", "unique"]

Row: TypeAlias = "dict[str, Any]"

PART_ROWS: Final = 8_000
"""The most rows that every handler lists in one call."""

_MOST_ROWS: Final = 10_000  # where the published handler ends a list without a word


def unique(rows: list[Row]) -> list[Row]:
    """Each row once, as it was seen last: between two parts of a list it may have moved on."""
    return list({row["id"]: row for row in rows}.values())


class ServiceRows:
    """One table: read by queries of ours where they are deployed, else by the storage handler.

    Queries meet no conflict with what others write, and read lists of any length. Writes are
    requests to the handler either way, each of them one transaction.

    Args:
        client: the deployment.
        table: the table's name.
        functions: the module of our queries, such as `mastra/schedules`.
    """

    def __init__(self, client: ConvexAdminClient, table: str, functions: str) -> None:
        self._client = client
        self._table = table
        self._functions = functions

    async def is_typed(self) -> bool:
        """Whether our functions are deployed."""
        return (await self._client.find_capabilities()).typed

    async def get(self, id_: str, query: str = "get") -> Row | None:
        """Find a row by its id."""
        if await self.is_typed():
            row: Row | None = await self.query(query, {"id": id_})
            return row
        stored: Row | None = await self.storage("load", keys={"id": id_})
        return stored

    async def find(self, op: str, equal: Mapping[str, str | None]) -> list[Row]:
        """Find the rows with these values, in no certain order; None means unset.

        Args:
            op: the operation, for errors.
            equal: values by column.

        Raises:
            MastraError: there are more than the published handler lists.
        """
        if await self.is_typed():
            return await self.parts("list", {camel(name): value for name, value in equal.items()})
        filters = [
            # Published, null is another value than none at all.
            {"field": column, "value": value}
            for column, value in equal.items()
            if value is not None
        ]
        rows: list[Row] = await self.storage("queryTable", filters=filters)
        if len(rows) >= _MOST_ROWS:
            raise not_supported(op, f"a list of {_MOST_ROWS} rows or more needs")
        unset = [column for column, value in equal.items() if value is None]
        return [row for row in rows if all(row.get(column) is None for column in unset)]

    async def parts(
        self, query: str, args: Mapping[str, object], limit: int | None = None
    ) -> list[Row]:
        """Read a list by one of our queries, part by part.

        Args:
            query: the query's name.
            args: its arguments.
            limit: the most rows to read; the query takes it as `take`.
        """
        rows: list[Row] = []
        cursor: str | None = None
        while limit is None or len(rows) < limit:
            window: Row = {} if cursor is None else {"cursor": cursor}
            if limit is not None:
                window["take"] = min(limit - len(rows), PART_ROWS)
            part = await self.query(query, {**args, **window})
            rows += part["items"]
            cursor = part.get("nextCursor")
            if cursor is None:
                break
        return unique(rows)

    async def query(self, name: str, args: Mapping[str, object]) -> Any:
        """Run one of our queries."""
        return whole(await self._client.call("query", f"{self._functions}:{name}", args))

    async def mutation(
        self, name: str, args: Mapping[str, object], *, repeatable: bool = False
    ) -> Any:
        """Run one of our mutations; again after a lost connection, if that does no harm."""

        async def send() -> Any:
            return await self._client.call("mutation", f"{self._functions}:{name}", args)

        return whole(await (self._client.repeat(send) if repeatable else send()))

    async def storage(self, op: str, **fields: object) -> Any:
        """Run an operation of the storage handler."""
        return await self._client.call_storage({"op": op, "tableName": self._table, **fields})

    async def clear(self, op: str = "clearTable", **fields: object) -> None:
        """Run an operation that deletes rows in parts, until nothing is left to delete."""
        request = {"op": op, "tableName": self._table, **fields}
        await self._client.call_storage_until_done(request)
