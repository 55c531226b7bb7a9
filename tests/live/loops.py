"""The event loops that live queries run on; all other tests leave uvloop out."""

from __future__ import annotations

from typing import Final

import pytest

__all__ = ["ALL_LOOPS"]

ALL_LOOPS: Final = pytest.mark.parametrize(
    "anyio_backend",
    ["asyncio", pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"), "trio"],
)
