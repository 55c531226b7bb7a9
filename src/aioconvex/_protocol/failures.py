"""What a deployment says of a failed function, as an error; the same over HTTP and the socket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from aioconvex.errors import (
    ApplicationError,
    ArgumentValidationError,
    FunctionError,
    FunctionNotFoundError,
    ProtocolError,
    ReturnsValidationError,
)
from aioconvex.values import decode_reply

from .json import is_list

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["function_error", "read_log_lines", "unwrap"]

# These start the second line of the server's own texts, before anything a function can write.
_BY_TEXT: Final[list[tuple[str, type[FunctionError]]]] = [
    ("ArgumentValidationError: ", ArgumentValidationError),
    ("ReturnsValidationError: ", ReturnsValidationError),
    ("Could not find public function for ", FunctionNotFoundError),
    ("Could not find function for ", FunctionNotFoundError),
    ("Trying to execute ", FunctionNotFoundError),
]
_FIRST_LINE: Final = re.compile(r"\[Request ID: [^\]]*\] Server Error\n")


def function_error(path: str, message: str, content: Mapping[str, Any]) -> FunctionError:
    """Make the error of a failed function.

    Args:
        path: the function's.
        message: the deployment's text.
        content: the JSON object it came in, with `logLines` and, for a `ConvexError`, `errorData`.

    Raises:
        ProtocolError: the data breaks Convex's encoding.
    """
    log_lines = read_log_lines(content)
    # The key's presence marks a ConvexError: its data may well be null.
    if "errorData" in content:
        data = unwrap(path, content["errorData"], b'"$')
        return ApplicationError(path, message, log_lines, data)
    text = _FIRST_LINE.sub("", message, count=1)
    for start, kind in _BY_TEXT:
        if text.startswith(start):
            return kind(path, message, log_lines)
    return FunctionError(path, message, log_lines)


def read_log_lines(content: Mapping[str, Any]) -> list[str]:
    """Read a function's console lines, where the deployment shows them."""
    lines: Any = content.get("logLines")
    return [line for line in lines if isinstance(line, str)] if lines and is_list(lines) else []


def unwrap(path: str, value: Any, text: bytes | bytearray) -> Any:
    """Turn parsed wire JSON into the Convex value, in place where it can; `text` tells of tags.

    Raises:
        ProtocolError: the value breaks Convex's encoding.
    """
    try:
        return decode_reply(value, text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(path, f"the reply breaks Convex's encoding: {error}") from None
