"""Endpoints as declarations: a typed stub under a decorator becomes a callable on an instance.

`ParamSpec` carries the stub's parameters to the callable, so that type checkers and editors see
the declared signature; one form serves queries, mutations and actions.
"""

from __future__ import annotations

import types
from abc import ABC, abstractmethod
from functools import cached_property
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    Self,
    TypeVar,
    get_args,
    overload,
)

from aioconvex._codec import decode
from aioconvex.live_pages import LivePages
from aioconvex.pagination import Dialect, Page, Paginator, read_page

from ._namespace import Caller, Namespace, caller_of, watching
from ._signature import Signature

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aioconvex._protocol.http import FunctionKind
    from aioconvex.live import LiveQuery

__all__ = [
    "BoundFunction",
    "BoundPaginated",
    "BoundQuery",
    "Function",
    "Paginated",
    "Query",
    "action",
    "mutation",
    "paginated",
    "query",
]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
B = TypeVar("B")


class _Declaration(ABC, Generic[B]):
    """A declared endpoint: itself on the class, bound to the client on an instance."""

    def __init__(
        self, path: str, stub: Callable[..., object], wire: Mapping[str, str] | None
    ) -> None:
        self.path = path
        self.__doc__ = stub.__doc__
        self._stub = stub
        self._wire = wire or {}
        self._name = stub.__name__

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    @cached_property
    def signature(self) -> Signature:
        """The declared signature, read on first use so that imports stay fast."""
        return Signature.of(self._stub, self._wire)

    @abstractmethod
    def bind(self, caller: Caller) -> B:
        """Bind the endpoint to a client."""

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: Namespace, owner: type[Any]) -> B: ...
    def __get__(self, instance: Namespace | None, owner: type[Any]) -> Self | B:
        if instance is None:
            return self
        bound = self.bind(caller_of(instance))
        instance.__dict__[self._name] = bound  # found before this descriptor from now on
        return bound


class BoundFunction(Generic[P, R]):
    """A mutation or action bound to a client: `await` its call.

    A wrong argument raises before anything is sent: `TypeError` when it is missing, unknown or
    positional, `ArgumentError` when it is of another type. The call itself raises what
    `ConvexClient.query` raises, and `DecodeError` when the result is not of the declared type.
    """

    def __init__(self, declaration: _Callable[Any, P, R], caller: Caller) -> None:
        self.path = declaration.path
        self.kind: FunctionKind = declaration.kind
        self.__doc__ = declaration.__doc__
        self._declaration = declaration
        self._caller = caller

    def __repr__(self) -> str:
        return f"<{self.kind} {self.path}>"

    # No docstring here, on purpose: it would hide the declaration's in editors.
    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        signature = self._declaration.signature
        arguments = signature.arguments(self.path, args, kwargs)
        value = await self._caller.call(self.kind, self.path, arguments)
        result: R = decode(value, signature.returns, self.path)
        return result


class BoundQuery(BoundFunction[P, R]):
    """A query bound to a client: `await` its call, or `watch` it.

    `watch` takes the same arguments and gives a `LiveQuery`. Wrong ones raise at once, as for a
    call.
    """

    # No docstring here, on purpose, as above.
    def watch(self, *args: P.args, **kwargs: P.kwargs) -> LiveQuery[R]:
        path, signature = self.path, self._declaration.signature
        arguments = signature.arguments(path, args, kwargs)

        def read(wire: object) -> R:
            value: R = decode(wire, signature.returns, path)
            return value

        return watching(self._caller, path).watch_as(path, arguments, read)


class _Callable(_Declaration[B], Generic[B, P, R]):
    """A declared function that is called as it is."""

    def __init__(
        self,
        kind: FunctionKind,
        path: str,
        stub: Callable[..., object],
        wire: Mapping[str, str] | None,
    ) -> None:
        super().__init__(path, stub, wire)
        self.kind: FunctionKind = kind


class Function(_Callable[BoundFunction[P, R], P, R]):
    """A declared mutation or action."""

    def bind(self, caller: Caller) -> BoundFunction[P, R]:
        """Make the callable."""
        return BoundFunction(self, caller)


class Query(_Callable[BoundQuery[P, R], P, R]):
    """A declared query."""

    def bind(self, caller: Caller) -> BoundQuery[P, R]:
        """Make the callable."""
        return BoundQuery(self, caller)


class BoundPaginated(Generic[P, T]):
    """A paginated query bound to a client: its call gives a `Paginator`, `watch` a `LivePages`.

    A wrong argument raises at once, as for `BoundFunction`.
    """

    def __init__(self, declaration: Paginated[P, T], caller: Caller) -> None:
        self.path = declaration.path
        self.__doc__ = declaration.__doc__
        self._declaration = declaration
        self._caller = caller

    def __repr__(self) -> str:
        return f"<paginated query {self.path}>"

    # No docstring here, on purpose: it would hide the declaration's in editors.
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Paginator[T]:
        path, caller = self.path, self._caller
        arguments = self._declaration.signature.arguments(path, args, kwargs)
        kind = self._declaration.items_type

        async def fetch(paging: Mapping[str, object]) -> Any:
            return await caller.call("query", path, {**arguments, **paging})

        def decode_items(value: object) -> list[T]:
            items: list[T] = decode(value, kind, path)
            return items

        return Paginator(
            path=path, fetch=fetch, dialect=self._declaration.dialect, decode=decode_items
        )

    # No docstring here, on purpose, as above.
    def watch(self, *args: P.args, **kwargs: P.kwargs) -> LivePages[T]:
        path, dialect = self.path, self._declaration.dialect
        arguments = self._declaration.signature.arguments(path, args, kwargs)
        kind = self._declaration.items_type

        def read(wire: object) -> list[T]:
            items, _ = read_page(dialect, path, wire)
            decoded: list[T] = decode(items, kind, path)
            return decoded

        return LivePages(watching(self._caller, path).watch_as(path, arguments, read), dialect)


class Paginated(_Declaration[BoundPaginated[P, T]]):
    """A declared paginated query."""

    def __init__(
        self,
        path: str,
        dialect: Dialect,
        stub: Callable[..., object],
        wire: Mapping[str, str] | None,
    ) -> None:
        super().__init__(path, stub, wire)
        self.dialect = dialect

    @cached_property
    def items_type(self) -> Any:
        """The type of a page's items as a whole."""
        (item,) = get_args(self.signature.returns)
        return types.GenericAlias(list, (item,))

    def bind(self, caller: Caller) -> BoundPaginated[P, T]:
        """Make the callable."""
        return BoundPaginated(self, caller)


def query(
    path: str, *, wire: Mapping[str, str] | None = None
) -> Callable[[Callable[Concatenate[Any, P], R]], Query[P, R]]:
    """Declare a query.

    Args:
        path: the function's path in Convex, `dir/module:function`.
        wire: wire names of the parameters that do not follow the camelCase rule.
    """
    return lambda stub: Query("query", path, stub, wire)


def mutation(
    path: str, *, wire: Mapping[str, str] | None = None
) -> Callable[[Callable[Concatenate[Any, P], R]], Function[P, R]]:
    """Declare a mutation; see `query`."""
    return lambda stub: Function("mutation", path, stub, wire)


def action(
    path: str, *, wire: Mapping[str, str] | None = None
) -> Callable[[Callable[Concatenate[Any, P], R]], Function[P, R]]:
    """Declare an action; see `query`."""
    return lambda stub: Function("action", path, stub, wire)


def paginated(
    path: str, *, dialect: Dialect, wire: Mapping[str, str] | None = None
) -> Callable[[Callable[Concatenate[Any, P], Page[T]]], Paginated[P, T]]:
    """Declare a paginated query; its stub leaves out the cursor and the page size.

    Args:
        path: the function's path in Convex.
        dialect: how it spells cursor, page size and page: `CONVEX` or `ITEMS`.
        wire: as for `query`.
    """
    return lambda stub: Paginated(path, dialect, stub, wire)
