"""What the commands that call a function share: its arguments, and how its failure is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aioconvex._protocol.json import is_object
from aioconvex.errors import ApplicationError, ConfigurationError
from aioconvex.values import encode_value, loads

if TYPE_CHECKING:
    from aioconvex.errors import FunctionError

    from ._output import Output

__all__ = ["arguments_of", "tell_failure"]


def arguments_of(text: str) -> dict[str, Any]:
    """Read the arguments of a function from JSON, with Convex's tags where JSON has no form.

    Raises:
        ConfigurationError: it is no JSON object, or a tag is wrong.
    """
    try:
        args: Any = loads(text.encode())
    except ValueError as error:
        raise ConfigurationError(f"--args is not JSON: {error}") from None
    if is_object(args):
        return args
    raise ConfigurationError('--args is not a JSON object, such as \'{"channel": "general"}\'')


def tell_failure(error: FunctionError, output: Output) -> None:
    """Tell programs what they can decide on, and people on stderr what happened."""
    data = {"data": encode_value(error.data)} if isinstance(error, ApplicationError) else {}
    output.event("failure", path=error.path, message=error.message, **data)
    output.say(f"failed: {error}", "red")
