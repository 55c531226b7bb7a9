"""Export and import: nothing lost, nothing twice, nothing changed, wherever it was cut off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve

from aioconvex import ConvexClient
from aioconvex.errors import ProtocolError
from aioconvex.mastra import (
    BulkConvex,
    BulkProgress,
    ConvexAdminClient,
    MastraError,
    MemoryConvex,
    Message,
    Thread,
)
from aioconvex.mastra._bulk.folder import Folder
from aioconvex.mastra.errors import storage_error
from aioconvex.values import Int64

pytestmark = pytest.mark.anyio

ONCE = pytest.mark.parametrize("anyio_backend", ["asyncio"])
OURS = pytest.mark.parametrize("functions", ["ours"])
T: Final = "2026-01-02T03:04:05.678Z"

ODD: Final[dict[str, list[dict[str, Any]]]] = {
    "mastra_resources": [
        {"id": "ada", "workingMemory": "# Ada\n\x00 \u2028 ☂ 👩‍👩‍👧", "createdAt": T, "updatedAt": T},
        {"id": "ünï", "metadata": {"deep": [{"a": [1.5, None, True]}]}, "createdAt": T, "updatedAt": T},
    ],
    "mastra_threads": [
        {"id": "t-1", "resourceId": "ada", "title": "", "createdAt": T, "updatedAt": T,
         "metadata": {"z": 1.0, "a": -0.0, "large": 1e300, "whole": 1e19, "int": Int64(2**60),
                      "bytes": b"\x00\xff", "text": "$integer"}},
        {"id": "t-2", "resourceId": "ada", "title": "ключ", "createdAt": T, "updatedAt": "yesterday",
         "metadata": '{"$schema": "x", "ключ": 1, "b": 1.0,  "a": 2}'},
    ],
    "mastra_messages": [
        {"id": "m-1", "thread_id": "t-1", "content": '{"format": 2,  "$ref": "\\ud83d"}', "role": "user",
         "type": "v2", "createdAt": T, "resourceId": "ada"},
        {"id": "m-2", "thread_id": "no such thread", "content": "no JSON: {", "role": "user",
         "type": "text", "createdAt": "2026-01-02T03:04:05.678901+02:00"},
        {"id": "m-3", "thread_id": "t-1", "content": "", "role": "", "type": "", "createdAt": ""},
    ],
}  # fmt: skip


async def store(client: ConvexAdminClient, rows: Mapping[str, list[dict[str, Any]]]) -> None:
    for table, records in rows.items():
        await client.call_storage({"op": "batchInsert", "tableName": table, "records": records})


def many(count: int) -> dict[str, list[dict[str, Any]]]:
    return {
        "mastra_threads": [
            {"id": f"t-{n}", "resourceId": "ada", "title": "", "createdAt": T, "updatedAt": T}
            for n in range(3)
        ],
        "mastra_messages": [
            {"id": f"m-{n}", "thread_id": f"t-{n % 3}", "content": f'"{n}"', "role": "user",
             "type": "v2", "createdAt": T}
            for n in range(count)
        ],
    }  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


async def empty(client: ConvexAdminClient) -> None:
    for table in ODD:
        await client.call_storage_until_done({"op": "clearTable", "tableName": table})


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two rows, and batches of three."""
    monkeypatch.setattr("aioconvex.mastra._bulk.exporting._FIRST_PAGE", 2)
    monkeypatch.setattr("aioconvex.mastra._bulk.exporting._LARGEST_PAGE", 2)
    monkeypatch.setattr("aioconvex.mastra._bulk.lines._MOST_ROWS", 3)


class CutError(Exception):
    """What ends a run in a test."""


class Cut:
    """Ends a run after some steps, as a callback of the progress."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.seen: list[BulkProgress] = []

    def __call__(self, progress: BulkProgress) -> None:
        self.seen.append(progress)
        self.left -= 1
        if self.left == 0:
            raise CutError


async def test_a_round_trip_changes_nothing(client: ConvexAdminClient, tmp_path: Path) -> None:
    """Odd times, keys, numbers and texts; messages that belong to no thread; the order of all."""
    await store(client, ODD)
    bulk = BulkConvex(client=client)
    files = await bulk.export_to(tmp_path / "a")
    assert [(file.name, file.rows) for file in files] == [
        ("resources.jsonl", 2),
        ("threads.jsonl", 2),
        ("messages.jsonl", 3),
    ]
    await empty(client)
    await bulk.import_from(tmp_path / "a")
    await bulk.export_to(tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert set(contents(tmp_path / "a")) == {file.name for file in files} | {"manifest.json"}


@OURS
@ONCE
async def test_lines_are_the_stored_rows(client: ConvexAdminClient, tmp_path: Path) -> None:
    """In columns' own names and order, without what belongs to the deployment."""
    await store(client, ODD)
    await BulkConvex(client=client).export_to(tmp_path)
    messages = lines(tmp_path / "messages.jsonl")
    assert messages == ODD["mastra_messages"]
    assert list(messages[0]) == [
        *("id", "thread_id", "content", "role", "type", "createdAt", "resourceId")
    ]
    metadata = lines(tmp_path / "threads.jsonl")[0]["metadata"]
    assert metadata["large"] == 1e300
    assert metadata["int"] == {"$integer": "AAAAAAAAABA="}


@OURS
@ONCE
async def test_an_import_leaves_threads_times_alone(
    client: ConvexAdminClient, memory: MemoryConvex, tmp_path: Path
) -> None:
    """Unlike saving messages, which touches their threads."""
    thread = await memory.save_thread(thread=Thread(resource_id="ada", title="Garden"))
    said = Message(thread_id=thread.id, resource_id="ada", role="user", content={"text": "Hi"})
    await memory.save_messages(messages=[said])
    before = await memory.get_thread_by_id(thread_id=thread.id)
    bulk = BulkConvex(client=client)
    await bulk.export_to(tmp_path)
    await empty(client)
    await bulk.import_from(tmp_path)
    assert await memory.get_thread_by_id(thread_id=thread.id) == before
    kept = await memory.list_messages(thread_id=thread.id)
    assert [evolve(m, created_at=said.created_at) for m in kept.messages] == [said]


@OURS
@pytest.mark.usefixtures("small_steps")
async def test_an_export_that_was_cut_off_goes_on(
    client: ConvexAdminClient, tmp_path: Path
) -> None:
    """Again and again, after each step; and reads nothing twice."""
    await store(client, many(7))
    bulk = BulkConvex(client=client)
    whole = Cut(0)
    await bulk.export_to(tmp_path / "whole", on_progress=whole)
    seen: list[BulkProgress] = []
    for _ in whole.seen:
        cut = Cut(1)
        with pytest.raises(CutError):
            await bulk.export_to(tmp_path / "cut", on_progress=cut)
        seen += cut.seen
        with pytest.raises(MastraError, match="not finished"):
            await bulk.import_from(tmp_path / "cut")
    await bulk.export_to(tmp_path / "cut", on_progress=seen.append)
    assert seen == whole.seen
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


@OURS
@pytest.mark.usefixtures("small_steps")
async def test_an_import_that_was_cut_off_goes_on(
    client: ConvexAdminClient, tmp_path: Path
) -> None:
    """Likewise."""
    await store(client, many(7))
    bulk = BulkConvex(client=client)
    await bulk.export_to(tmp_path / "a")
    exported = contents(tmp_path / "a")
    await empty(client)
    places: list[tuple[str, int]] = []
    while True:
        cut = Cut(1)
        try:
            await bulk.import_from(tmp_path / "a", on_progress=cut)
        except CutError:
            places += [(step.name, step.rows) for step in cut.seen]
        else:
            break
    assert places == [("threads.jsonl", 3)] + [("messages.jsonl", n) for n in (3, 6, 7)]
    assert contents(tmp_path / "a") == exported
    await bulk.export_to(tmp_path / "b")
    assert contents(tmp_path / "b") == exported


@OURS
@ONCE
async def test_importing_twice_is_importing_once(client: ConvexAdminClient, tmp_path: Path) -> None:
    """Also over rows that were changed since."""
    await store(client, ODD)
    bulk = BulkConvex(client=client)
    await bulk.export_to(tmp_path / "a")
    changed = {**ODD["mastra_messages"][0], "content": '"changed"'}
    await store(client, {"mastra_messages": [changed]})
    await bulk.import_from(tmp_path / "a")
    await bulk.import_from(tmp_path / "a")
    await bulk.export_to(tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


MESSAGE: Final = {"id": "m", "thread_id": "t", "content": "x", "role": "user", "type": "v2",
                  "createdAt": T}  # fmt: skip


@OURS
@ONCE
@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param("{", "line 3: ", id="no JSON"),
        pytest.param("[]", "line 3: it is no JSON object", id="no object"),
        pytest.param("\xff", "line 3: ", id="no UTF-8"),
        pytest.param({**MESSAGE, "role": 5}, "line 3: role is no text", id="a number"),
        pytest.param({**MESSAGE, "id": ""}, "line 3: id is empty", id="no id"),
        pytest.param({"id": "x"}, "line 3: thread_id, content, role, type, createdAt is missing",
                     id="columns missing"),
        pytest.param({**MESSAGE, "createdat": T}, "line 3: mastra_messages has no column 'createdat'",
                     id="a misspelt column"),
        pytest.param({**MESSAGE, "content": "x" * 2**20}, "line 3: it has 1048", id="too large"),
        pytest.param('{"$bytes": "AA=="}', "line 3: it is no JSON object", id="a tag of Convex's"),
    ],
)  # fmt: skip
async def test_bad_rows_are_named_before_anything_is_stored(
    client: ConvexAdminClient, tmp_path: Path, line: Any, problem: str
) -> None:
    """With the file and the line; all those of a batch."""
    bad = line if isinstance(line, str) else json.dumps(line)
    good = json.dumps(MESSAGE)
    path = tmp_path / "messages.jsonl"
    path.write_bytes(f"{good}\n\n{bad}\n{good}\nnull\n".encode("latin-1"))
    with pytest.raises(MastraError) as caught:
        await BulkConvex(client=client).import_from(tmp_path)
    assert str(caught.value).startswith(f"{path}, {problem}")
    assert "; line 5: it is no JSON object. Nothing of these rows" in str(caught.value)
    assert caught.value.details["problems"][1] == "line 5: it is no JSON object"
    rows = await client.call_storage({"op": "queryTable", "tableName": "mastra_messages"})
    assert rows == []


@OURS
@ONCE
async def test_keys_that_convex_does_not_take_are_bad_rows(
    client: ConvexAdminClient, tmp_path: Path
) -> None:
    thread = {"id": "t", "resourceId": "r", "title": "", "createdAt": T, "updatedAt": T}
    rows = [{**thread, "metadata": {"ключ": 1}}, {**thread, "metadata": {"$schema": "x"}}]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (tmp_path / "threads.jsonl").write_text(text, "utf-8")
    with pytest.raises(MastraError, match=r"line 1: .*ключ.*; line 2: .*schema"):
        await BulkConvex(client=client).import_from(tmp_path)


@OURS
@ONCE
async def test_files_of_ones_own_need_no_manifest_and_may_hold_content_as_json(
    client: ConvexAdminClient, memory: MemoryConvex, tmp_path: Path
) -> None:
    content = {"format": 2, "parts": [{"type": "text", "text": "Grüße"}]}
    row = {**MESSAGE, "content": content}
    (tmp_path / "messages.jsonl").write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    await BulkConvex(client=client).import_from(tmp_path)
    (kept,) = (await memory.list_messages(thread_id="t")).messages
    assert kept.content == content


@OURS
@ONCE
async def test_what_the_deployment_refuses_is_named(
    client: ConvexAdminClient, tmp_path: Path
) -> None:
    """Down to the row; those before it are stored."""
    deep: Any = 1
    for _ in range(20):  # a document may be 16 deep
        deep = [deep]
    thread = {"resourceId": "r", "title": "", "createdAt": T, "updatedAt": T}
    rows = [{"id": f"t-{n}", **thread, "metadata": deep if n == 5 else 1} for n in range(8)]
    (tmp_path / "threads.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(MastraError, match=r"threads\.jsonl, line 6: ") as caught:
        await BulkConvex(client=client).import_from(tmp_path)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_IMPORT_REFUSED"


@OURS
@ONCE
async def test_large_rows_are_read_and_written_in_small_steps(
    client: ConvexAdminClient, tmp_path: Path
) -> None:
    """A hundred would be more than Convex reads at once."""
    rows = [{**MESSAGE, "id": f"m-{n}", "content": f'"{n}{"x" * 1_000_000}"'} for n in range(10)]
    for row in rows:
        await store(client, {"mastra_messages": [row]})
    bulk = BulkConvex(client=client)
    await bulk.export_to(tmp_path / "a")
    assert lines(tmp_path / "a" / "messages.jsonl") == rows
    await bulk.import_from(tmp_path / "a")
    await bulk.export_to(tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@OURS
@ONCE
async def test_pages_that_are_too_much_for_the_deployment_are_halved(
    client: ConvexAdminClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as of one that is slow; a single row that fails is an error."""
    await store(client, many(9))
    call = ConvexAdminClient.call
    most = 3

    async def slow(self: ConvexAdminClient, kind: Any, path: str, args: Any) -> Any:
        if args.get("pageSize", 0) > most:
            raise storage_error("handle", "FAILED", "timed out", category="THIRD_PARTY")
        return await call(self, kind, path, args)

    monkeypatch.setattr(ConvexAdminClient, "call", slow)
    await BulkConvex(client=client).export_to(tmp_path / "a")
    assert len(lines(tmp_path / "a" / "messages.jsonl")) == 9
    most = 0
    with pytest.raises(MastraError, match="timed out"):
        await BulkConvex(client=client).export_to(tmp_path / "b")


@OURS
@ONCE
@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"ok": True, "result": [], "hasMore": True}, "not where"),
        ({"ok": True, "result": [], "hasMore": True, "continuationCursor": 5}, "not where"),
        ({"ok": True, "result": 5}, "no storage handler's"),
        ({"ok": False}, "no storage handler's"),
        (None, "no storage handler's"),
    ],
)
async def test_what_is_no_page_is_an_error(
    client: ConvexAdminClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Any,
    problem: str,
) -> None:
    """Rather than the end of the table."""

    async def odd(*_: Any) -> Any:
        return answer

    monkeypatch.setattr(ConvexAdminClient, "call", odd)
    with pytest.raises(ProtocolError, match=problem):
        await BulkConvex(client=client).export_to(tmp_path)


@OURS
@ONCE
async def test_a_page_that_ends_where_it_began_is_an_error(
    client: ConvexAdminClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the export would never end."""
    row = {**MESSAGE, "_id": "x", "_creationTime": 1.0}

    async def odd(*_: Any) -> Any:
        return {"ok": True, "result": [row], "hasMore": True, "continuationCursor": "C"}

    monkeypatch.setattr(ConvexAdminClient, "call", odd)
    with pytest.raises(ProtocolError, match="ends where it began"):
        await BulkConvex(client=client).export_to(tmp_path)


@pytest.mark.parametrize("functions", ["published"])
async def test_a_list_that_the_published_functions_cut_off_is_refused(
    client: ConvexAdminClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aioconvex.mastra._bulk.exporting._MOST_UNPAGED", 3)
    await store(client, many(3))
    with pytest.raises(MastraError, match="lists 3 rows of mastra_threads"):
        await BulkConvex(client=client).export_to(tmp_path)


class TestFolders:
    @OURS
    @ONCE
    async def test_a_finished_export_is_never_written_over(
        self, client: ConvexAdminClient, tmp_path: Path
    ) -> None:
        bulk = BulkConvex(client=client)
        await bulk.export_to(tmp_path)
        with pytest.raises(MastraError, match="finished export"):
            await bulk.export_to(tmp_path)

    @OURS
    @ONCE
    async def test_other_files_are_left_alone(
        self, client: ConvexAdminClient, tmp_path: Path
    ) -> None:
        (tmp_path / "thesis.txt").write_text("…")
        with pytest.raises(MastraError, match="other files"):
            await BulkConvex(client=client).export_to(tmp_path)
        assert contents(tmp_path) == {"thesis.txt": "…".encode()}

    @OURS
    @ONCE
    async def test_an_export_of_another_deployment_is_not_gone_on_with(
        self, client: ConvexAdminClient, tmp_path: Path
    ) -> None:
        with pytest.raises(CutError):
            await BulkConvex(client=client).export_to(tmp_path, on_progress=Cut(1))
        async with ConvexClient("http://127.0.0.1:1") as other:
            with pytest.raises(MastraError, match="unfinished export of http://127"):
                await BulkConvex(client=other).export_to(tmp_path)

    @OURS
    @ONCE
    async def test_one_at_a_time(self, client: ConvexAdminClient, tmp_path: Path) -> None:
        """In a folder; who comes second is told."""
        bulk = BulkConvex(client=client)
        with Folder(tmp_path).locked():
            for work in (bulk.export_to, bulk.import_from):
                with pytest.raises(MastraError, match="another export or import"):
                    await work(tmp_path)
        await bulk.export_to(tmp_path)

    @OURS
    @ONCE
    async def test_files_that_differ_from_the_manifest_are_refused(
        self, client: ConvexAdminClient, tmp_path: Path
    ) -> None:
        """Cut off on their way, for example; who changes them removes it."""
        await store(client, many(2))
        bulk = BulkConvex(client=client)
        await bulk.export_to(tmp_path)
        path = tmp_path / "messages.jsonl"
        text = path.read_bytes()
        path.write_bytes(text[: text.index(b"\n") + 1])
        with pytest.raises(MastraError, match="differs from what was exported"):
            await bulk.import_from(tmp_path)
        path.unlink()
        with pytest.raises(MastraError, match="is missing"):
            await bulk.import_from(tmp_path)
        (tmp_path / "manifest.json").unlink()
        await bulk.import_from(tmp_path)

    @OURS
    @ONCE
    async def test_a_folder_of_nothing_is_an_error(
        self, client: ConvexAdminClient, tmp_path: Path
    ) -> None:
        bulk = BulkConvex(client=client)
        with pytest.raises(MastraError, match="none of the files"):
            await bulk.import_from(tmp_path)
        with pytest.raises(FileNotFoundError):
            await bulk.import_from(tmp_path / "nowhere")

    @OURS
    @ONCE
    @pytest.mark.parametrize(
        "text", ["", "[]", "{}", '{"format": "zip", "version": 1, "files": []}']
    )
    async def test_a_manifest_that_is_none_is_an_error(
        self, client: ConvexAdminClient, tmp_path: Path, text: str
    ) -> None:
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(MastraError, match=r"manifest\.json is"):
            await BulkConvex(client=client).import_from(tmp_path)
