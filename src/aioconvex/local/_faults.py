"""Things that go wrong because a test says so."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from anyio import CancelScope
from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

__all__ = ["Faults"]

_INTERNAL: Final = "Your request couldn't be completed. Try again later."


@frozen
class Faults:
    """Faults of a deployment that was started with `allow_faults=True`, for tests of clients.

        await deployment.faults.drop("orders:pay", after_run=True)

    Faults of calls are for the calls of clients, over HTTP and WebSocket, not for those of other
    functions; each is used up by `times` calls, the oldest first. `LocalDeployment.reset` ends all.

    Every method raises LocalDeploymentError when the deployment allows no faults, or does not serve
    the function.
    """

    _control: Callable[[str, object], Awaitable[Any]] = field(repr=False)

    async def answer(  # noqa: PLR0913 -- all but the first by keyword
        self,
        path: str,
        *,
        status: int,
        code: str,
        message: str = _INTERNAL,
        times: int = 1,
        after_run: bool = False,
    ) -> None:
        """Have calls of a function answered with an error of the system.

        Over WebSocket such errors close the connection: 429 and 503 with close code 1013 and
        `code` as the reason, others with 1011 and `InternalServerError`.

        Args:
            path: the function, `module:name`.
            status: of the HTTP response.
            code: Convex's short code, such as `OptimisticConcurrencyControlFailure`.
            message: the text beside it.
            times: for how many calls.
            after_run: whether the function runs before, and commits what it writes.
        """
        instead = {"status": status, "code": code, "message": message}
        await self._call(path, times=times, instead=instead, runs=after_run)

    async def drop(self, path: str, *, times: int = 1, after_run: bool = False) -> None:
        """Have connections end without an answer, before the function runs or after it did.

        Args:
            path: the function, `module:name`.
            times: for how many calls.
            after_run: whether the function runs before, and commits what it writes.
        """
        await self._call(path, times=times, instead="drop", runs=after_run)

    async def delay(self, path: str, seconds: float, *, times: int = 1) -> None:
        """Have calls of a function wait before it runs.

        Args:
            path: the function, `module:name`.
            seconds: for how long.
            times: for how many calls.
        """
        await self._call(path, times=times, delay_ms=round(seconds * 1000))

    async def conflict(self, path: str, *, undone: int = 1, times: int = 1) -> None:
        """Have a mutation run and be undone before it runs for good, as Convex does after conflicts.

        What it does beside the database, such as counting in a variable of its module, shows.

        Args:
            path: the mutation, `module:name`.
            undone: how often each call is undone, 1 to 4. After 4, the call fails as Convex gives
                up then: 503 with `OptimisticConcurrencyControlFailure`.
            times: for how many calls.
        """
        await self._send("conflict", path=path, undone=undone, times=times)

    async def close_sockets(self, code: int = 1011, reason: str = "InternalServerError") -> None:
        """Close every WebSocket there is, with a close code and a reason."""
        await self._send("closeSockets", code=code, reason=reason)

    async def refuse_users(self, reason: str = "Convex token identity expired") -> None:
        """Tell every WebSocket there is that its user is not accepted, and close it."""
        await self._send("refuseUsers", reason=reason)

    async def chunk_transitions(self, size: int) -> None:
        """Send changes of live queries in parts of at most `size` bytes from now on."""
        await self._send("chunkTransitions", bytes=size)

    @asynccontextmanager
    async def held_transitions(self) -> AsyncGenerator[None]:
        """Keep changes of live queries back until the block ends; calls are answered meanwhile."""
        await self._send("holdTransitions")
        try:
            yield
        finally:
            # Not to be left held by a block that is cancelled; the answer comes at once.
            with CancelScope(shield=True):
                await self._send("releaseTransitions")

    async def clear(self) -> None:
        """End all faults."""
        await self._send("clear")

    async def _call(
        self, path: str, *, times: int, instead: object = None, runs: bool = True, delay_ms: int = 0
    ) -> None:
        await self._send(
            "call", path=path, times=times, instead=instead, runs=runs, delayMs=delay_ms
        )

    async def _send(self, kind: str, **fault: object) -> None:
        await self._control("faults", {"kind": kind, **fault})
