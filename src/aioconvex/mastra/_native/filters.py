"""Which filters Convex's own vector search can do: equalities of declared fields, or any of some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import frozen

from aioconvex.mastra._vectors.filters import AnyOf, Condition
from aioconvex.mastra.errors import vector_error

if TYPE_CHECKING:
    from aioconvex.mastra._vectors.filters import Filter

    from .indexes import NativeIndex

__all__ = ["Equality", "NativeFilter", "native_filter"]

Value: TypeAlias = str | float | bool | None

_MAX_CLAUSES: Final = 64  # of Convex


@frozen
class Equality:
    """A column that must have this value."""

    field: str
    value: Value

    def wire(self) -> dict[str, Any]:
        """The clause as the server functions take it."""
        return {"field": self.field, "value": self.value}


NativeFilter: TypeAlias = tuple[Equality, ...]
"""Equalities of which one must hold; of none, none does."""


def native_filter(op: str, checked: Filter | None, index: NativeIndex) -> NativeFilter | None:
    """Say a filter in the terms of Convex's vector search.

    Args:
        op: the operation, for the error's id.
        checked: the filter; see `parse_filter`.
        index: where it is to filter.

    Returns:
        The equalities; None if everything passes.

    Raises:
        MastraError: it says more than that (`FILTER_NOT_NATIVE`), or is about a field that the
            index has no column for (`FILTER_FIELD_NOT_DECLARED`).
    """
    if checked is None:
        return None
    wanted = checked.filters if isinstance(checked, AnyOf) else (checked,)
    if len(wanted) > _MAX_CLAUSES:
        text = f"Convex's vector search takes at most {_MAX_CLAUSES} equalities, not {len(wanted)}"
        raise vector_error(op, "FILTER_NOT_NATIVE", text)
    return tuple(_equality(op, part, index) for part in wanted)


def _equality(op: str, part: Filter, index: NativeIndex) -> Equality:
    if not (
        isinstance(part, Condition)
        and part.operator == "$eq"
        and (part.operand is None or isinstance(part.operand, (str, bool, int, float)))
    ):
        raise vector_error(
            op,
            "FILTER_NOT_NATIVE",
            "Convex's vector search filters by one equality with a string, number, boolean or "
            "null, or by $or of such; search() compares vector by vector for other filters",
        )
    if part.path not in index.filter_fields:
        declared = ", ".join(index.filter_fields) or "none"
        text = f"{part.path!r} is none of the index's filter_fields, which are: {declared}"
        raise vector_error(op, "FILTER_FIELD_NOT_DECLARED", text)
    return Equality(part.path, part.operand)
