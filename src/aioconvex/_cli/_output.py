"""How the commands talk: to people in words on stderr, to programs in JSON lines on stdout."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from aioconvex_codegen import GenerateReport

__all__ = ["Output", "printable"]

_MOST_SHOWN: Final = 12


class Output:
    """Where a command prints.

    Args:
        as_json: events as JSON lines on stdout, and nothing else there.
        color: styles on terminals that have them.
    """

    def __init__(self, *, as_json: bool = False, color: bool = True) -> None:
        self.as_json = as_json
        self.plain = None if color else True
        self._err = Console(stderr=True, highlight=False, soft_wrap=True, no_color=self.plain)

    def event(self, event: str, **details: object) -> None:
        """Tell a program; people are told by the other methods."""
        if self.as_json:
            self.text(json.dumps({"event": event, **details}) + "\n")

    def text(self, text: str) -> None:
        """Print what the command was asked for, byte for byte."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def say(self, text: str, style: str | None = None) -> None:
        """Tell people; what a text from elsewhere asks of the terminal is shown, not done."""
        lines = "\n".join(map(printable, text.split("\n")))
        self._err.print(lines, style=style, markup=False, emoji=False)

    def error(self, message: str, code: int) -> None:
        """Tell why the command failed."""
        self.event("error", message=message, code=code)
        self.say(f"error: {message}", "bold red")

    @contextmanager
    def busy(self) -> Generator[Callable[[str], None]]:
        """Show on a terminal that work goes on; the given function says which."""
        with self._err.status("starting") as status:
            yield lambda doing: status.update(f"{doing} …")

    def report(self, report: GenerateReport, folder: str, *, check: bool) -> None:
        """Tell what a run of the generator did, what it could not do, and where to mend that."""
        self._tell_files(report, check=check)
        for note in report.notes:
            self._tell("note", note, "dim")
        for warning in report.warnings:
            self._tell("warning", warning, "yellow")
        for path in report.foreign:
            self._tell("left alone", f"{path} is in {folder}, but not generated")
        self._tell_untyped(report)
        for skipped in report.skipped:
            self._tell("skipped", skipped, "bold red")
        self._summarise(report, folder, check=check)

    def _tell(self, kind: str, message: str, style: str | None = None) -> None:
        self.event(kind, message=message)
        self.say(f"{kind}: {message}", style)

    def _tell_files(self, report: GenerateReport, *, check: bool) -> None:
        done = ("would write", "would remove") if check else ("written", "removed")
        for change, paths in zip(done, (report.written, report.removed), strict=True):
            for path in paths:
                self.event("file", change=change, path=str(path))
        if report.diff and self.as_json:
            self.event("diff", text=report.diff)
        elif report.diff:
            self.text(report.diff)

    def _tell_untyped(self, report: GenerateReport) -> None:
        for item in report.untyped:
            self.event("untyped", path=item.path, reason=item.reason, file=item.file)
        for item in report.untyped[:_MOST_SHOWN]:
            self.say(f"untyped: {item.path}: {item.reason} ({item.file})", "dim")
        if (more := len(report.untyped) - _MOST_SHOWN) > 0:
            files = len({item.file for item in report.untyped})
            self.say(f"untyped: and {more} more, in {files} files; --json lists all", "dim")

    def _summarise(self, report: GenerateReport, folder: str, *, check: bool) -> None:
        self.event(
            "summary",
            functions=report.functions,
            typed=report.typed,
            tables=report.tables,
            http_actions=list(report.http_actions),
            written=len(report.written),
            removed=len(report.removed),
            skipped=len(report.skipped),
            up_to_date=report.up_to_date,
        )
        found = f"{report.functions} functions ({report.typed} fully typed), {report.tables} tables"
        if report.http_actions:
            found += f", {len(report.http_actions)} HTTP actions"
        if report.up_to_date:
            self.say(f"{found}: {folder} is up to date")
        elif check:
            self.say(f"{found}: {folder} is out of date; run aioconvex generate")
        else:
            changed = f"{len(report.written)} files written, {len(report.removed)} removed"
            self.say(f"{found}: {changed} for {folder}")


def printable(text: str) -> str:
    """Spell what a terminal would act on, such as escape sequences."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
