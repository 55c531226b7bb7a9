"""What all of Mastra's domains have in common: a client, shared or their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, Unpack

from aioconvex.errors import ConfigurationError

from ._client import ConvexAdminClient
from ._connection import Connection, from_environment
from ._holding import Holder

if TYPE_CHECKING:
    from aioconvex.client import ConvexClient

    from ._capabilities import Capabilities

__all__ = ["Domain", "client_of"]


class Domain(Holder):
    """A domain of Mastra's storage on one deployment.

    Use it with `async with`, or call `aclose()` when done; live queries need the former.

    Args:
        client: a client to share, which is left open. A `ConvexClient` is used with the
            credentials it has.
        **connection: instead of a client, what `ConvexAdminClient` takes.

    Raises:
        ConfigurationError: as for `ConvexAdminClient`.
    """

    def __init__(
        self,
        *,
        client: ConvexAdminClient | ConvexClient | None = None,
        **connection: Unpack[Connection],
    ) -> None:
        self._client, owner = client_of(client, connection)
        super().__init__(self._client, owner=owner)

    @classmethod
    def from_env(cls, **given: Unpack[Connection]) -> Self:
        """Connect as the environment says; see `ConvexAdminClient.from_env`.

        Raises:
            ConfigurationError: there is no URL, or no credential.
        """
        return cls(**from_environment(given))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._client.convex.url!r})"

    @property
    def capabilities(self) -> Capabilities | None:
        """Which functions are deployed; None until the first call has found out."""
        return self._client.capabilities


def client_of(
    client: ConvexAdminClient | ConvexClient | None, connection: Connection
) -> tuple[ConvexAdminClient, bool]:
    """The client to use, and whether it is ours to close.

    Raises:
        ConfigurationError: as for `ConvexAdminClient`.
    """
    if isinstance(client, ConvexAdminClient):
        if connection:
            raise ConfigurationError(f"pass client=, or {', '.join(connection)}, not both")
        return client, False
    return ConvexAdminClient(client=client, **connection), True
