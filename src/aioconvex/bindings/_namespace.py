"""A namespace of endpoints, and what it needs of a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aioconvex._protocol.http import FunctionKind

__all__ = ["Caller", "Namespace", "caller_of"]


class Caller(Protocol):
    """What endpoints call: `aioconvex.ConvexClient`, or a fake in a test."""

    async def call(self, kind: FunctionKind, path: str, args: Mapping[str, object]) -> Any:
        """Run a function with Convex values as arguments and return its Convex value."""
        ...


class Namespace:
    """The functions of one Convex module or folder, bound to a client."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._caller!r})"


def caller_of(namespace: Namespace) -> Caller:
    """Get the client a namespace is bound to; a method would take a name from the functions."""
    # Private to generated code, which may not have a function of that name.
    return namespace._caller  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
