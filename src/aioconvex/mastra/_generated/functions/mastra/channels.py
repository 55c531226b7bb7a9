# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra/channels`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, mutation as _mutation, query as _query

if TYPE_CHECKING:
    from ...models import (
        ChannelsListResult,
        MastraChannelConfig,
        MastraChannelInstallations,
        SaveInstallationArgsInstallation,
    )
else:
    __getattr__ = _later(__name__, __package__, "...models")


class Channels(Namespace):
    """Functions of `mastra/channels`."""

    @_query("mastra/channels:get")
    def get(self, *, id: str, secret: str | None = None) -> MastraChannelInstallations | None:
        """The query `mastra/channels:get`."""
        ...

    @_query("mastra/channels:getConfig")
    def get_config(self, *, id: str, secret: str | None = None) -> MastraChannelConfig | None:
        """The query `mastra/channels:getConfig`."""
        ...

    @_query("mastra/channels:list")
    def list_(
        self,
        *,
        agent_id: str | None = None,
        cursor: str | None = None,
        platform: str | None = None,
        secret: str | None = None,
        webhook_id: str | None = None,
    ) -> ChannelsListResult:
        """The query `mastra/channels:list`."""
        ...

    @_mutation("mastra/channels:saveInstallation")
    def save_installation(
        self, *, installation: SaveInstallationArgsInstallation, secret: str | None = None
    ) -> MastraChannelInstallations:
        """The mutation `mastra/channels:saveInstallation`."""
        ...
