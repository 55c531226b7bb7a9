"""Which server functions a deployment has: ours, or only the published storage handler."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from attrs import frozen

from aioconvex.errors import FunctionError

if TYPE_CHECKING:
    from aioconvex.client import ConvexClient

__all__ = ["FUNCTIONS_VERSION", "Capabilities", "probe"]

FUNCTIONS_VERSION: Final = 1
"""The version of the server functions that this package is made for."""

_PATH: Final = "mastra/version:current"
_log: Final = logging.getLogger("aioconvex.mastra")


@frozen(kw_only=True)
class Capabilities:
    """What a deployment can do for Mastra.

    Attributes:
        typed: the functions of this package are deployed and used; otherwise only the storage
            handler, which `@mastra/convex` has as well.
        version: the version of this package's functions, None if they are not deployed.
    """

    typed: bool
    version: int | None = None


async def probe(convex: ConvexClient) -> Capabilities:
    """Ask the deployment which functions it has.

    Raises:
        ConvexError: the deployment did not answer.
    """
    try:
        answer: object = await convex.query(_PATH)
    except FunctionError:
        # The function cannot fail, so it is not there. Production says no more than "Server Error".
        return Capabilities(typed=False)
    match answer:
        case {"functions": "aioconvex", "version": int() | float() as version}:
            return _of_version(int(version))
        case _:
            return Capabilities(typed=False)


def _of_version(version: int) -> Capabilities:
    if version < FUNCTIONS_VERSION:
        _log.warning(
            "the deployed Mastra functions have version %d, and this package needs %d: it uses the "
            "storage handler alone until they are deployed anew (aioconvex mastra init --diff)",
            version,
            FUNCTIONS_VERSION,
        )
    return Capabilities(typed=version >= FUNCTIONS_VERSION, version=version)
