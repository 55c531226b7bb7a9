"""Mastra's paging rules: `page` from 0 on, `per_page` that may ask for everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from attrs import frozen

from .errors import storage_error

if TYPE_CHECKING:
    from .errors import MastraError

__all__ = ["PerPage", "Window", "window"]

PerPage: TypeAlias = "int | Literal[False, 'all']"
"""How many items a page has; `False` or `"all"` for everything on one page."""

_MOST: Final = (2**53 - 1) // 2


@frozen
class Window:
    """The part of a list that was asked for; `per_page` is None for everything."""

    page: int
    per_page: int | None

    @property
    def offset(self) -> int:
        """How many items come before."""
        return 0 if self.per_page is None else self.page * self.per_page

    @property
    def echo(self) -> int | Literal[False]:
        """`per_page` as results tell it: False for everything."""
        return False if self.per_page is None else self.per_page

    def has_more(self, total: int) -> bool:
        """Whether items come after, of `total`."""
        return self.per_page is not None and self.offset + self.per_page < total


def window(
    op: str,
    *,
    page: int = 0,
    per_page: PerPage | None = None,
    default: int,
    status: str = "INVALID_PAGE",
) -> Window:
    """Check paging arguments.

    Args:
        op: the operation, for the error's id.
        page: which page, from 0 on.
        per_page: see `PerPage`; None for the default.
        default: the domain's page size.
        status: the end of the error's id.

    Raises:
        MastraError: one of them is negative, no integer, or too large.
    """

    def wrong(text: str) -> MastraError:
        return storage_error(op, status, text, details={"page": page, "perPage": per_page})

    size = default if per_page is None else per_page
    if not _is_whole(page) or page < 0:
        raise wrong("page must be >= 0")
    # `False == 0`, but 0 asks for nothing.
    if size is False or size == "all":
        return Window(page, None)
    if not _is_whole(size) or size < 0:
        raise wrong("perPage must be >= 0")
    if page * size > _MOST:
        raise wrong("page value too large")
    return Window(page, size)


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)
