"""Messages of a sync server, spelled by hand, and what a client sends, parsed."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from uuid import UUID

from aioconvex._protocol.sync.messages import Auth
from aioconvex._protocol.sync.state import SyncState

SESSION = UUID("3e04889e-8a8e-4e68-ab51-e350e1364d84")


def ts(number: int) -> str:
    return b64encode(number.to_bytes(8, "little")).decode()


def version(query_set: int, identity: int, at: int) -> dict[str, Any]:
    return {"querySet": query_set, "identity": identity, "ts": ts(at)}


def transition(
    start: tuple[int, int, int],
    end: tuple[int, int, int],
    *modifications: dict[str, Any],
    skew: int | None = None,
) -> bytes:
    return text(
        type="Transition",
        startVersion=version(*start),
        endVersion=version(*end),
        modifications=list(modifications),
        clientClockSkew=skew,
        serverTs=1_700_000_000_000_000_000,
    )


def updated(query: int, value: Any, journal: str | None = None) -> dict[str, Any]:
    return {
        "type": "QueryUpdated",
        "queryId": query,
        "value": value,
        "logLines": [],
        "journal": journal,
    }


def failed(query: int, message: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "QueryFailed",
        "queryId": query,
        "errorMessage": message,
        "logLines": [],
        "journal": None,
        **more,
    }


def removed(query: int) -> dict[str, Any]:
    return {"type": "QueryRemoved", "queryId": query}


def committed(request: int, at: int, result: Any = None) -> bytes:
    return text(
        type="MutationResponse",
        requestId=request,
        success=True,
        result=result,
        ts=ts(at),
        logLines=[],
    )


def refused(request: int, message: str, **more: Any) -> bytes:
    return text(
        type="MutationResponse",
        requestId=request,
        success=False,
        result=message,
        ts=None,
        logLines=[],
        **more,
    )


def acted(request: int, result: Any, *, success: bool = True) -> bytes:
    return text(
        type="ActionResponse", requestId=request, success=success, result=result, logLines=[]
    )


def chunk(part: int, parts: int, piece: str, transition_id: str = "1") -> bytes:
    return text(
        type="TransitionChunk",
        chunk=piece,
        partNumber=part,
        totalParts=parts,
        transitionId=transition_id,
    )


def auth_error(base: int | None, *, attempted: bool | None) -> bytes:
    return text(
        type="AuthError", error="no such user", baseVersion=base, authUpdateAttempted=attempted
    )


def fatal(message: str) -> bytes:
    return text(type="FatalError", error=message)


PING = b'{"type":"Ping"}'


def text(**content: Any) -> bytes:
    return json.dumps(content).encode()


def new_state(auth: Auth | None = None, *, renewable: bool = False) -> SyncState:
    return SyncState(SESSION, auth, renewable=renewable)


def opened(state: SyncState, at: int = 0) -> list[dict[str, Any]]:
    """Open a socket and take what is sent on it at once."""
    state.opened(at)
    return sent(state)


def sent(state: SyncState) -> list[dict[str, Any]]:
    """Take what is to be sent."""
    return [json.loads(frame) for frame in state.outgoing()]


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]
