"""Folders that somebody else filled: nothing outside of them is read or written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from aioconvex import ConvexClient
from aioconvex.mastra import BulkConvex, MastraError
from aioconvex.mastra._bulk.export_journal import EXPORT_PROGRESS, ExportJournal
from aioconvex.mastra._bulk.folder import Folder
from aioconvex.mastra._bulk.import_journal import ImportJournal
from aioconvex.mastra._bulk.lines import Place

URL = "http://127.0.0.1:3210"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A file outside of the folder."""
    path = tmp_path / "bashrc"
    path.write_text("mine")
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "backup"
    path.mkdir()
    return path


def test_a_link_in_the_place_of_progress_is_not_written_through(mine: Path, path: Path) -> None:
    (path / "messages.jsonl").write_text("{}\n")
    journal = ImportJournal.of(Folder(path), URL)
    (path / f"{journal.name}.part").symlink_to(mine)
    journal.reached(path / "messages.jsonl", Place(lines=1))
    assert mine.read_text() == "mine"
    assert not (path / journal.name).is_symlink()


def test_an_export_does_not_go_on_in_a_link(mine: Path, path: Path) -> None:
    """Neither a file of rows nor a folder of vectors."""
    state: dict[str, Any] = {"url": URL, "files": [], "growing": None}
    (path / EXPORT_PROGRESS).write_text(json.dumps(state))
    (path / "messages.jsonl.part").symlink_to(mine)
    (path / "vectors").symlink_to(mine.parent)
    journal = ExportJournal.of(Folder(path), URL)
    with pytest.raises(MastraError, match=r"messages\.jsonl\.part is a link"):
        journal.open("messages.jsonl")
    with pytest.raises(MastraError, match="vectors is a link"):
        journal.open_folder("vectors/docs")
    assert mine.read_text() == "mine"


OWN: Final = {"name": "messages.jsonl", "rows": 1, "bytes": 3, "sha256": ""}


@pytest.mark.parametrize(
    "entry",
    [5, {}, {**OWN, "name": 5}, {**OWN, "name": "../bashrc"}, {**OWN, "name": "/etc/passwd"},
     {**OWN, "name": "vectors/../../x"}, {**OWN, "bytes": "3"}, {**OWN, "rows": -1},
     {**OWN, "sha256": None}],
    ids=str,
)  # fmt: skip
def test_a_manifest_of_other_things_is_an_error(path: Path, entry: object) -> None:
    """Before any of the files is looked at."""
    manifest = {"format": "aioconvex.mastra", "version": 1, "files": [entry]}
    (path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(MastraError, match=r"manifest\.json is no manifest"):
        Folder(path).read_manifest()


@pytest.mark.parametrize(
    "known",
    [5, [], "x", {}, {"file": "…"}, {"file": "…", "place": 5}, {"file": "…", "place": {"rows": "1"}},
     {"file": "…", "place": {"bytes": -1}}],
    ids=str,
)  # fmt: skip
def test_damaged_progress_is_an_error(path: Path, known: Any) -> None:
    """Named by its file."""
    file = path / "messages.jsonl"
    file.write_text("{}\n")
    journal = ImportJournal.of(Folder(path), URL)
    if isinstance(known, dict) and "file" in known:
        known["file"] = [file.stat().st_size, file.stat().st_mtime_ns]
    (path / journal.name).write_text(json.dumps({file.name: known}))
    with pytest.raises(MastraError, match=r"import-progress-\w+\.json is damaged"):
        ImportJournal.of(Folder(path), URL).place_in(file)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("name", ["threads.jsonl", "vectors/docs/1.npz"])
async def test_files_besides_those_of_the_manifest_are_refused(path: Path, name: str) -> None:
    """Those that would be imported; before anything is sent."""
    Folder(path).write_manifest([])
    (path / "notes.txt").write_text("…")
    (path / name).parent.mkdir(parents=True, exist_ok=True)
    (path / name).write_bytes(b"")
    async with ConvexClient("http://127.0.0.1:1") as client:
        with pytest.raises(MastraError, match=rf"{name} is not in manifest\.json"):
            await BulkConvex(client=client).import_from(path)
