"""How queries, mutations and actions end: with a value, a failure, or no answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson
from attrs import define, field

from aioconvex._protocol.failures import function_error, unwrap
from aioconvex.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aioconvex.errors import FunctionError

__all__ = ["Failure", "Lost", "Outcome", "Result", "Success"]

_GIVEN_AWAY: Final = object()
_REQUEST_ID: Final = re.compile(r"\[Request ID: [^\]]*\]")


@define  # as a frozen class takes twice as long to make
class Success:
    """A function's value as parsed wire JSON, its tags still on.

    `frame` is the text of a transition that has no other result: reading it again is the fastest
    way to a second copy, and the first costs nothing.
    """

    _wire: Any = field(repr=False)
    log_lines: Sequence[str]
    _frame: bytes | bytearray | None = field(default=None, repr=False, eq=False)

    @property
    def wire(self) -> Any:
        """What all who watch the query share: whoever decodes it must leave it as it is."""
        if self._wire is _GIVEN_AWAY:
            assert self._frame is not None  # noqa: S101  # else it is never given away
            self._wire = orjson.loads(self._frame)["modifications"][0]["value"]
        return self._wire

    def value(self, path: str) -> Any:
        """The Convex value, the caller's own.

        Raises:
            ProtocolError: it breaks Convex's encoding.
        """
        if self._frame is None:
            text = _text(path, self.wire)
            return unwrap(path, orjson.loads(text), text)
        wire, self._wire = self.wire, _GIVEN_AWAY
        return unwrap(path, wire, self._frame)

    def same_as(self, other: Result) -> bool:
        """Whether the value is the same; log lines do not count."""
        return isinstance(other, Success) and _same(self.wire, other.wire)


@define
class Failure:
    """A function's failure; `content` is the JSON object it came in."""

    path: str
    message: str
    content: Mapping[str, Any] = field(repr=False)

    def error(self) -> FunctionError:
        """Make the error, a new one for each who raises it.

        Raises:
            ProtocolError: its data breaks Convex's encoding.
        """
        content = orjson.loads(_text(self.path, self.content))
        return function_error(self.path, self.message, content)

    def same_as(self, other: Result) -> bool:
        """Whether it is the same failure, if of another run."""
        return (
            isinstance(other, Failure)
            and _REQUEST_ID.sub("", self.message) == _REQUEST_ID.sub("", other.message)
            and ("errorData" in self.content) == ("errorData" in other.content)
            and _same(self.content.get("errorData"), other.content.get("errorData"))
        )


@define
class Lost:
    """Nobody will answer the request; unless it was `sent`, it surely never ran."""

    sent: bool


Result: TypeAlias = Success | Failure
Outcome: TypeAlias = Success | Failure | Lost


def _text(path: str, wire: Any) -> bytes:
    # Writing and reading is the fastest way to copy.
    try:
        return orjson.dumps(wire)
    except TypeError as error:
        raise ProtocolError(path, f"the reply breaks Convex's encoding: {error}") from None


def _same(one: Any, other: Any) -> bool:
    try:
        # To `==` alone, True is 1.
        return one == other and _canonical(one) == _canonical(other)
    except (RecursionError, TypeError):
        return False  # nested deeper than any Convex value


def _canonical(wire: Any) -> bytes:
    return orjson.dumps(wire, option=orjson.OPT_SORT_KEYS)
