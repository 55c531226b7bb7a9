"""Rows of `mastra_channel_installations` and `mastra_channel_config`, checked before they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from aioconvex.errors import ArgumentError
from aioconvex.mastra._arguments import free_text, given_text, optional_text
from aioconvex.mastra._rows import instant, json_text, json_value, time_text
from aioconvex.mastra.errors import storage_error

from .models import ChannelConfig, ChannelInstallation

if TYPE_CHECKING:
    from datetime import datetime

    from aioconvex.mastra._service_rows import Row

__all__ = ["STATUSES", "config_of", "config_row", "installation_of", "installation_row"]

STATUSES: Final = ("active", "pending", "error")
"""Statuses of installations, the best first."""


def installation_row(installation: ChannelInstallation) -> Row:
    """Make the row of an installation, without `updatedAt`.

    Raises:
        ArgumentError: something in it cannot be stored.
    """
    if not isinstance(installation, ChannelInstallation):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("installation", f"{type(installation).__name__} is no installation")
    if installation.status not in STATUSES:
        known = ", ".join(STATUSES)
        raise ArgumentError("status", f"must be one of {known}, not {installation.status!r}")
    return {
        "id": given_text(installation.id, "id"),
        "platform": given_text(installation.platform, "platform"),
        "agentId": given_text(installation.agent_id, "agent_id"),
        "status": installation.status,
        "webhookId": optional_text(installation.webhook_id, "webhook_id"),
        "data": _data_text(installation.data),
        "configHash": optional_text(installation.config_hash, "config_hash"),
        "error": free_text(installation.error, "error"),
        "createdAt": time_text(installation.created_at, "created_at"),
    }


def installation_of(row: Row) -> ChannelInstallation:
    """Read a row.

    Raises:
        MastraError: its data is no JSON, or a time none.
    """
    what = f"installation {row['id']!r}"
    return ChannelInstallation(
        id=row["id"],
        platform=row["platform"],
        agent_id=row["agentId"],
        status=row["status"],
        webhook_id=row.get("webhookId"),
        data=_data(row, what),
        config_hash=row.get("configHash"),
        error=row.get("error"),
        created_at=_time(row, "createdAt", what),
        updated_at=_time(row, "updatedAt", what),
    )


def config_row(config: ChannelConfig) -> Row:
    """Make the row of a platform's settings.

    Raises:
        ArgumentError: something in it cannot be stored.
    """
    if not isinstance(config, ChannelConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("config", f"{type(config).__name__} is no ChannelConfig")
    platform = given_text(config.platform, "platform")
    return {
        "id": platform,
        "platform": platform,
        "data": _data_text(config.data),
        "updatedAt": time_text(config.updated_at, "updated_at"),
    }


def config_of(row: Row) -> ChannelConfig:
    """Read a row.

    Raises:
        MastraError: its data is no JSON, or its time none.
    """
    what = f"configuration {row['platform']!r}"
    return ChannelConfig(
        platform=row["platform"],
        data=_data(row, what),
        updated_at=_time(row, "updatedAt", what),
    )


def _data_text(data: object) -> str:
    if not isinstance(data, dict):
        raise ArgumentError("data", f"{type(data).__name__} is no dict")
    return json_text(cast("object", data), "data")


def _data(row: Row, what: str) -> dict[str, Any]:
    data: object = json_value(row["data"])
    if not isinstance(data, dict):
        # It is not shown: it may be part of a token.
        raise _corrupt(f"the data of {what} is no JSON object")
    return cast("dict[str, Any]", data)


def _time(row: Row, column: str, what: str) -> datetime:
    time = instant(row[column])
    if time is None:
        raise _corrupt(f"{column} of {what} is no time: {row[column]!r}")
    return time


def _corrupt(text: str) -> Exception:
    return storage_error("readChannel", "CORRUPT_ROW", text, category="THIRD_PARTY")
