"""Mastra's storage as a whole: its domains on one deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from aioconvex.errors import ConfigurationError

from ._domain import Domain

if TYPE_CHECKING:
    from aioconvex.client import ConvexClient

    from ._client import ConvexAdminClient
    from ._connection import Connection

__all__ = ["ConvexStore"]

_NAME: Final = "ConvexStore"


class ConvexStore(Domain):
    """Mastra's storage: the domains of one deployment over one client."""

    def __init__(
        self,
        *,
        id: str,  # noqa: A002  # Mastra's own name for it
        name: str = _NAME,
        disable_init: bool = False,
        client: ConvexAdminClient | ConvexClient | None = None,
        **connection: Unpack[Connection],
    ) -> None:
        # Not all callers are type-checked.
        if not isinstance(id, str) or not id.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError("ConvexStore: id must be provided and cannot be empty")
        super().__init__(client=client, **connection)
        self.id = id
        self.name = name
        self.disable_init = disable_init
