"""`aioconvex run`: one call of a function, of whichever kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.highlighter import JSONHighlighter

from aioconvex.client import ConvexClient
from aioconvex.errors import FunctionError
from aioconvex.values import encode_value

from ._functions import tell_failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._output import Output

__all__ = ["run_function"]


async def run_function(url: str | None, path: str, args: dict[str, Any], output: Output) -> bool:
    """Call a function once, and print its result and what it logged; whether it succeeded.

    Raises:
        ConvexError: the function did not run, or nobody knows whether it did.
    """
    async with ConvexClient.from_env(url) as client:
        try:
            response = await client.with_raw_response.run(path, args)
        except FunctionError as error:
            _tell_log(error.log_lines, output)
            tell_failure(error, output)
            return False
    _tell_log(response.log_lines, output)
    _print(encode_value(response.value), output)
    return True


def _tell_log(lines: Sequence[str], output: Output) -> None:
    for line in lines:
        output.say(line, "dim")


def _print(value: object, output: Output) -> None:
    console = Console(no_color=output.plain, soft_wrap=True)
    if output.as_json:
        output.event("value", value=value)
    elif console.is_terminal:
        text = _harmless(json.dumps(value, indent=2, ensure_ascii=False))
        console.print(JSONHighlighter()(text))
    else:
        output.text(json.dumps(value) + "\n")


def _harmless(text: str) -> str:
    """Escape what a terminal would act on, but for the ends of lines, as JSON does."""
    return "".join(
        char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text
    )
