"""Channels: which agents are installed on which platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._arguments import given_text
from ._channels.models import ChannelConfig, ChannelInstallation, ChannelStatus
from ._channels.rows import STATUSES, config_of, config_row, installation_of, installation_row
from ._domain import Domain
from ._rows import now, time_text
from ._service_rows import ServiceRows

if TYPE_CHECKING:
    from ._service_rows import Row

__all__ = ["ChannelConfig", "ChannelInstallation", "ChannelStatus", "ChannelsConvex"]

_INSTALLATIONS: Final = "mastra_channel_installations"
_CONFIG: Final = "mastra_channel_config"
_FUNCTIONS: Final = "mastra/channels"


class ChannelsConvex(Domain):
    """Mastra's channels on one deployment.

        async with ChannelsConvex(deployment_url=url, auth_token=token) as channels:
            await channels.save_installation(
                ChannelInstallation(platform="slack", agent_id="waiter", data={"team": "T1"})
            )
            installation = await channels.get_installation_by_agent(
                platform="slack", agent_id="waiter"
            )

    `data` is stored as it is given: who wants its tokens encrypted encrypts them before.
    """

    async def save_installation(self, installation: ChannelInstallation) -> ChannelInstallation:
        """Store an installation, in place of the one of its id, whose `created_at` it keeps.

        Returns:
            The installation as it is stored, updated now.

        Raises:
            ArgumentError: something in it cannot be stored.
            MastraError: it is larger than a document may be.
            ConvexError: as for any call.
        """
        row = installation_row(installation)
        if await self._installations.is_typed():
            args = {"installation": row}
            row = await self._installations.mutation("saveInstallation", args, repeatable=True)
        else:
            row = await self._save_in_steps(row)
        return installation_of(row)

    async def get_installation(self, *, id: str) -> ChannelInstallation | None:  # noqa: A002  # Mastra's name
        """Find an installation; None if there is none.

        Raises:
            MastraError: the data that is stored is no JSON.
            ConvexError: as for any call.
        """
        row = await self._installations.get(given_text(id, "id"))
        return None if row is None else installation_of(row)

    async def get_installation_by_agent(
        self, *, platform: str, agent_id: str
    ) -> ChannelInstallation | None:
        """Find an agent's installation on a platform; None if there is none.

        Of several, an active one counts before a pending one, and that before one with an error;
        then the one that was saved last.

        Raises:
            ConvexError: as for `get_installation`.
        """
        found = await self._find(
            platform=given_text(platform, "platform"), agentId=given_text(agent_id, "agent_id")
        )
        return min(found, key=_rank, default=None)

    async def get_installation_by_webhook_id(
        self, *, webhook_id: str
    ) -> ChannelInstallation | None:
        """Find the installation of a webhook, of several the one that was saved last.

        Raises:
            ConvexError: as for `get_installation`.
        """
        found = await self._find(webhookId=given_text(webhook_id, "webhook_id"))
        return next(iter(found), None)

    async def list_installations(self, *, platform: str) -> list[ChannelInstallation]:
        """List the installations on a platform, newest first.

        Raises:
            ConvexError: as for `get_installation`.
        """
        found = await self._find(platform=given_text(platform, "platform"))
        return sorted(found, key=lambda found: found.created_at, reverse=True)

    async def delete_installation(self, *, id: str) -> None:  # noqa: A002  # Mastra's name
        """Delete an installation; nothing happens if there is none.

        Raises:
            ConvexError: as for any call.
        """
        await self._installations.storage("deleteMany", ids=[given_text(id, "id")])

    async def save_config(self, config: ChannelConfig) -> None:
        """Store a platform's settings, in place of those that are there.

        Raises:
            ArgumentError: something in it cannot be stored.
            ConvexError: as for any call.
        """
        await self._configs.storage("insert", record=config_row(config))

    async def get_config(self, *, platform: str) -> ChannelConfig | None:
        """Find a platform's settings; None if there are none.

        Raises:
            MastraError: the data that is stored is no JSON.
            ConvexError: as for any call.
        """
        row = await self._configs.get(given_text(platform, "platform"), "getConfig")
        return None if row is None else config_of(row)

    async def delete_config(self, *, platform: str) -> None:
        """Delete a platform's settings; nothing happens if there are none.

        Raises:
            ConvexError: as for any call.
        """
        await self._configs.storage("deleteMany", ids=[given_text(platform, "platform")])

    async def dangerously_clear_all(self) -> None:
        """Delete all installations and settings.

        Raises:
            ConvexError: as for any call; what was deleted before stays so.
        """
        await self._installations.clear()
        await self._configs.clear()

    @property
    def _installations(self) -> ServiceRows:
        return ServiceRows(self._client, _INSTALLATIONS, _FUNCTIONS)

    @property
    def _configs(self) -> ServiceRows:
        return ServiceRows(self._client, _CONFIG, _FUNCTIONS)

    async def _save_in_steps(self, row: Row) -> Row:
        """Store a row by the handler; the creation of another may come between."""
        stored = await self._installations.get(row["id"])
        created = {} if stored is None else {"createdAt": stored["createdAt"]}
        row = {**row, **created, "updatedAt": time_text(now(), "updated_at")}
        await self._installations.storage("insert", record=row)
        return row

    async def _find(self, **equal: str) -> list[ChannelInstallation]:
        """Find installations, the one that was saved last first."""
        rows = await self._installations.find("listInstallations", equal)
        found = [installation_of(row) for row in rows]
        return sorted(found, key=lambda found: found.updated_at, reverse=True)


def _rank(installation: ChannelInstallation) -> int:
    # A newer adapter may store a status that we do not know.
    known = installation.status in STATUSES
    return STATUSES.index(installation.status) if known else len(STATUSES)
