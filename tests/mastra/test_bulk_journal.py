"""What an export has on the disk, wherever it is cut off."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from aioconvex.mastra import MastraError
from aioconvex.mastra._bulk.export_journal import EXPORT_PROGRESS, ExportJournal
from aioconvex.mastra._bulk.folder import Folder

URL = "http://127.0.0.1:3210"
PAGES: dict[str, list[tuple[bytes, int, str | None]]] = {
    "a.jsonl": [(b"1\n2\n", 2, "C1"), (b"3\n", 1, "C2"), (b"", 0, None)],
    "b.jsonl": [(b"4\n", 1, None)],
}


class PowerCutError(BaseException):
    """The end of a process; no handler of ours runs."""


def export(path: Path) -> None:
    """Write all pages, from where the folder says."""
    journal = ExportJournal.of(Folder(path), URL)
    for name, pages in PAGES.items():
        if journal.has(name):
            continue
        growing = journal.open(name)
        cursors = [None] + [cursor for _, _, cursor in pages]
        while not growing.ended:
            journal.append(*pages[cursors.index(growing.cursor)])
        journal.close()
    journal.finish()


def contents(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted(path.iterdir())}


def cut_off(patch: pytest.MonkeyPatch, after: int) -> None:
    """End the process after some steps: each write to the disk, and before and after a renaming."""
    fsync, replace = os.fsync, Path.replace
    steps = count(1)

    def step() -> None:
        if next(steps) == after:
            raise PowerCutError

    def synced(handle: int) -> None:
        fsync(handle)
        step()

    def replaced(self: Path, target: Path) -> Path:
        step()
        result = replace(self, target)
        step()
        return result

    patch.setattr(os, "fsync", synced)
    patch.setattr(Path, "replace", replaced)


def test_cut_off_before_or_after_any_step_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And gives the files of an export that nobody cut off."""
    export_whole = tmp_path / "whole"
    export_whole.mkdir()
    export(export_whole)
    expected = contents(export_whole)
    assert expected["a.jsonl"] == b"1\n2\n3\n"

    for cut in count(1):
        path = tmp_path / str(cut)
        path.mkdir()
        with monkeypatch.context() as patch, suppress(PowerCutError):
            cut_off(patch, cut)
            export(path)
            assert cut > 20
            break
        export(path)
        assert contents(path) == expected


def test_a_file_that_lost_something_is_an_error(tmp_path: Path) -> None:
    """Rather than a gap in it."""
    journal = ExportJournal.of(Folder(tmp_path), URL)
    journal.open("a.jsonl")
    journal.append(b"1\n2\n", 2, "C1")
    (tmp_path / "a.jsonl.part").write_bytes(b"1\n")
    with pytest.raises(MastraError, match="shorter than it was"):
        ExportJournal.of(Folder(tmp_path), URL).open("a.jsonl")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}"]
    + [
        f'{{"url": "{URL}", "files": {files}, "growing": {growing}}}'
        for files, growing in [
            ("[5]", "null"),
            ("[]", "[]"),
            ("[]", '{"name": 5}'),
            ("[]", '{"name": "a.jsonl", "bytes": -1}'),
            ("[]", '{"name": "a.jsonl", "cursor": 5}'),
        ]
    ],
)
def test_a_damaged_journal_is_an_error(tmp_path: Path, text: str) -> None:
    """Named by its file."""
    (tmp_path / EXPORT_PROGRESS).write_text(text)
    with pytest.raises(MastraError, match=r"export-progress\.json is damaged"):
        ExportJournal.of(Folder(tmp_path), URL)
