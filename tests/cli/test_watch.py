"""`aioconvex watch`: a live query on a terminal, and line by line for programs."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from rich.console import Console

from aioconvex import ConvexClient, Int64
from aioconvex._cli._table import table_of
from aioconvex.local import LocalDeployment
from cli.command import COMMAND, aioconvex, environment

LEDGER = Path(__file__).parents[1] / "live" / "fixtures" / "ledger" / "convex"
LANE = '{"lane": "a"}'


@pytest.fixture(scope="module")
def portal() -> Generator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="module")
def url(portal: BlockingPortal) -> Generator[str]:
    """A deployment with a ledger."""
    with portal.wrap_async_context_manager(LocalDeployment(LEDGER)) as deployment:
        yield deployment.url


def append(portal: BlockingPortal, url: str, number: int) -> None:
    """Write into the ledger."""

    async def call() -> None:
        async with ConvexClient(url) as client:
            await client.mutation("ledger:append", {"lane": "a", "number": number, "order": 0})

    portal.call(call)


@contextmanager
def watching(
    folder: Path, url: str, *options: str, stdout: int = subprocess.PIPE
) -> Generator[subprocess.Popen[str]]:
    """The command while it runs; it must end by itself, or by Ctrl-C."""
    with subprocess.Popen(
        [*COMMAND, "watch", "ledger:count", "--args", LANE, *options],
        cwd=folder,
        env=environment(folder, CONVEX_URL=url, TERM="xterm", LINES="24"),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupt(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C; what was told people meanwhile."""
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in told
    return told


def test_each_result_is_a_line_for_programs(
    portal: BlockingPortal, url: str, tmp_path: Path
) -> None:
    """`--json` prints results as they come, and nothing else; Ctrl-C ends it cleanly."""
    with watching(tmp_path, url, "--json") as process:
        assert process.stdout
        first = json.loads(process.stdout.readline())
        append(portal, url, 1)
        second = json.loads(process.stdout.readline())
        told = interrupt(process)

    assert first["event"] == second["event"] == "value"
    assert second["value"] == first["value"] + 1
    assert "connected" in told


def test_a_reader_that_leaves_ends_it_quietly(
    portal: BlockingPortal, url: str, tmp_path: Path
) -> None:
    """As `head -1` does."""
    with watching(tmp_path, url, "--json") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        append(portal, url, 2)
        told = process.stderr.read()
        process.wait(timeout=20)

    assert process.returncode == 141
    assert "Traceback" not in told
    assert "BrokenPipe" not in told


def test_a_terminal_shows_the_result_above_the_connection(
    portal: BlockingPortal, url: str, tmp_path: Path
) -> None:
    """Path, result, state, reconnects and how to end it; the footer follows the results."""
    ours, theirs = pty.openpty()
    with watching(tmp_path, url, stdout=theirs) as process:
        os.close(theirs)
        before = read_until(ours, "1 results")
        append(portal, url, 3)
        after = read_until(ours, "2 results")
        interrupt(process)
    os.close(ours)

    assert "ledger:count" in before
    assert url in before
    for words in ("connected", "0 reconnects", "Ctrl-C ends"):
        assert words in after


def read_until(descriptor: int, words: str) -> str:
    """What a terminal gets, up to these words."""
    shown = ""
    while words not in shown:
        shown += os.read(descriptor, 65_536).decode()
    return shown


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (("watch",), "requires an argument", 2),
        (("watch", "ledger:count", "--args", "{lane}"), "--args is not JSON", 2),
        (("watch", "ledger:count", "--args", "[1]"), "--args is not a JSON object", 2),
        (("watch", "ledger:count", "--args", '{"lane": {"$integer": "?"}}'), "--args", 2),
        (("watch", "ledger:count"), "ledger:count", 1),
        (("watch", "ledger:typo"), "ledger:typo", 1),
        (("watch", "no path:"), "no path", 1),
        (("watch", "ledger:append", "--args", LANE), "ledger:append", 1),
    ],
)
def test_a_mistake_is_one_clear_message(
    url: str, tmp_path: Path, arguments: tuple[str, ...], message: str, code: int
) -> None:
    done = aioconvex(tmp_path, *arguments, CONVEX_URL=url)

    assert (done.returncode, done.stdout.count("{")) == (code, 0)
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_deployment_it_says_where_it_looked(tmp_path: Path) -> None:
    done = aioconvex(tmp_path, "watch", "ledger:total", CONVEX_URL="", CONVEX_SELF_HOSTED_URL="")

    assert done.returncode == 2
    assert "CONVEX_URL" in done.stderr


def test_help_teaches(tmp_path: Path) -> None:
    shown = aioconvex(tmp_path, "watch", "--help").stdout

    assert """aioconvex watch messages:list --args '{"channel": "general"}'""" in shown
    assert "--json" in shown
    assert "--args" in shown


def drawn(value: object, *, rows: int = 10, width: int = 80) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(table_of(value, rows=rows, width=width))
    return capture.get()


def test_documents_are_rows() -> None:
    """Every field has a column, and what an earlier document lacks stays empty."""
    shown = drawn([{"_id": "j1", "body": "tea", "n": 2.0}, {"_id": "j2", "done": True, "n": None}])

    head, *_ = [line for line in shown.splitlines() if "body" in line]
    assert head.index("body") < head.index("_id")
    assert "2 documents" in shown
    assert "null" in shown
    assert "true" in shown


def test_what_does_not_fit_is_counted() -> None:
    wide = {f"field{number}": number for number in range(30)}

    assert "and 90 more" in drawn([{"n": number} for number in range(100)])
    assert "+25 fields" in drawn([wide])
    assert "and 20 more" in drawn(wide)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"),
        (2.0, "2"),
        (2.5, "2.5"),
        (True, "true"),
        ("tea", "tea"),
        (Int64(7), "7"),
        (b"123", "3 bytes"),
        ([], "[]"),
        ([1.0, "x"], '[1.0, "x"]'),
    ],
)
def test_other_values_are_text(value: object, shown: str) -> None:
    assert drawn(value).strip() == shown


def test_a_terminal_never_obeys_the_database() -> None:
    """Escape sequences and rich's markup are shown as they are."""
    for value in ("\x1b[2J\x07", ["[red]x[/red]"], {"\x1b]0;": "\r\x9b"}):
        shown = drawn(value)
        assert all(char.isprintable() or char == "\n" for char in shown)
    assert "[red]" in drawn([{"a": "[red]x[/red]"}])
