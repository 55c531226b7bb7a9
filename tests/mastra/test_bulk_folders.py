"""Folders that somebody else filled: nothing outside of them is read or written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aioconvex.mastra import MastraError
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
    state = {"url": URL, "files": [], "growing": None}
    (path / EXPORT_PROGRESS).write_text(json.dumps(state))
    (path / "messages.jsonl.part").symlink_to(mine)
    (path / "vectors").symlink_to(mine.parent)
    journal = ExportJournal.of(Folder(path), URL)
    with pytest.raises(MastraError, match=r"messages\.jsonl\.part is a link"):
        journal.open("messages.jsonl")
    with pytest.raises(MastraError, match="vectors is a link"):
        journal.open_folder("vectors/docs")
    assert mine.read_text() == "mine"
