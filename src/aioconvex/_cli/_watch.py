"""`aioconvex watch`: a live query on a terminal, or line by line for programs."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from aioconvex.client import ConvexClient
from aioconvex.errors import (
    ArgumentValidationError,
    ConvexError,
    FunctionError,
    FunctionNotFoundError,
)
from aioconvex.local._tasks import background_tasks
from aioconvex.values import encode_value

from ._functions import tell_failure
from ._output import printable
from ._table import table_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from aioconvex.live import LiveConnection

    from ._output import Output

__all__ = ["watch"]

_AROUND_ROWS: Final = 8  # title, head, frame, caption and footer


class _Display(Protocol):
    """Shows what comes."""

    def value(self, value: object) -> None:
        """Show a result."""

    def failure(self, error: FunctionError) -> None:
        """Show that the function failed."""

    def state(self, state: LiveConnection) -> None:
        """Show how the connection does."""


async def watch(url: str | None, path: str, args: dict[str, Any], output: Output) -> None:
    """Show a query's results as they change, until Ctrl-C.

    Raises:
        ConvexError: it cannot be watched, or the first result is that the call is wrong.
    """
    logging.getLogger("aioconvex.sync").setLevel(logging.ERROR)  # the display tells what it does
    async with ConvexClient.from_env(url) as client:
        with _display(output, path, client.url) as display:
            await _follow(client, path, args, display)


async def _follow(client: ConvexClient, path: str, args: dict[str, Any], display: _Display) -> None:
    async def follow_states() -> None:
        with suppress(ConvexError):  # the query's loop raises it, too
            async for state in client.connection_states():
                display.state(state)

    first = True
    async with (
        background_tasks() as tasks,
        client.watch(path, args).with_errors() as live,
    ):
        tasks.start_soon(follow_states)
        async for item in live:
            if first and isinstance(item, FunctionNotFoundError | ArgumentValidationError):
                raise item  # a mistake in the command, which waiting will not mend
            first = False
            if isinstance(item, FunctionError):
                display.failure(item)
            else:
                display.value(item)


@contextmanager
def _display(output: Output, path: str, url: str) -> Generator[_Display]:
    console = Console(highlight=False, no_color=output.plain)
    if output.as_json or not console.is_terminal:
        yield _Lines(output, console)
        return
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as screen:
        yield _Screen(screen, path, url)


class _Lines:
    """One after the other: as JSON for programs, as tables in a file."""

    def __init__(self, output: Output, console: Console) -> None:
        self._output = output
        self._console = console
        self._phase: str | None = None

    def value(self, value: object) -> None:
        """Print it."""
        self._output.event("value", value=encode_value(value))
        if not self._output.as_json:
            self._console.print(table_of(value, rows=1_000, width=self._console.width))

    def failure(self, error: FunctionError) -> None:
        """Print it; people are told on stderr."""
        tell_failure(error, self._output)

    def state(self, state: LiveConnection) -> None:
        """Tell people when it changes."""
        if state.phase != self._phase:
            self._phase = state.phase
            self._output.say(_words(state), "dim")


class _Screen:
    """The newest result with a footer, in one place."""

    def __init__(self, screen: Live, path: str, url: str) -> None:
        self._screen = screen
        self._title = Text.assemble((path, "bold"), (f"  {url}", "dim"))
        self._body: Any = Text("waiting for the first result …", style="dim")
        self._footer = Text()
        self._values = 0
        self._changed = ""

    def value(self, value: object) -> None:
        """Replace what is shown."""
        size = self._screen.console.size
        self._show(table_of(value, rows=max(size.height - _AROUND_ROWS, 1), width=size.width))

    def failure(self, error: FunctionError) -> None:
        """Show the error in the place of a result."""
        self._show(Text(printable(str(error)), style="red"))

    def _show(self, body: object) -> None:
        self._body = body
        self._values += 1
        self._changed = f"{datetime.now():%H:%M:%S}"  # noqa: DTZ005  # the user's own clock
        self._refresh()

    def state(self, state: LiveConnection) -> None:
        """Show it in the footer."""
        style = "green" if state.phase == "connected" else "yellow"
        self._footer = Text.assemble(("● ", style), _words(state))
        self._refresh()

    def _refresh(self) -> None:
        parts = [self._footer, Text("Ctrl-C ends")]
        if self._values:
            parts.insert(1, Text(f"{self._values} results, the last at {self._changed}"))
        footer = Text(" · ", style="dim").join(parts)
        self._screen.update(Group(self._title, self._body, footer), refresh=True)


def _words(state: LiveConnection) -> str:
    words: list[str] = [state.phase]
    if state.phase == "reconnecting":
        words.append(f"attempt {state.attempt}: {printable(state.reason or 'connection lost')}")
    if state.latency is not None:
        words.append(f"{state.latency * 1000:.0f} ms")
    words.append(f"{state.reconnects} reconnects")
    return " · ".join(words)
