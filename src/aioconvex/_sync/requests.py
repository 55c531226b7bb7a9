"""Mutations and actions that somebody waits for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from aioconvex._concurrency import signal
from aioconvex._protocol.refusals import unknown_outcome
from aioconvex._protocol.sync.outcomes import Failure, Lost, Success
from aioconvex._turns import limits
from aioconvex.errors import ConvexConnectionError, ConvexTimeoutError
from aioconvex.raw import log_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from aioconvex._protocol.http import Call
    from aioconvex._protocol.sync.events import RequestDone
    from aioconvex._protocol.sync.messages import RequestId
    from aioconvex._protocol.sync.outcomes import Outcome
    from aioconvex._protocol.sync.state import SyncState
    from aioconvex._turns import Limits

__all__ = ["ErrorOf", "Requests", "reason_of"]

ErrorOf: TypeAlias = "Callable[[str], Exception]"
"""Makes the error of one function, given its path."""


class Requests:
    """All that a session has in flight."""

    def __init__(self, state: SyncState) -> None:
        self.state = state
        self._waiting: dict[RequestId, _Waiting] = {}
        self._limits: Limits | None = None

    async def run(
        self,
        call: Call,
        seconds: float | None,
        stir: Callable[[], None],
        late: Callable[[str], str],
    ) -> Success:
        """Run a mutation or an action.

        Args:
            call: what to run.
            seconds: how long to wait for its end; None waits for ever.
            stir: has the state's messages sent.
            late: adds why there is no answer, if the connection tells.

        Raises:
            ArgumentError: it cannot be sent.
            FunctionError: it failed.
            OutcomeUnknown: it was sent, and nobody knows what became of it.
            ConvexConnectionError: it was surely not run; `ConvexTimeoutError` if not in time.
        """
        begin = self.state.mutation if call.kind == "mutation" else self.state.action
        request = begin(call.path, call.args, component=call.component)
        stir()  # no answer can come before this task waits for it
        self._waiting[request] = waiting = _Waiting(call)
        if self._limits is None:
            self._limits = limits()
        within = self._limits(math.inf if seconds is None else seconds)
        try:
            with within:
                await waiting.done.wait()
        except TimeoutError:
            waiting.late = late(f"no answer within {seconds} s")
        finally:
            # A mutation that was sent keeps its place, and may still be applied.
            forgotten = waiting.outcome is None and self.state.forget(request)
            if forgotten:
                del self._waiting[request]
        return waiting.result(forgotten=forgotten)

    def done(self, event: RequestDone, why: ErrorOf | None) -> None:
        """Tell who waits of a request's end; `why` says what ended the whole session, if so."""
        waiting = self._waiting.pop(event.request)
        waiting.outcome = event.outcome
        waiting.why = why or self._lost
        if isinstance(event.outcome, Success):
            log_lines(waiting.call.path, event.outcome)
        elif isinstance(event.outcome, Failure):
            log_lines(waiting.call.path, event.outcome.error())
        waiting.done.set()

    def _lost(self, path: str) -> Exception:
        why = self.state.last_close_reason
        return ConvexConnectionError(path, "the connection was lost" + (f": {why}" if why else ""))


class _Waiting:
    """One that waits for its request."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.done = signal()
        self.outcome: Outcome | None = None
        self.why: ErrorOf
        self.late = ""

    def result(self, *, forgotten: bool) -> Success:
        kind, path = self.call.kind, self.call.path
        match self.outcome:
            case Success():
                return self.outcome
            case Failure():
                raise self.outcome.error()
            case Lost(sent=True):
                raise unknown_outcome(kind, path, reason_of(self.why(path)))
            case Lost():
                raise self.why(path)
            case None if forgotten:
                raise ConvexTimeoutError(path, f"not even sent: {self.late}")
            case None:
                raise unknown_outcome(kind, path, self.late)


def reason_of(error: Exception) -> str:
    """What an error says, without whose it is."""
    return getattr(error, "reason", None) or getattr(error, "message", None) or str(error)
