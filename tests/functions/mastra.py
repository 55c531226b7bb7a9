"""Mastra's functions as the tests call them, and the rows they store."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from aioconvex.errors import ApplicationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from aioconvex import ConvexClient

Row: TypeAlias = "dict[str, Any]"

THREADS = "mastra_threads"
MESSAGES = "mastra_messages"
RESOURCES = "mastra_resources"
RUNS = "mastra_workflow_snapshot"
INDEXES = "mastra_vector_indexes"


class Mastra:
    """The deployed queries and storage handler."""

    def __init__(self, client: ConvexClient) -> None:
        self._client = client

    async def query(self, name: str, **args: object) -> Any:
        return await self._client.query(f"mastra/queries:{name}", args)

    async def handle(self, op: str, table: str, **fields: object) -> Row:
        """The handler's whole answer."""
        request = {"op": op, "tableName": table, **fields}
        answer: Row = await self._client.mutation("mastra/storage:handle", request)
        return answer

    async def result(self, op: str, table: str, **fields: object) -> Any:
        """The result of an operation that succeeds."""
        answer = await self.handle(op, table, **fields)
        assert answer["ok"], answer
        return answer.get("result")

    async def insert(self, table: str, *records: Mapping[str, object]) -> None:
        await self.result("batchInsert", table, records=list(records))

    async def rows(self, table: str, **equal: object) -> list[Row]:
        """The rows that have these values, without Convex's own fields."""
        filters = [{"field": field, "value": value} for field, value in equal.items()]
        return [own(row) for row in await self.result("queryTable", table, filters=filters)]

    async def pages(self, name: str, **args: object) -> AsyncGenerator[list[Row]]:
        """The items of every page; checks that cursor and `hasMore` agree."""
        cursor: dict[str, object] = {}
        more = True
        while more:
            page = await self.query(name, **args, **cursor)
            more = page["hasMore"]
            assert more == ("nextCursor" in page)
            cursor = {"cursor": page.get("nextCursor")}
            yield page["items"]


def own(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def ids(rows: list[Row]) -> list[str]:
    return [row["id"] for row in rows]


def at(second: float) -> str:
    """An instant as Mastra writes it."""
    instant = datetime(2024, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=second)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def thread(id_: str, created: float = 0, **columns: object) -> Row:
    times = {"createdAt": at(created), "updatedAt": at(created)}
    return {"id": id_, "resourceId": "ada", "title": "Talk", **times, **columns}


def message(id_: str, created: float = 0, **columns: object) -> Row:
    row = {"id": id_, "thread_id": "t", "content": '"hi"', "role": "user", "type": "text"}
    return {**row, "createdAt": at(created), **columns}


def resource(id_: str, **columns: object) -> Row:
    return {"id": id_, "createdAt": at(0), "updatedAt": at(0), **columns}


def run(workflow: str, run_id: str, created: float = 0, **columns: object) -> Row:
    row = {"id": f"{workflow}-{run_id}", "workflow_name": workflow, "run_id": run_id}
    times = {"createdAt": at(created), "updatedAt": at(created)}
    return {**row, "snapshot": '{"context":{}}', **times, **columns}


def vector_index(name: str, dimension: float) -> Row:
    columns = {"metric": "cosine", "createdAt": at(0)}
    return {"id": name, "indexName": name, "dimension": dimension, **columns}


class Refusal:
    """Expects a `ConvexError` of the functions with this code, and this in its message."""

    def __init__(self, code: str, text: str = "") -> None:
        self._code = code
        self._text = text
        self._raises = pytest.raises(ApplicationError)

    def __enter__(self) -> None:
        self._caught = self._raises.__enter__()

    def __exit__(self, *exc_info: Any) -> bool | None:
        suppressed = self._raises.__exit__(*exc_info)
        if suppressed:
            data = self._caught.value.data
            assert isinstance(data, dict)
            assert data["code"] == self._code, data
            assert self._text in data["message"]
            assert data["message"].endswith(".")
        return suppressed
