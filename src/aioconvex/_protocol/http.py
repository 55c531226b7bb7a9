"""One HTTP call as text and back.

Facts: https://docs.convex.dev/http-api and the open-source backend's `local_backend` crate.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

import orjson
from attrs import frozen

from aioconvex.errors import (
    ApplicationError,
    ArgumentError,
    ArgumentValidationError,
    AuthenticationError,
    DeploymentError,
    FunctionError,
    FunctionNotFoundError,
    OutcomeUnknownError,
    OverloadedError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitedError,
    ReturnsValidationError,
)
from aioconvex.values import decode_value, encode_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Call", "FunctionKind", "Reply", "check_path", "read_reply", "write_call"]

FunctionKind: TypeAlias = Literal["query", "mutation", "action"]

_PATH: Final = re.compile(r"(?:[A-Za-z0-9_.]+/)*[A-Za-z0-9_.]+(?::[A-Za-z_][A-Za-z0-9_]*)?")
_FUNCTION_FAILED: Final = 560  # a marker older deployments used for what is HTTP 200 today
_OK: Final = {200, _FUNCTION_FAILED}
_MAX_BODY: Final = 2**24 + 2000
_SHOWN: Final = 200

_BY_STATUS: Final[dict[int, type[DeploymentError]]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    429: RateLimitedError,
    503: OverloadedError,
}
# These start the second line of the server's own texts, before anything a function can write.
_BY_TEXT: Final[list[tuple[str, type[FunctionError]]]] = [
    ("ArgumentValidationError: ", ArgumentValidationError),
    ("ReturnsValidationError: ", ReturnsValidationError),
    ("Could not find public function for ", FunctionNotFoundError),
    ("Could not find function for ", FunctionNotFoundError),
    ("Trying to execute ", FunctionNotFoundError),
]
_FIRST_LINE: Final = re.compile(r"\[Request ID: [^\]]*\] Server Error\n")


@frozen
class Call:
    """What to run: the kind of function, its path and its arguments as Convex values."""

    kind: FunctionKind
    path: str
    args: Mapping[str, object]


@frozen
class Reply:
    """What a function returned, and its console lines."""

    value: Any
    log_lines: Sequence[str]


def check_path(path: str) -> None:
    """Refuse what the server would refuse as a function path.

    Raises:
        ArgumentError: the path is not `module:function` with Convex's characters.
    """
    if not _PATH.fullmatch(path):
        raise ArgumentError(
            "path", f"{path[:_SHOWN]!r} is no function path like 'dir/module:function'"
        )


def write_call(call: Call) -> bytes:
    """Write the request body.

    Raises:
        ArgumentError: path or arguments cannot be sent.
    """
    check_path(call.path)
    body = {
        "path": call.path,
        "args": encode_value(call.args),
        "format": "convex_encoded_json",
    }
    text = orjson.dumps(body)
    if len(text) > _MAX_BODY:
        raise ArgumentError("$", f"the call is {len(text)} bytes, but Convex takes {_MAX_BODY}")
    return text


def read_reply(call: Call, status: int, body: bytes) -> Reply:
    """Read the answer to a call.

    Raises:
        FunctionError: the function failed, in one of its subclasses.
        DeploymentError: the request was refused, in one of its subclasses.
        OutcomeUnknownError: a mutation or action met a failure that does not say whether it ran.
        ProtocolError: the answer is not Convex's.
    """
    if status not in _OK:
        raise _refusal(call, status, body)
    content = _parse(call, body)
    log_lines: list[str] = content.get("logLines") or []
    match content:
        case {"status": "success", "value": value}:
            return Reply(value=_unwrap(call, value, body), log_lines=log_lines)
        case {"status": "error", "errorMessage": str(message)}:
            raise _failure(call, content, message, log_lines)
        case _:
            raise ProtocolError(call.path, "the reply has neither a value nor an error")


def _parse(call: Call, body: bytes) -> dict[str, Any]:
    try:
        content: Any = orjson.loads(body)
    except ValueError:
        shown = body[:_SHOWN].decode("utf-8", "replace")
        raise ProtocolError(call.path, f"the reply is no JSON: {shown!r}") from None
    if not isinstance(content, dict):
        raise ProtocolError(call.path, "the reply is no JSON object")
    return cast("dict[str, Any]", content)


def _unwrap(call: Call, value: Any, body: bytes) -> Any:
    if b'"$' not in body:
        return value  # nothing to unwrap, and the walk costs more than the parse
    try:
        return decode_value(value)
    except (ValueError, Base64Error, RecursionError) as error:
        raise ProtocolError(call.path, f"the reply breaks Convex's encoding: {error}") from None


def _failure(
    call: Call, content: dict[str, Any], message: str, log_lines: Sequence[str]
) -> FunctionError:
    # The key's presence marks a ConvexError: its data may well be null.
    if "errorData" in content:
        data = _unwrap(call, content["errorData"], b'"$')
        return ApplicationError(call.path, message, log_lines, data)
    text = _FIRST_LINE.sub("", message, count=1)
    for start, kind in _BY_TEXT:
        if text.startswith(start):
            return kind(call.path, message, log_lines)
    return FunctionError(call.path, message, log_lines)


def _refusal(call: Call, status: int, body: bytes) -> DeploymentError | OutcomeUnknownError:
    code, message = _code_and_message(body)
    # A server that failed in the middle, or gave up waiting, does not know either what happened.
    vague = status >= 500 and code in {"", "InternalServerError"}  # noqa: PLR2004  # HTTP's range
    if call.kind != "query" and (vague or status == 408):  # noqa: PLR2004  # request timeout
        return OutcomeUnknownError(call.path, f"HTTP {status}: {message or 'no message'}")
    return _BY_STATUS.get(status, DeploymentError)(call.path, status, code, message)


def _code_and_message(body: bytes) -> tuple[str, str]:
    try:
        match orjson.loads(body):
            case {"code": str(code), "message": str(message)}:
                return code, message
            case _:
                pass
    except ValueError:
        pass  # proxies answer in HTML or plain text; what they said is shown as it is
    return "", body[:_SHOWN].decode("utf-8", "replace")
