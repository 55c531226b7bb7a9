# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `convex`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aioconvex.bindings import (
    CONVEX,
    Namespace,
    Page,
    later as _later,
    mutation as _mutation,
    paginated as _paginated,
    query as _query,
)

if TYPE_CHECKING:
    from ..models import (
        ExtraRequiredArgsPaginationOpts,
        ExtraRequiredResult,
        MutationIsNoneArgsPaginationOpts,
        NoContinueCursorResult,
        NoCursorArgsPaginationOpts,
        ShapeItem,
        Users,
    )
else:
    __getattr__ = _later(__name__, __package__, "..models")


class Convex(Namespace):
    """Functions of `convex`."""

    @_paginated("convex:anyResult", dialect=CONVEX)
    def any_result(self) -> Page[Any]:
        """The paginated query `convex:anyResult`."""
        ...

    @_paginated("convex:declared", dialect=CONVEX)
    def declared(self, *, team: str) -> Page[Users]:
        """The paginated query `convex:declared`."""
        ...

    @_query("convex:extraRequired")
    def extra_required(
        self, *, pagination_opts: ExtraRequiredArgsPaginationOpts
    ) -> ExtraRequiredResult:
        """The query `convex:extraRequired`."""
        ...

    @_mutation("convex:mutationIsNone")
    def mutation_is_none(
        self, *, pagination_opts: MutationIsNoneArgsPaginationOpts
    ) -> ExtraRequiredResult:
        """The mutation `convex:mutationIsNone`."""
        ...

    @_query("convex:noContinueCursor")
    def no_continue_cursor(
        self, *, pagination_opts: MutationIsNoneArgsPaginationOpts
    ) -> NoContinueCursorResult:
        """The query `convex:noContinueCursor`."""
        ...

    @_query("convex:noCursor")
    def no_cursor(self, *, pagination_opts: NoCursorArgsPaginationOpts) -> ExtraRequiredResult:
        """The query `convex:noCursor`."""
        ...

    @_paginated("convex:shape", dialect=CONVEX)
    def shape(self, *, q: str | None = None) -> Page[ShapeItem]:
        """The paginated query `convex:shape`."""
        ...

    @_paginated("convex:undeclared", dialect=CONVEX)
    def undeclared(self) -> Page[Any]:
        """The paginated query `convex:undeclared`."""
        ...
