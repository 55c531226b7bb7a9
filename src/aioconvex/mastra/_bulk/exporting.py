"""Tables of a deployment to files, page by page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from anyio.to_thread import run_sync
from attrs import frozen

from aioconvex.errors import ProtocolError
from aioconvex.mastra.errors import MastraError, storage_error

from .models import BulkProgress
from .tables import TABLES, line_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aioconvex.mastra._client import ConvexAdminClient

    from .export_journal import ExportJournal
    from .models import OnProgress
    from .tables import Table

__all__ = ["export_tables"]

_PAGE_BYTES: Final = 2 * 2**20
_FIRST_PAGE: Final = 100
_LARGEST_PAGE: Final = 2_000
_MOST_UNPAGED: Final = 10_000


@frozen
class _Page:
    rows: list[Mapping[str, Any]]
    cursor: str | None


async def export_tables(
    client: ConvexAdminClient, journal: ExportJournal, on_progress: OnProgress
) -> None:
    """Write the tables that are not finished yet.

    Raises:
        OSError: the folder cannot be written.
        ConvexError: the deployment cannot be read.
    """
    for table in TABLES:
        if not journal.has(table.file):
            await _export(client, table, journal, on_progress)


async def _export(
    client: ConvexAdminClient, table: Table, journal: ExportJournal, on_progress: OnProgress
) -> None:
    growing = await run_sync(journal.open, table.file)
    size = _FIRST_PAGE
    while not growing.ended:
        page = await _read(client, table, growing.cursor, size)
        lines = b"".join(line_of(row, table) for row in page.rows)
        await run_sync(partial(journal.append, lines, len(page.rows), page.cursor))
        on_progress(BulkProgress(name=table.file, rows=growing.rows, bytes=growing.bytes))
        size = _next_size(len(page.rows), len(lines))
    await run_sync(journal.close)


def _next_size(rows: int, taken: int) -> int:
    """How many rows make a page of a few megabytes, going by those of the last one."""
    return min(max(_PAGE_BYTES * rows // max(taken, 1), 1), _LARGEST_PAGE)


async def _read(client: ConvexAdminClient, table: Table, cursor: str | None, size: int) -> _Page:
    """Read a page; one that is too much for the deployment is halved."""
    while True:
        try:
            page = await _ask(client, table, cursor, size)
        except MastraError as error:
            if size == 1 or error.category != "THIRD_PARTY":
                raise
            size //= 2
        else:
            break
    if page.cursor is not None and page.cursor == cursor:
        raise ProtocolError(client.storage_function, "a page ends where it began")
    if page.cursor is None and cursor is None and len(page.rows) >= _MOST_UNPAGED:
        raise storage_error(
            "export",
            "TOO_MANY_ROWS",
            f"the storage handler lists {_MOST_UNPAGED} rows of {table.name} and leaves out the "
            "rest: deploy this package's functions (aioconvex mastra init convex) to export all",
        )
    return page


async def _ask(client: ConvexAdminClient, table: Table, cursor: str | None, size: int) -> _Page:
    request: dict[str, object] = {
        "op": "queryTable",
        "tableName": table.name,
        "pageSize": size,
        "cursor": cursor,
    }
    # As it is on the wire: what Python makes of numbers would not be written as it was.
    answer = await client.repeat(lambda: client.call("mutation", client.storage_function, request))
    return _page_of(answer, client.storage_function)


def _page_of(answer: object, path: str) -> _Page:
    match answer:
        # The npm package's handler has pages of vectors only: it answers all rows at once.
        case {"ok": True, "result": list(), "hasMore": True}:
            reply = cast("Mapping[str, Any]", answer)
            cursor = reply.get("continuationCursor")
            if not isinstance(cursor, str):
                raise ProtocolError(path, "a page says that there is more, but not where")
            return _Page(reply["result"], cursor)
        case {"ok": True, "result": list()}:
            return _Page(cast("Mapping[str, Any]", answer)["result"], None)
        case {"ok": False, "error": str() as reason}:
            raise storage_error("export", "FAILED", reason, category="THIRD_PARTY")
        case _:
            raise ProtocolError(path, "the reply is no storage handler's")
