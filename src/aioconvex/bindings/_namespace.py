"""A namespace of endpoints, and what it needs of a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aioconvex._protocol.http import FunctionKind
    from aioconvex.live import LiveQuery

__all__ = ["Caller", "Namespace", "Watching", "caller_of", "watching"]

T = TypeVar("T")


class Caller(Protocol):
    """What endpoints call: `aioconvex.ConvexClient`, or a fake in a test."""

    async def call(self, kind: FunctionKind, path: str, args: Mapping[str, object]) -> Any:
        """Run a function with Convex values as arguments and return its Convex value."""
        ...


@runtime_checkable
class Watching(Protocol):
    """What live queries need besides: clients have it, moments of the past do not."""

    def watch_as(
        self, path: str, args: Mapping[str, object], read: Callable[[Any], T]
    ) -> LiveQuery[T]:
        """Watch a query whose values `read` makes of wire JSON."""
        ...


def watching(caller: Caller, path: str) -> Watching:
    """The client as one that can watch.

    Raises:
        TypeError: it cannot; `path` is the query that should have been.
    """
    if not isinstance(caller, Watching):
        raise TypeError(f"{path}: {caller!r} makes calls, but cannot watch")
    return caller


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
