"""Installations of channels, and their platforms' settings, as Python has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import Factory, field, frozen

from aioconvex.mastra._rows import new_id, now

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["ChannelConfig", "ChannelInstallation", "ChannelStatus"]

ChannelStatus: TypeAlias = Literal["pending", "active", "error"]
"""How far an installation has come."""


def _as_created(installation: ChannelInstallation) -> datetime:
    return installation.created_at


@frozen(kw_only=True)
class ChannelInstallation:
    """An agent on a platform, such as a bot in a Slack workspace.

    Attributes:
        id: the installation's id; a new one unless given.
        platform: the platform, such as `slack`.
        agent_id: the agent.
        status: `pending`, `active` or `error`.
        webhook_id: what incoming requests are matched by.
        data: what the platform needs, a JSON object. It may hold tokens, and is not shown.
        config_hash: tells when the agent's configuration has changed.
        error: what is wrong, if the status is `error`.
        created_at: now, unless told; a stored one stays.
        updated_at: when it was saved last.
    """

    id: str = Factory(new_id)
    platform: str
    agent_id: str
    status: ChannelStatus = "pending"
    webhook_id: str | None = None
    data: Mapping[str, Any] = field(repr=False)
    config_hash: str | None = None
    error: str | None = None
    created_at: datetime = Factory(now)
    updated_at: datetime = Factory(_as_created, takes_self=True)


@frozen(kw_only=True)
class ChannelConfig:
    """Settings of a platform.

    Attributes:
        platform: the platform, which has one set of them.
        data: the settings, a JSON object. It may hold tokens, and is not shown.
        updated_at: now, unless told.
    """

    platform: str
    data: Mapping[str, Any] = field(repr=False)
    updated_at: datetime = Factory(now)
