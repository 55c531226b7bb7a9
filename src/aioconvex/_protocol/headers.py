"""Headers that users choose."""

from __future__ import annotations

import re
from typing import Final

from aioconvex.errors import ArgumentError

__all__ = ["check_header"]

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE: Final = re.compile(r"[\t -~]*")


def check_header(name: str, value: str) -> None:
    """Refuse what would not be one header, such as a value with a line break.

    Raises:
        ArgumentError: the name or the value.
    """
    if not _NAME.fullmatch(name):
        raise ArgumentError("headers", f"{name!r} is no name of a header")
    if not _VALUE.fullmatch(value):
        # The value may be a secret.
        raise ArgumentError(f"headers.{name}", "the value is not printable ASCII on one line")
