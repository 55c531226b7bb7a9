"""Mastra's functions as the tests call them, and the rows they store."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from aioconvex.errors import ApplicationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Mapping

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
        self.client = client

    async def query(self, name: str, **args: object) -> Any:
        return await self.client.query(f"mastra/queries:{name}", args)

    async def handle(self, op: str, table: str, **fields: object) -> Row:
        """The handler's whole answer."""
        request = {"op": op, "tableName": table, **fields}
        answer: Row = await self.client.mutation("mastra/storage:handle", request)
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


class Writer(Mastra):
    """Functions beside which any row can be stored."""

    async def write(self, table: str, *rows: Row) -> None:
        await self.client.mutation("writer:insert", {"table": table, "rows": list(rows)})


def own(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def ids(rows: list[Row]) -> list[str]:
    return [row["id"] for row in rows]


def at(second: float) -> str:
    """An instant as Mastra writes it."""
    instant = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
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


def run_named(id_: str) -> Row:
    """A run of the workflow `w`, from its run id or its id."""
    return run("w", id_.removeprefix("w-"))


# A row of each table from its id alone; all have the same `createdAt`.
MAKERS: Mapping[str, Callable[[str], Row]] = {
    THREADS: thread,
    MESSAGES: message,
    RESOURCES: resource,
    RUNS: run_named,
}


@contextmanager
def refused(code: str, text: str = "") -> Generator[None]:
    """Expects a `ConvexError` of the functions with this code, and this in its message."""
    with pytest.raises(ApplicationError) as caught:
        yield
    data = caught.value.data
    assert isinstance(data, dict)
    assert data["code"] == code, data
    assert text in data["message"]
    assert data["message"].endswith(".")
