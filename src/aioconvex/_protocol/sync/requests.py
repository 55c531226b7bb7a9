"""Mutations and actions in flight: each mutation takes effect exactly once, no action runs twice."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from attrs import define, field

from aioconvex._protocol.failures import read_log_lines

from .events import RequestDone
from .messages import ActionResponse, MutationResponse, Request, RequestId
from .outcomes import Failure, Lost, Success
from .wire import malformed, write_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .calls import CallText
    from .outcomes import Outcome

__all__ = ["Requests"]

Kind: TypeAlias = Literal["Mutation", "Action"]

# A server keeps a thousand of each kind for one socket, and closes it at the next.
_MOST_UNANSWERED: Final = 500


@define(eq=False)
class _Request:
    id: RequestId
    kind: Kind
    path: str
    text: bytes = field(repr=False)
    sent: bool = False  # on any connection
    committed: tuple[int, Success] | None = None  # a mutation whose results are still to come


@define
class _Lane:
    """The requests of one kind: those that wait to be sent, those the connection has to answer."""

    live: int = 0  # how many are not done
    waiting: deque[_Request] = field(factory=deque[_Request])
    unanswered: set[RequestId] = field(factory=set[RequestId])


@define
class Requests:
    """All that are not done, in order."""

    _by_id: dict[RequestId, _Request] = field(factory=dict[RequestId, _Request])
    _committed: dict[RequestId, _Request] = field(factory=dict[RequestId, _Request])
    _lanes: dict[Kind, _Lane] = field(factory=lambda: {"Mutation": _Lane(), "Action": _Lane()})
    _next_id: int = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def ids(self) -> Iterable[RequestId]:
        """All that are not done."""
        return self._by_id.keys()

    def count(self, kind: Kind) -> int:
        """How many of a kind are not done."""
        return self._lanes[kind].live

    @property
    def lone(self) -> bool:
        """Whether there is a single one, and it is still to be sent."""
        return len(self._by_id) == 1 and self._is_any_waiting

    @property
    def _is_any_waiting(self) -> bool:
        lanes = self._lanes
        return bool(lanes["Mutation"].waiting or lanes["Action"].waiting)

    def add(self, kind: Kind, call: CallText) -> RequestId:
        """Take a request; its text is the same each time it is sent."""
        # Never used again: the server answers a known id with the old result.
        request_id = RequestId(self._next_id)
        self._next_id += 1
        message = Request(
            kind=kind,
            request_id=request_id,
            path=call.path,
            args=call.args,
            component=call.component,
        )
        request = _Request(request_id, kind, call.path, write_request(message))
        self._by_id[request_id] = request
        lane = self._lanes[kind]
        lane.live += 1
        lane.waiting.append(request)
        return request_id

    def forget(self, request_id: RequestId) -> bool:
        """Drop a request if it was never sent; tells whether it was dropped."""
        request = self._by_id[request_id]
        if request.sent:
            return False
        lane = self._lanes[request.kind]
        lane.live -= 1
        lane.waiting.remove(request)
        del self._by_id[request_id]
        return True

    # --- the connection

    def restart(self) -> None:
        """Begin a connection: every mutation is sent, in order; known ones will not run again."""
        for lane in self._lanes.values():
            lane.unanswered.clear()
        mutations = (request for request in self._by_id.values() if request.kind == "Mutation")
        self._lanes["Mutation"].waiting = deque(mutations)

    def to_send(self) -> list[bytes]:
        """The texts to send now, in order."""
        if not self._is_any_waiting:
            return []
        chosen: list[_Request] = []
        for lane in self._lanes.values():
            while lane.waiting and len(lane.unanswered) < _MOST_UNANSWERED:
                request = lane.waiting.popleft()
                request.sent = True
                lane.unanswered.add(request.id)
                chosen.append(request)
        if len(chosen) > 1:
            chosen.sort(key=lambda request: request.id)
        return [request.text for request in chosen]

    def lost(self) -> list[RequestDone]:
        """The connection is gone: actions that were sent may have run, hence end here."""
        unanswered = sorted(self._lanes["Action"].unanswered & self._by_id.keys())
        self._lanes["Action"].unanswered.clear()
        return [self._done(self._by_id[request_id], Lost(sent=True)) for request_id in unanswered]

    def abandon(self) -> list[RequestDone]:
        """Nothing will be sent or answered any more: every request ends."""
        for lane in self._lanes.values():
            lane.waiting.clear()
            lane.unanswered.clear()
        return [
            self._done(request, request.committed[1] if request.committed else Lost(request.sent))
            for request in list(self._by_id.values())
        ]

    # --- answers

    def answered(self, message: MutationResponse | ActionResponse, shown: int) -> list[RequestDone]:
        """Take an answer; gives the request if that is its end.

        Args:
            message: the server's answer.
            shown: the time of the results that everybody sees.

        Raises:
            ProtocolError: it answers what was not asked, or breaks the encoding.
        """
        kind: Kind = "Mutation" if isinstance(message, MutationResponse) else "Action"
        unanswered = self._lanes[kind].unanswered
        request = self._by_id.get(message.request_id)
        if request is not None and request.kind != kind:
            raise malformed(f"the answer to request {request.id} is of another kind")
        if message.request_id not in unanswered:
            if request is not None and request.committed is None:
                raise malformed(f"an answer to request {request.id}, which was not sent")
            return []
        if request is None or request.committed:
            unanswered.discard(message.request_id)  # the answer to a repetition
            return []
        outcome = _outcome(request, message)
        unanswered.discard(request.id)
        if isinstance(message, MutationResponse) and isinstance(outcome, Success):
            return self._commit(request, message.ts, outcome, shown)
        return [self._done(request, outcome)]

    def _commit(
        self, request: _Request, ts: int | None, value: Success, shown: int
    ) -> list[RequestDone]:
        assert ts is not None  # noqa: S101  # as `wire` has seen to
        if ts <= shown:
            return [self._done(request, value)]
        request.committed = ts, value
        self._committed[request.id] = request
        return []

    def observed(self, shown: int) -> list[RequestDone]:
        """The mutations that the results of this time include."""
        if not self._committed:
            return []
        done = [
            (request, request.committed[1])
            for _, request in sorted(self._committed.items())
            if request.committed and request.committed[0] <= shown
        ]
        return [self._done(request, value) for request, value in done]

    def _done(self, request: _Request, outcome: Outcome) -> RequestDone:
        del self._by_id[request.id]
        self._committed.pop(request.id, None)
        self._lanes[request.kind].live -= 1
        return RequestDone(request.id, outcome)


def _outcome(request: _Request, message: MutationResponse | ActionResponse) -> Success | Failure:
    if message.success:
        return Success(message.result, read_log_lines(message.content))
    failure = Failure(request.path, message.result, message.content)
    failure.error()  # raises now what would be raised later
    return failure
