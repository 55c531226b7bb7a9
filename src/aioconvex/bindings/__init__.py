"""What generated bindings are written with. Users meet it only through them."""

from aioconvex._types import (
    INT64,
    UNSET,
    BigInt,
    Count,
    Dimensions,
    Exactly,
    Unset,
    Vector,
    WholeNumber,
    field,
    model,
)
from aioconvex.pagination import CONVEX, ITEMS, Page

from ._descriptors import (
    BoundFunction,
    BoundPaginated,
    BoundQuery,
    Function,
    Paginated,
    Query,
    action,
    mutation,
    paginated,
    query,
)
from ._later import later
from ._namespace import Caller, Namespace

__all__ = [
    "CONVEX",
    "INT64",
    "ITEMS",
    "UNSET",
    "BigInt",
    "BoundFunction",
    "BoundPaginated",
    "BoundQuery",
    "Caller",
    "Count",
    "Dimensions",
    "Exactly",
    "Function",
    "Namespace",
    "Page",
    "Paginated",
    "Query",
    "Unset",
    "Vector",
    "WholeNumber",
    "action",
    "field",
    "later",
    "model",
    "mutation",
    "paginated",
    "query",
]
