"""What functions log, line by line, as they log it."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Self

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

__all__ = ["LogLine", "LogLines"]

_LINE: Final = re.compile(r"\[(\w+)\] (.*)", re.DOTALL)


@frozen
class LogLine:
    """A line that a function logged."""

    path: str
    """The function, `module:name`; of an HTTP action its method and path."""
    level: str
    """`DEBUG`, `INFO`, `LOG`, `WARN` or `ERROR`."""
    text: str
    """As Convex shows it: strings in quotes."""

    @classmethod
    def parse(cls, said: Mapping[str, str]) -> LogLine:
        """Read the server's JSON."""
        match = _LINE.fullmatch(said["line"])
        level, text = match.groups() if match else ("ERROR", said["line"])
        return cls(said["path"], level, text)


@define(eq=False)
class LogLines:
    """Log lines, which `LocalDeployment.logs` gives; for one reader."""

    _control: Callable[[str, object], Awaitable[Any]] = field(repr=False)
    _known: int = field(repr=False)
    _read: deque[LogLine] = field(factory=deque[LogLine], repr=False, init=False)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LogLine:
        if not self._read:
            said = await self._control("logs", {"known": self._known})
            self._known = said["count"]
            self._read.extend(map(LogLine.parse, said["lines"]))
        return self._read.popleft()
