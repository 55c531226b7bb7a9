"""One open socket in use: what the state has to say goes out, what comes in is handed on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import anyio

from aioconvex._protocol.sync.backoff import SEND_FAILED
from aioconvex._transport.base import TransportError
from aioconvex._transport.direct import DirectStream
from aioconvex.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from anyio.abc import TaskGroup

    from aioconvex._protocol.sync.events import Event
    from aioconvex._protocol.sync.state import SyncState
    from aioconvex._transport.websocket import WebSocket

__all__ = ["Connection"]

_log: Final = logging.getLogger("aioconvex.sync")
_BATCH: Final = 2**20


class Connection:
    """A socket that a state has been told of (`SyncState.opened`).

    Args:
        socket: open; it is closed at the end.
        state: what is said and understood.
        handle: takes what came of each message, before the next is looked at.
    """

    def __init__(
        self, socket: WebSocket, state: SyncState, handle: Callable[[Sequence[Event]], None]
    ) -> None:
        self._socket = socket
        self._state = state
        self._handle = handle
        self._direct = socket.stream if isinstance(socket.stream, DirectStream) else None
        self._work = anyio.Event()
        self._crash: Exception | None = None
        self._texts: list[bytes] = []
        self._tasks: TaskGroup | None = None
        self._dropped = False
        self.reason: str | None = None
        """Why it was lost; None if we wanted it so."""
        self.now = anyio.current_time if self._direct is None else self._direct.now
        self.heard = self.used = self.now()
        """When the server last sent something, and when there last was something to send."""

    async def run(self, *beside: Callable[[Connection], Coroutine[Any, Any, None]]) -> None:
        """Keep it going until it is lost; tasks beside it end with it."""
        try:
            async with anyio.create_task_group() as tasks:
                self._tasks = tasks
                for task in beside:
                    tasks.start_soon(task, self)
                if self._direct is not None:
                    self._received(b"")  # what came together with the answer to the upgrade
                    self._direct.attach(self._received, self._send_now)
                    await anyio.sleep_forever()
                tasks.start_soon(self._write)
                await self._read()
        finally:
            await self._socket.aclose()
        if self._crash is not None:
            raise self._crash

    def start(self, task: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start another task that ends with the connection."""
        if self._tasks is not None:
            self._tasks.start_soon(task)

    def drop(self, reason: str | None) -> None:
        """End it; the first reason counts."""
        if not self._dropped:
            self._dropped = True
            self.reason = reason
        if self._tasks is not None:
            self._tasks.cancel_scope.cancel()

    def wake(self) -> None:
        """Send what the state has to say: a lone call at once, all else with what comes beside it."""
        self.used = self.now()
        if self._direct is not None and self._state.has_lone_call:
            self._send_now()
        else:
            self._stir()

    def _stir(self) -> None:
        if self._direct is not None:
            self._direct.stir()
        else:
            self._work.set()

    @property
    def latency(self) -> float | None:
        """Seconds between the newest answered `ping` and its answer."""
        return self._socket.latency

    def ping(self) -> None:
        """Begin to measure a round trip, unless one is under way."""
        self._socket.ping()
        self._stir()

    # --- by callbacks, where the stream has them

    def _received(self, data: bytes | None) -> None:
        if self._dropped:
            return
        try:
            self._take(self._socket.feed(data))
            self._socket.check_open()
        except (TransportError, ProtocolError) as error:
            self._give_up(error)
        except Exception as error:  # noqa: BLE001  # `run` raises it, as no callback can
            self._crash = error
            self.drop(None)
        self._send_now()

    def _send_now(self) -> None:
        direct = self._direct
        if direct is None or self._dropped:
            return
        self._texts += self._state.outgoing()
        try:
            while direct.writable and (self._texts or self._socket.must_send):
                direct.write(self._socket.encode(self._next_batch()))
        except (TransportError, anyio.BrokenResourceError):
            self.drop(SEND_FAILED)

    # --- by tasks, elsewhere

    async def _write(self) -> None:
        try:
            while True:
                self._texts += self._state.outgoing()
                batch = self._next_batch()
                if batch or self._socket.must_send:
                    await self._socket.send(batch)
                else:
                    self._work = anyio.Event()
                    await self._work.wait()
        except TransportError as error:
            _log.debug("sending failed: %s", error.reason)
            self.drop(SEND_FAILED)

    async def _read(self) -> None:
        try:
            while not self._dropped:
                self._take(await self._socket.receive())
                self._texts += self._state.outgoing()
                if self._texts or self._socket.must_send:
                    self._work.set()
        except (TransportError, ProtocolError) as error:
            self._give_up(error)

    # --- for both

    def _next_batch(self) -> list[bytes]:
        """Take messages for one write: many small ones, but no copy of all the large ones."""
        size = 0
        for number, text in enumerate(self._texts):
            size += len(text)
            if size >= _BATCH:
                batch = self._texts[: number + 1]
                del self._texts[: number + 1]
                return batch
        batch, self._texts = self._texts, []
        return batch

    def _take(self, texts: Sequence[bytes | bytearray]) -> None:
        self.heard = self.now()
        for text in texts:
            self._handle(self._state.receive(text))
        if not self._state.connected:
            self.drop("AuthError")  # as the server will, when it has not done so yet

    def _give_up(self, error: TransportError | ProtocolError) -> None:
        """Drop the connection for what went wrong with it."""
        if isinstance(error, TransportError):
            self.drop(error.reason)
        else:
            _log.warning("the connection is given up: %s", error)
            self.drop("ProtocolError")
