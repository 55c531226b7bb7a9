"""Messages as text and back: one JSON document for each text frame.

What the server sends is read by hand, field by field, straight from the parsed JSON: a live value
passes here thousands of times a second.
"""

from __future__ import annotations

from base64 import b64encode
from binascii import a2b_base64
from struct import Struct
from struct import error as StructError  # noqa: N812  # its own name says nothing
from typing import TYPE_CHECKING, Any, Final

import orjson

from aioconvex._protocol.failures import read_log_lines
from aioconvex._protocol.json import is_list, is_object
from aioconvex.errors import ProtocolError

from .messages import (
    ActionResponse,
    Add,
    AdminKey,
    Authenticate,
    AuthError,
    Connect,
    FatalError,
    Modification,
    ModifyQuerySet,
    MutationResponse,
    NoAuth,
    Ping,
    QueryFailed,
    QueryId,
    QueryRemoved,
    QueryUpdated,
    Remove,
    Request,
    RequestId,
    ServerMessage,
    Transition,
    TransitionChunk,
    Unknown,
    UserToken,
    Version,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "malformed",
    "read",
    "write_authenticate",
    "write_connect",
    "write_modify_query_set",
    "write_request",
]

_TS: Final = Struct("<Q")
_MAX_TS: Final = 2**63 - 1
_MAX_U32: Final = 2**32 - 1
_SHOWN: Final = 200


def malformed(reason: str) -> ProtocolError:
    """Make the error of a message that is not Convex's."""
    return ProtocolError("sync", reason)


# --- the client's messages


def write_connect(message: Connect) -> bytes:
    """Write the first message of a connection."""
    content: dict[str, object] = {
        "type": "Connect",
        "sessionId": message.session_id,
        "connectionCount": message.connection_count,
        "lastCloseReason": message.last_close_reason,
        "clientTs": message.client_ts,
    }
    if message.max_observed_ts is not None:
        content["maxObservedTimestamp"] = _spell_ts(message.max_observed_ts)
    return orjson.dumps(content)


def write_authenticate(message: Authenticate) -> bytes:
    """Write who calls from now on."""
    content: dict[str, object] = {"type": "Authenticate", "baseVersion": message.base_version}
    match message.auth:
        case NoAuth():
            content["tokenType"] = "None"
        case UserToken(token):
            content |= {"tokenType": "User", "value": token}
        case AdminKey(key, acting_as):
            content |= {"tokenType": "Admin", "value": key}
            if acting_as is not None:
                # Its name inside the server, `actingAs`, is ignored on the wire: calls would run
                # as plain admin.
                content["impersonating"] = dict(acting_as)
    return orjson.dumps(content)


def write_modify_query_set(message: ModifyQuerySet) -> bytes:
    """Write a change of the query set."""
    return orjson.dumps(
        {
            "type": "ModifyQuerySet",
            "baseVersion": message.base_version,
            "newVersion": message.new_version,
            "modifications": [_modification(item) for item in message.modifications],
        }
    )


def _modification(item: Add | Remove) -> dict[str, object]:
    if isinstance(item, Remove):
        return {"type": "Remove", "queryId": item.query_id}
    content = {"type": "Add", "queryId": item.query_id, **_call(item)}
    if item.journal is not None:
        content["journal"] = item.journal
    return content


def write_request(message: Request) -> bytes:
    """Write a call of a mutation or an action."""
    return orjson.dumps({"type": message.kind, "requestId": message.request_id, **_call(message)})


def _call(item: Add | Request) -> dict[str, object]:
    content: dict[str, object] = {"udfPath": item.path, "args": [orjson.Fragment(item.args)]}
    if item.component is not None:
        content["componentPath"] = item.component
    return content


def _spell_ts(ts: int) -> str:
    return b64encode(_TS.pack(ts)).decode("ascii")


# --- the server's messages


def read(text: bytes | bytearray | str) -> ServerMessage:
    """Read a message of the server.

    Raises:
        ProtocolError: it is none.
    """
    try:
        content: Any = orjson.loads(text)
    except ValueError:
        shown = text[:_SHOWN]
        raise malformed(f"the server's message is no JSON: {shown!r}") from None
    kind: Any = content.get("type") if is_object(content) else None
    if type(kind) is not str:
        raise malformed("the server's message has no type")
    reader = _READERS.get(kind)
    if reader is None:
        return Unknown(kind[:_SHOWN])
    try:
        message = reader(content)
    except KeyError as missing:
        raise malformed(f"the server's {kind} lacks {missing}") from None
    except _Unfit as unfit:
        raise malformed(f"in the server's {kind}, {unfit}") from None
    if isinstance(message, Transition) and not isinstance(text, str):
        message.text = text
    return message


class _Unfit(Exception):  # noqa: N818  # never leaves this module
    """A field is not what it should be."""


def _transition(content: dict[str, Any]) -> Transition:
    modifications = content["modifications"]
    if not is_list(modifications):
        raise _Unfit("modifications is no array")
    return Transition(
        _version(content["startVersion"]),
        _version(content["endVersion"]),
        [_read_modification(item) for item in modifications],
        _optional_int(content, "clientClockSkew"),
    )


def _version(content: Any) -> Version:
    if not is_object(content):
        raise _Unfit("a version is no object")
    return Version(_u32(content, "querySet"), _u32(content, "identity"), _ts(content["ts"]))


def _read_modification(content: Any) -> Modification:
    if not is_object(content):
        raise _Unfit("a modification is no object")
    kind: Any = content["type"]
    query_id = QueryId(_u32(content, "queryId"))
    if kind == "QueryUpdated":
        return QueryUpdated(query_id, content["value"], read_log_lines(content), _journal(content))
    if kind == "QueryFailed":
        return QueryFailed(query_id, _text(content, "errorMessage"), content, _journal(content))
    if kind == "QueryRemoved":
        return QueryRemoved(query_id)
    # Unlike a whole message, it cannot be left aside: a result would be missing.
    raise _Unfit("a modification has an unknown type")


def _mutation_response(content: dict[str, Any]) -> MutationResponse:
    request, success = _answered(content)
    ts = _ts(content["ts"]) if success else None
    return MutationResponse(request, success, ts, content["result"], content)


def _action_response(content: dict[str, Any]) -> ActionResponse:
    request, success = _answered(content)
    return ActionResponse(request, success, content["result"], content)


def _answered(content: dict[str, Any]) -> tuple[RequestId, bool]:
    success: Any = content["success"]
    if type(success) is not bool:
        raise _Unfit("success is no boolean")
    if not success:
        _text(content, "result")
    return RequestId(_u32(content, "requestId")), success


def _chunk(content: dict[str, Any]) -> TransitionChunk:
    return TransitionChunk(
        _text(content, "chunk"),
        _u32(content, "partNumber"),
        _u32(content, "totalParts"),
        _text(content, "transitionId"),
    )


def _auth_error(content: dict[str, Any]) -> AuthError:
    base: Any = content.get("baseVersion")
    attempted: Any = content.get("authUpdateAttempted")
    if attempted is not None and type(attempted) is not bool:
        raise _Unfit("authUpdateAttempted is no boolean")
    base_version = None if base is None else _u32(content, "baseVersion")
    return AuthError(_text(content, "error"), base_version, attempted)


def _fatal_error(content: dict[str, Any]) -> FatalError:
    return FatalError(_text(content, "error"))


_READERS: Final[Mapping[str, Callable[[dict[str, Any]], ServerMessage]]] = {
    "Transition": _transition,
    "MutationResponse": _mutation_response,
    "ActionResponse": _action_response,
    "TransitionChunk": _chunk,
    "AuthError": _auth_error,
    "FatalError": _fatal_error,
    "Ping": lambda _: Ping(),
}


def _u32(content: Mapping[str, Any], name: str) -> int:
    value: Any = content[name]
    # Not `isinstance`, as a boolean is an int.
    if type(value) is not int or not 0 <= value <= _MAX_U32:
        raise _Unfit(f"{name} is no unsigned 32-bit integer")
    return value


def _optional_int(content: Mapping[str, Any], name: str) -> int | None:
    value: Any = content.get(name)
    if value is not None and type(value) is not int:
        raise _Unfit(f"{name} is no integer")
    return value


def _text(content: Mapping[str, Any], name: str) -> str:
    value: Any = content[name]
    if type(value) is not str:
        raise _Unfit(f"{name} is no text")
    return value


def _journal(content: Mapping[str, Any]) -> str | None:
    journal: Any = content.get("journal")
    if journal is not None and type(journal) is not str:
        raise _Unfit("journal is no text")
    return journal


def _ts(value: Any) -> int:
    try:
        (ts,) = _TS.unpack(a2b_base64(value, strict_mode=True))
    except (TypeError, ValueError, StructError):
        raise _Unfit("ts is no timestamp") from None
    if ts > _MAX_TS:
        raise _Unfit("ts is no timestamp")
    number: int = ts
    return number
