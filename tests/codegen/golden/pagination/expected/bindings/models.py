# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Documents, ids and other shapes of the deployment's values."""

from __future__ import annotations

from typing import Literal, NewType

from aioconvex.bindings import UNSET, BigInt, Unset, field as _field, model as _model


UsersId = NewType("UsersId", str)


@_model
class ExtraRequiredArgsPaginationOpts:
    """Part of the arguments of `convex:extraRequired`."""

    cursor: str | None
    end_cursor: str
    num_items: float


@_model
class ExtraRequiredResult:
    """In the result of `convex:extraRequired`."""

    continue_cursor: str
    is_done: bool
    page: list[Users]
    page_status: Literal["SplitRecommended", "SplitRequired"] | None | Unset = UNSET
    split_cursor: str | None | Unset = UNSET


@_model
class Int64CountResult:
    """In the result of `counts:int64Count`."""

    count: BigInt
    is_estimate: bool


@_model
class MoreResult:
    """In the result of `counts:more`."""

    count: float
    is_estimate: bool
    extra: float | None = None


@_model
class MutationIsNoneArgsPaginationOpts:
    """Part of the arguments of `convex:mutationIsNone`."""

    cursor: str | None
    num_items: float
    end_cursor: str | None | Unset = UNSET
    id: float | None = None
    maximum_bytes_read: float | None = None
    maximum_rows_read: float | None = None


@_model
class NewUsers:
    """A document to insert into `users`."""

    name: str


@_model
class NoContinueCursorResult:
    """In the result of `convex:noContinueCursor`."""

    is_done: bool
    page: list[Users]


@_model
class NoCursorArgsPaginationOpts:
    """Part of the arguments of `convex:noCursor`."""

    num_items: float


@_model
class RequiredCursorResult:
    """In the result of `items:requiredCursor`."""

    has_more: bool
    items: list[str]
    next_cursor: str | None = None


@_model
class ShapeItem:
    """An item of the pages of `convex:shape`."""

    id: str
    n: BigInt


@_model
class Users:
    """A document of `users`."""

    creation_time: float = _field("_creationTime")
    id: UsersId = _field("_id")
    name: str
