"""What a function is beyond its kind, told from its validators and never from its name."""

from __future__ import annotations

from typing import Final, Literal

from attrs import evolve, frozen

from .spec import Array, Field, Function, Object, Primitive, Validator, union_of

__all__ = ["Paging", "args_of", "paging_of", "returns_count"]

_COUNT: Final = Object(
    (
        Field("count", Primitive.NUMBER, optional=False),
        Field("isEstimate", Primitive.BOOLEAN, optional=False),
    )
)
_CURSORS: Final = (Primitive.STRING, union_of([Primitive.STRING, Primitive.NULL]))


@frozen
class Paging:
    """A paginated query: how it spells paging, its other arguments, and what its pages hold."""

    dialect: Literal["CONVEX", "ITEMS"]
    args: Object
    item: Validator


def paging_of(function: Function) -> Paging | None:
    """Recognise a paginated query.

    Convex's dialect may leave its result undeclared, for `paginationOpts` says enough; the Mastra
    guide's must declare it, for a plain list function may have a `cursor` and a `limit` too.
    """
    if function.kind != "query" or function.args is None:
        return None
    if _is_convex(function.args):
        item = _convex_item(function.returns)
        args = _without(function.args, "paginationOpts")
        return None if item is None else Paging("CONVEX", args, item)
    if _is_items(function.args):
        item = _items_item(function.returns)
        args = _without(function.args, "cursor", "limit")
        return None if item is None else Paging("ITEMS", args, item)
    return None


def args_of(function: Function) -> Object | None:
    """The arguments a caller gives: the declared ones, without those that page."""
    paging = paging_of(function)
    return paging.args if paging else function.args


def returns_count(function: Function) -> bool:
    """Tell a function whose result is exactly `{count, isEstimate}`."""
    return function.returns == _COUNT


def _is_convex(args: Object) -> bool:
    options = args.field("paginationOpts")
    if options is None or not isinstance(options.validator, Object):
        return False
    cursor, size = options.validator.field("cursor"), options.validator.field("numItems")
    # The runtime sends a null cursor for the first page and nothing but these two.
    sent = {"cursor", "numItems"}
    return (
        cursor is not None
        and cursor.validator == _CURSORS[1]
        and size is not None
        and size.validator is Primitive.NUMBER
        and all(item.optional or item.wire in sent for item in options.validator.fields)
    )


def _convex_item(returns: Validator | None) -> Validator | None:
    if returns is None or returns is Primitive.ANY:
        return Primitive.ANY
    if _requires(returns, isDone=Primitive.BOOLEAN, continueCursor=Primitive.STRING):
        return _item(returns, "page")
    return None


def _is_items(args: Object) -> bool:
    cursor, limit = args.field("cursor"), args.field("limit")
    # The runtime leaves both out unless it has something to say.
    return (
        cursor is not None
        and cursor.optional
        and cursor.validator in _CURSORS
        and limit is not None
        and limit.optional
        and limit.validator is Primitive.NUMBER
    )


def _items_item(returns: Validator | None) -> Validator | None:
    if not _requires(returns, hasMore=Primitive.BOOLEAN):
        return None
    following = returns.field("nextCursor") if isinstance(returns, Object) else None
    if following is None or following.validator not in _CURSORS:
        return None
    return _item(returns, "items")


def _requires(shape: Validator | None, **fields: Primitive) -> bool:
    return isinstance(shape, Object) and all(
        shape.field(wire) == Field(wire, kind, optional=False) for wire, kind in fields.items()
    )


def _item(page: Validator | None, wire: str) -> Validator | None:
    items = page.field(wire) if isinstance(page, Object) else None
    if items is None or items.optional or not isinstance(items.validator, Array):
        return None
    return items.validator.item


def _without(args: Object, *wires: str) -> Object:
    return evolve(args, fields=tuple(item for item in args.fields if item.wire not in wires))
