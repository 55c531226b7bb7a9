"""When and where a client may be used: until it is closed, in one event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sniffio

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Life"]


class Life:
    """A client's, from its first use on, in the event loop of that.

    Sockets belong to an event loop. In another one, another thread's or a forked process's, they
    would fail in strange ways, or hand one user's answer to another.
    """

    def __init__(self) -> None:
        self.ended = False
        self._event_loop: Callable[[], object] | None = None
        self._home: object = None

    def check(self) -> None:
        """Refuse what comes after the end, and from elsewhere.

        Raises:
            RuntimeError: the client is closed, or was used in another event loop, or none runs.
        """
        if self.ended:
            raise RuntimeError("the client is closed")
        if self._event_loop is None:
            self._event_loop = _event_loop_of(_library())
            self._home = self._event_loop()
        self._check_home(self._event_loop)

    def end(self) -> None:
        """Let `check` refuse everything; it is no error to say so twice.

        Raises:
            RuntimeError: the client was used in another event loop.
        """
        if self._event_loop is not None:
            self._check_home(self._event_loop)
        self.ended = True

    def _check_home(self, event_loop: Callable[[], object]) -> None:
        try:
            here = event_loop()
        except RuntimeError:
            here = None  # that of the other library runs
        if here is not self._home:
            raise RuntimeError(
                "the client belongs to the event loop that used it first, and this is another"
                " (a second asyncio.run, a thread, a fork): make a client in each"
            )


def _library() -> str:
    try:
        return sniffio.current_async_library()
    except sniffio.AsyncLibraryNotFoundError:
        raise RuntimeError(
            "no event loop runs: use the client in asyncio.run or trio.run"
        ) from None


def _event_loop_of(library: str) -> Callable[[], object]:
    """Tell how to ask for the event loop that runs."""
    if library == "trio":
        from trio.lowlevel import current_trio_token  # noqa: PLC0415  # loaded, since it runs

        return current_trio_token
    from asyncio import get_running_loop  # noqa: PLC0415  # slow to import for trio

    return get_running_loop
