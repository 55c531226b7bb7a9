"""The error of Mastra's storage and vectors, under the ids that Mastra's TypeScript uses."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from attrs import Factory, define, field

from aioconvex.errors import ApplicationError, ConvexError, FunctionError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = [
    "Category",
    "MastraError",
    "live_not_supported",
    "not_supported",
    "refusal_of",
    "storage_error",
    "vector_error",
    "vector_errors",
]

Category: TypeAlias = Literal["USER", "SYSTEM", "THIRD_PARTY", "UNKNOWN"]

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[A-Z]")


def _no_details() -> dict[str, Any]:
    return {}


@define(eq=False, kw_only=True)
class MastraError(ConvexError):
    """Mastra's storage or vectors refused something, or could not do it.

    Attributes:
        id: what happened, like `MASTRA_STORAGE_CONVEX_UPDATE_THREAD_THREAD_NOT_FOUND`; decide on
            it, never on the text.
        domain: `STORAGE` or `MASTRA_VECTOR`.
        category: whose fault it is: `USER` for wrong arguments, `THIRD_PARTY` for the deployment.
        text: what is wrong, and what to do about it.
        details: values that belong to it; `code` is the server functions' own name for it.
    """

    id: str
    domain: Literal["STORAGE", "MASTRA_VECTOR"]
    category: Category
    text: str
    details: Mapping[str, Any] = field(default=Factory(_no_details), repr=False)

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only arguments are not what an exception's own `__reduce__` passes.
        return _rebuilt, (self.id, self.domain, self.category, self.text, dict(self.details))


def _rebuilt(
    id_: str,
    domain: Literal["STORAGE", "MASTRA_VECTOR"],
    category: Category,
    text: str,
    details: dict[str, Any],
) -> MastraError:
    return MastraError(id=id_, domain=domain, category=category, text=text, details=details)


def storage_error(
    op: str,
    status: str,
    text: str,
    *,
    category: Category = "USER",
    details: Mapping[str, Any] | None = None,
) -> MastraError:
    """Make the error `MASTRA_STORAGE_CONVEX_<OP>_<STATUS>`.

    Args:
        op: the operation, like `listThreads`, `list_threads` or `LIST_THREADS`.
        status: what is wrong, likewise.
        text: what is wrong, for people.
        category: see `MastraError`.
        details: see `MastraError`.
    """
    id_ = f"MASTRA_STORAGE_CONVEX_{_upper(op)}_{_upper(status)}"
    return MastraError(
        id=id_, domain="STORAGE", category=category, text=text, details=details or {}
    )


def not_supported(op: str, need: str) -> MastraError:
    """Make the error for what only the functions of this package can do.

    Args:
        op: as for `storage_error`.
        need: what needs them, as the begin of a sentence that ends in "needs".
    """
    return storage_error(
        op,
        "NOT_SUPPORTED",
        f"{need} the functions of this package, and only the storage handler is deployed. "
        "Deploy them: aioconvex mastra init convex, then npx convex deploy.",
    )


def live_not_supported() -> MastraError:
    """Make the error for live queries where the functions of this package are not deployed."""
    return storage_error(
        "watch",
        "NOT_SUPPORTED",
        "live queries need the functions of this package, which are not deployed (aioconvex mastra "
        "init convex, then npx convex deploy). Where the storage handler is, ask again from time "
        "to time until then",
    )


def vector_error(
    op: str,
    status: str,
    text: str,
    *,
    category: Category = "USER",
    details: Mapping[str, Any] | None = None,
) -> MastraError:
    """Make the error `MASTRA_VECTOR_CONVEX_<OP>_<STATUS>`; see `storage_error`."""
    id_ = f"MASTRA_VECTOR_CONVEX_{_upper(op)}_{_upper(status)}"
    return MastraError(
        id=id_, domain="MASTRA_VECTOR", category=category, text=text, details=details or {}
    )


@contextmanager
def vector_errors(op: str) -> Generator[None]:
    """Raise what calls in the block raise as errors of vectors; see `vector_error`."""
    try:
        yield
    except MastraError as error:
        if error.domain == "MASTRA_VECTOR":
            raise
        named = re.search("_(NOT_DEPLOYED|NOT_SUPPORTED)$", error.id)
        raise vector_error(
            op,
            named[1] if named else error.details.get("code") or "FAILED",
            error.text,
            category=error.category,
            details=error.details,
        ) from error


def refusal_of(op: str, error: FunctionError) -> MastraError | None:
    """Read what our server functions threw, `{code, message}`; None if it is not theirs.

    Args:
        op: the operation that was asked for.
        error: what the call raised.
    """
    if not isinstance(error, ApplicationError):
        return None
    match error.data:
        case {"code": str() as code, "message": str() as message}:
            return storage_error(op, code, message, details={"code": code})
        case _:
            return None


def _upper(name: str) -> str:
    return "_".join(_WORDS.findall(name)).upper()
