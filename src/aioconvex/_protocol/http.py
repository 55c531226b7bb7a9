"""One HTTP call as text and back.

Facts: https://docs.convex.dev/http-api and the open-source backend's `local_backend` crate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import orjson
from attrs import define, field

from aioconvex.errors import FunctionError, OutcomeUnknown, ProtocolError
from aioconvex.values import write_json

from .failures import function_error, read_log_lines, unwrap
from .json import is_list, is_object
from .paths import check_component, check_path
from .refusals import refusal, unknown_outcome
from .sizes import check_size, places_of, wire_args

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Call", "FunctionKind", "Reply", "read_batch", "read_reply", "write_batch", "write_call"]

FunctionKind: TypeAlias = Literal["query", "mutation", "action"]

_FORMAT: Final = "convex_encoded_json"  # the one format that loses nothing
_FUNCTION_FAILED: Final = 560  # a marker older deployments used for what is HTTP 200 today
_OK: Final = {200, _FUNCTION_FAILED}
_SHOWN: Final = 200


@define  # as a frozen class takes twice as long to make
class Call:
    """What to run: the kind of function, its path and its arguments as Convex values.

    `component` is the path of the component that holds the function; None is the app itself.
    """

    kind: FunctionKind
    path: str
    args: Mapping[str, object] = field(repr=False)
    component: str | None = None

    @property
    def endpoint(self) -> str:
        """The HTTP endpoint that runs it; only the general one knows components."""
        return f"/api/{self.kind}" if self.component is None else "/api/function"

    @property
    def endpoint_of_any(self) -> str:
        """The one that runs the app's function whatever its kind; callers need no admin key."""
        module, _, name = self.path.partition(":")
        return f"/api/run/{module}/{name or 'default'}"


@define
class Reply:
    """What a function returned, as parsed wire JSON with its tags on, and its console lines."""

    call: Call
    wire: Any = field(repr=False)
    log_lines: Sequence[str]
    _text: bytes = field(repr=False)

    def value(self) -> Any:
        """The Convex value.

        Raises:
            ProtocolError: the reply breaks Convex's encoding.
        """
        return unwrap(self.call.path, self.wire, self._text)


def write_call(call: Call, ts: str | None = None) -> bytes:
    """Write the request body; `ts` is the snapshot's timestamp for `/api/query_at_ts`.

    Raises:
        ArgumentError: path or arguments cannot be sent.
    """
    body = _body(call)
    if ts is not None:
        body["ts"] = ts
    return check_size(write_json(body), lambda: places_of(call.args))


def write_batch(calls: Sequence[Call]) -> bytes:
    """Write the request body of `/api/query_batch`.

    Raises:
        ArgumentError: a path or arguments cannot be sent.
    """
    queries = [_body(call) for call in calls]
    places = {f"$[{at}]": call.args for at, call in enumerate(calls)}
    return check_size(write_json({"queries": queries}), lambda: places)


def _body(call: Call) -> dict[str, Any]:
    check_path(call.path)
    body: dict[str, Any] = {"path": call.path, "args": wire_args(call.args), "format": _FORMAT}
    if call.component is not None:
        check_component(call.component)
        body["componentPath"] = call.component
    return body


def read_reply(call: Call, status: int, body: bytes) -> Reply:
    """Read the answer to a call.

    Raises:
        FunctionError: the function failed, in one of its subclasses.
        DeploymentError: the request was refused, in one of its subclasses.
        OutcomeUnknown: a mutation or action met an answer that does not say whether it ran.
        ProtocolError: the answer to a query is not Convex's.
    """
    if status not in _OK:
        raise refusal(call.kind, call.path, status, body)
    result = _read_result(call, _parse(call.kind, call.path, body), body)
    if isinstance(result, FunctionError):
        raise result
    return result


def read_batch(calls: Sequence[Call], status: int, body: bytes) -> list[Reply | FunctionError]:
    """Read the answer to a batch of queries: one entry each, in order.

    Raises:
        DeploymentError: the request was refused.
        ProtocolError: the answer is not Convex's.
    """
    path = "query_batch"
    if status not in _OK:
        raise refusal("query", path, status, body)
    results: Any = _parse("query", path, body).get("results")
    if not is_list(results) or len(results) != len(calls):
        raise ProtocolError(path, "the reply does not have one result for each query")
    return [_read_result(call, result, body) for call, result in zip(calls, results, strict=True)]


def _read_result(call: Call, content: object, body: bytes) -> Reply | FunctionError:
    if is_object(content):
        if content.get("status") == "success" and "value" in content:
            return Reply(call, content["value"], read_log_lines(content), body)
        message = content.get("errorMessage")
        if content.get("status") == "error" and isinstance(message, str):
            return function_error(call.path, message, content)
    raise _no_answer(call.kind, call.path, "the reply has neither a value nor an error")


def _no_answer(kind: FunctionKind, path: str, reason: str) -> ProtocolError | OutcomeUnknown:
    # A proxy's page says nothing about whether a mutation was applied, nor does half a reply.
    return ProtocolError(path, reason) if kind == "query" else unknown_outcome(kind, path, reason)


def _parse(kind: FunctionKind, path: str, body: bytes) -> dict[str, Any]:
    try:
        content: Any = orjson.loads(body)
    except ValueError:
        shown = body[:_SHOWN].decode("utf-8", "replace")
        raise _no_answer(kind, path, f"the reply is no JSON: {shown!r}") from None
    if not is_object(content):
        raise _no_answer(kind, path, "the reply is no JSON object")
    return content
